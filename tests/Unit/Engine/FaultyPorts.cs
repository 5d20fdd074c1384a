using System.Threading.Channels;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Engine;

/// <summary>Traffic with something in between: calls are written down, and a test may answer in the edge's place.</summary>
internal sealed class TrafficBetween(ITraffic real) : ITraffic
{
    public List<(long Id, int Thread)> Applied { get; } = [];

    /// <summary>Told of each apply.</summary>
    public Action? Applying { get; set; }

    /// <summary>Answers an apply; null lets the real one do it.</summary>
    public Func<CancellationToken, Task<Fault?>>? OnApply { get; set; }

    /// <summary>Answers a look; null lets the real one do it.</summary>
    public Func<CancellationToken, Task<EdgeView?>>? OnObserve { get; set; }

    public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation)
    {
        Applied.Add((effect.Id, Environment.CurrentManagedThreadId));
        Applying?.Invoke();
        return OnApply is null ? real.ApplyAsync(service, effect, cancellation) : OnApply(cancellation);
    }

    public Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation)
        => OnObserve is null ? real.ObserveAsync(service, cancellation) : OnObserve(cancellation);

    /// <summary>A call that is never answered.</summary>
    public static async Task<T> Never<T>(CancellationToken cancellation)
    {
        var never = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var left = cancellation.Register(() => never.TrySetCanceled(cancellation));
        return await never.Task;
    }
}

/// <summary>A runtime with something in between.</summary>
internal sealed class WorkloadsBetween(IWorkloads real) : IWorkloads
{
    public List<RolloutEffect.SetInstances> Applied { get; } = [];

    public int Looks { get; private set; }

    /// <summary>Answers a look at a service; null lets the real one do it.</summary>
    public Func<ServiceKey, ImmutableArray<InstanceView>?> OnObserve { get; set; } = _ => null;

    public ChannelReader<ServiceKey> Changes => real.Changes;

    public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation)
    {
        Applied.Add(effect);
        return real.ApplyAsync(service, effect, cancellation);
    }

    public async Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation)
    {
        Looks++;
        var seen = await real.ObserveAsync(service, cancellation);
        return OnObserve(service) ?? seen;
    }

    public IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, CancellationToken cancellation) => real.ReadLogsAsync(query, cancellation);
}
