using Fairway.Catalog;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;
using NodaTime.Extensions;

namespace Fairway.Adapters.InMemory;

/// <summary>One instance that runs nowhere: its life is a few timers. Guarded by its owner's lock.</summary>
internal sealed class InMemoryInstance
{
    private static readonly Duration FirstBackoff = Duration.FromSeconds(1);
    private static readonly Duration LastBackoff = Duration.FromSeconds(30);

    private readonly InMemoryWorkloads _owner;
    private readonly InMemoryProgram _program;
    private readonly List<ITimer> _timers = [];

    public InMemoryInstance(InMemoryWorkloads owner, ServiceKey service, SlotName slot, int ordinal, long effect, Release release, InMemoryProgram program)
    {
        (_owner, _program, Service) = (owner, program, service);
        View = new(SlotPlan.InstanceId(service, slot, ordinal, effect), slot, ordinal, release.Digest, InstancePhase.Starting,
            "127.0.0.1", 0, 0, Now, null, null, null, null);
        Start(0);
    }

    public ServiceKey Service { get; }

    public InstanceView View { get; private set; }

    public bool IsGone { get; private set; }

    public bool IsStopping => View.Phase == InstancePhase.Stopping;

    private Instant Now => _owner.Time.GetUtcNow().ToInstant();

    public void Stop()
    {
        if (IsStopping) return;
        var ran = View.Pid is not null;
        Quiet();
        Become(InstancePhase.Stopping);
        if (ran) After(_program.StopsAfter, Leave);
        else Leave();
    }

    public void Exit(int? code, string? signal)
    {
        if (View.Pid is null || IsStopping) return;
        Quiet();
        View = View with { LastExit = new(code, signal, false, Now, ""), Pid = null };
        Become(InstancePhase.BackingOff);
        After(Duration.Min(LastBackoff, FirstBackoff * (1 << Math.Min(View.Restarts, 5))), () => Start(View.Restarts + 1));
    }

    public void SetReady(bool ready)
    {
        if (View.Phase == (ready ? InstancePhase.Unready : InstancePhase.Ready)) Become(ready ? InstancePhase.Ready : InstancePhase.Unready);
    }

    public void Quiet()
    {
        foreach (var timer in _timers) timer.Dispose();
        _timers.Clear();
    }

    private void Start(int restarts)
    {
        if (_program.CannotStart is { } fault)
        {
            View = View with { Fault = fault };
            Become(InstancePhase.Failed);
            return;
        }
        var port = _owner.NextPort();
        View = View with { Restarts = restarts, Port = port, Pid = port };
        Become(InstancePhase.Starting);
        if (!_program.NeverReady) After(_program.ReadyAfter, () => Become(InstancePhase.Ready));
        if (_program.ExitsAfter is { } after) After(after, () => Exit(_program.ExitCode, null));
    }

    private void Leave()
    {
        IsGone = true;
        _owner.Left(this);
    }

    private void Become(InstancePhase phase)
    {
        View = View with { Phase = phase, Since = Now };
        _owner.Changed(Service);
    }

    private void After(Duration delay, Action act) => _timers.Add(_owner.After(delay, act));
}
