using Fairway.Catalog;
using Fairway.Ports;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>An instance while this process watches it: what is stored of it, and what is only known here.</summary>
internal sealed class Instance(ServiceKey service, InstanceState state, Release release, RunRecord? run)
{
    public ServiceKey Service { get; } = service;

    public Release Release { get; } = release;

    public InstanceState State { get; set; } = state;

    public RunRecord? Run { get; set; } = run;

    /// <summary>What checks need; null while no process runs.</summary>
    public ProbeTarget? Target { get; set; }

    /// <summary>The program's pid, once its wrapper told it.</summary>
    public int? Program { get; set; }

    /// <summary>Whether the wrapper is a child of this process, and has to be fetched by it.</summary>
    public bool IsChild { get; set; }

    /// <summary>How the wrapper ended; null while it runs.</summary>
    public ExitStatus? Wrapper { get; set; }

    /// <summary>KILL was sent to the run.</summary>
    public bool Killed { get; set; }

    /// <summary>Whether the wrapper's pid may still be used to name its group: not when it ended before this process looked.</summary>
    public bool GroupIsOurs { get; set; } = true;

    /// <summary>Its end is being recorded.</summary>
    public bool Finishing { get; set; }

    /// <summary>When the identity of an adopted process is verified again.</summary>
    public Instant VerifyAt { get; set; }

    /// <summary>Readiness questions.</summary>
    public CheckSchedule Readiness { get; } = new();

    /// <summary>Liveness questions.</summary>
    public CheckSchedule Liveness { get; } = new();

    /// <summary>The mark of the present attempt's processes, in its data folder's namespace.</summary>
    public string Marker(string space) => MarkerOf(space, State.Id, State.Attempt);

    /// <summary>See <see cref="Marker"/>.</summary>
    public static string MarkerOf(string space, string instance, int attempt) => $"{space}.run.{instance}.{attempt}";

    public InstanceRecord Record() => new(State, Release, Run);

    public InstanceView View(string host, string? notice) => new(
        State.Id, State.Slot, State.Ordinal, State.Release, State.Phase, host, Run?.Port ?? 0, State.Restarts, State.Since,
        State.Running ? Program ?? Run?.Process?.Pid : null, State.LastExit, State.Fault, Join(Run?.Notice, notice));

    /// <summary>Forgets what was of the last process.</summary>
    public void Reset()
    {
        (Target, Program, Wrapper, Killed, GroupIsOurs, Finishing, IsChild) = (null, null, null, false, true, false, false);
        Readiness.Reset();
        Liveness.Reset();
    }

    private static string? Join(string? one, string? other) => one is null ? other : other is null ? one : $"{one}; {other}";
}

/// <summary>When a check is asked next.</summary>
internal sealed class CheckSchedule
{
    private Instant _next = Instant.MinValue;
    private bool _asking;

    /// <summary>Whether it is to be asked now; then it counts as being asked.</summary>
    public bool Begin(Instant now, Duration interval)
    {
        if (_asking || now < _next) return false;
        (_asking, _next) = (true, now + interval);
        return true;
    }

    /// <summary>It was answered.</summary>
    public void Answered() => _asking = false;

    /// <summary>Begins anew.</summary>
    public void Reset() => (_asking, _next) = (false, Instant.MinValue);
}
