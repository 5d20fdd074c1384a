using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Looks at one service's world, one look at a time, beside the loop: a slow answer delays no command.</summary>
internal sealed class WorldObserver(
    ServiceKey key, EnginePorts ports, EngineSettings settings, EngineClock clock, Func<LoopMessage.Saw, CancellationToken, ValueTask> saw)
{
    private long _looks;
    private readonly MetricsObserver _metrics = new(ports.Metrics, settings, clock);
    private Task _look = Task.CompletedTask;

    /// <summary>When the look that is underway is given up; null when none is.</summary>
    public Instant? GivenUpAt { get; private set; }

    /// <summary>The paces seen in the last looks.</summary>
    public RateWindow Rates { get; } = new(Duration.FromSeconds(5));

    /// <summary>Begins a look; false when one is underway that may still answer.</summary>
    /// <param name="state">The aggregate now.</param>
    /// <param name="cancellation">Ends it.</param>
    public bool TryStart(ServiceState state, CancellationToken cancellation)
    {
        if (GivenUpAt is { } at && clock.Now < at) return false;
        GivenUpAt = clock.Now + settings.LookTimeout;
        _metrics.Look(state, cancellation);
        _look = LookAsync(++_looks, state, cancellation);
        return true;
    }

    /// <summary>Takes a look's answer in; false for one that was given up.</summary>
    public bool Take(LoopMessage.Saw answer)
    {
        if (answer.Look != _looks) return false;
        GivenUpAt = null;
        return true;
    }

    /// <summary>Waits until the ports have let go; after a cancellation.</summary>
    public Task DrainAsync() => Task.WhenAll(_look, _metrics.DrainAsync());

    private async Task LookAsync(long look, ServiceState state, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(settings.LookTimeout.ToTimeSpan(), clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        WorldView? world = null;
        Fault? problem = null;
        try
        {
            var instances = ports.Workloads.ObserveAsync(key, either.Token);
            var edge = ports.Traffic.ObserveAsync(key, either.Token);
            var gates = GateQuestions.LookAsync(state, ports.Gate, either.Token);
            world = new(await instances, await edge) { Metrics = _metrics.Latest, Gates = await gates };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            problem = new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"could not see the instances of {key} in time");
        }
        catch (Exception error)
        {
            problem = new(FaultKind.Failed, Blame.Fairway, Retryable: true, $"{error.GetType().Name} while looking at {key}: {error.Message}");
        }
        try
        {
            await saw(new(look, state.Version, world, problem), cancellation);
        }
        catch (OperationCanceledException)
        {
            // The engine ends; the next one looks again.
        }
    }
}
