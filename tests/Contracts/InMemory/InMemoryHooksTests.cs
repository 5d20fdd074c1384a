using Fairway.Adapters.InMemory;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Tests.Contracts.Hooks;

/// <summary>The simulator's hooks, held to what real ones do.</summary>
public sealed class InMemoryHooksTests : HooksContract
{
    private readonly Dictionary<long, HookBehaviour> _behaviours = [];
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _starts;

    protected override Task<IHooks> OpenAsync() => Task.FromResult<IHooks>(new InMemoryHooks(TimeProvider.System)
    {
        Scripts = effect =>
        {
            Interlocked.Increment(ref _starts);
            var behaviour = _behaviours[effect.Id];
            return new(Duration.Zero, new(null, behaviour.ExitCode, behaviour.Output)) { Until = behaviour.Waits ? _go.Task : null };
        },
    });

    protected override Task CloseAsync() => Task.CompletedTask;

    protected override RolloutEffect.RunHook Effect(long id, HookBehaviour behaviour, Duration timeout)
    {
        _behaviours[id] = behaviour;
        return new(id, "production/shop/1", HookKind.Smoke, new(["check"], timeout), Workloads.ProcessHouse.Shell("1.0", "x"), ImmutableSortedDictionary<string, string>.Empty);
    }

    protected override int Starts() => Volatile.Read(ref _starts);

    protected override void LetGo() => _go.TrySetResult();
}
