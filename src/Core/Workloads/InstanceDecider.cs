using System.Diagnostics;
using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Workloads;

/// <summary>What happened to an instance. A closed set: each case is handled in <see cref="InstanceDecider"/>.</summary>
public abstract record InstanceObservation
{
    private InstanceObservation()
    {
    }

    /// <summary>Time has passed.</summary>
    public sealed record Tick : InstanceObservation;

    /// <summary>Its process runs.</summary>
    public sealed record Launched : InstanceObservation;

    /// <summary>It could not be started.</summary>
    public sealed record NotLaunched(Fault Fault) : InstanceObservation;

    /// <summary>A start was under way when the runtime was cut off, and no process of it is found.</summary>
    public sealed record LaunchLost : InstanceObservation;

    /// <summary>A readiness check answered.</summary>
    public sealed record ReadyChecked(bool Good) : InstanceObservation;

    /// <summary>A liveness check answered.</summary>
    /// <param name="Good">Whether well.</param>
    /// <param name="Answer">What it said, for a person.</param>
    public sealed record LiveChecked(bool Good, string Answer) : InstanceObservation;

    /// <summary>Its process, and whatever that had started, is gone.</summary>
    public sealed record Ended(ExitReason Exit) : InstanceObservation;

    /// <summary>It is not wanted any more.</summary>
    public sealed record Unwanted : InstanceObservation;
}

/// <summary>What is to be done with an instance.</summary>
public enum InstanceAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Start a process, after the state is stored.</summary>
    Launch,

    /// <summary>TERM to the group.</summary>
    Terminate,

    /// <summary>KILL to the group.</summary>
    Kill,

    /// <summary>Nothing is left of it: drop the record.</summary>
    Forget,
}

/// <summary>A decision about one instance.</summary>
/// <param name="Next">The state after it.</param>
/// <param name="Action">What to do.</param>
public readonly record struct InstanceDecision(InstanceState Next, InstanceAction Action);

/// <summary>Decides an instance's life: starts, readiness, restarts, stops.</summary>
public static class InstanceDecider
{
    /// <summary>KILL is sent again this often while something is left (a process in uninterruptible sleep takes its time).</summary>
    public static Duration KillAgain { get; } = Duration.FromSeconds(1);

    /// <summary>What follows from an observation.</summary>
    /// <param name="state">The instance.</param>
    /// <param name="observation">What happened.</param>
    /// <param name="workload">How its release wants to be run.</param>
    /// <param name="now">The time.</param>
    public static InstanceDecision Decide(InstanceState state, InstanceObservation observation, WorkloadSpec workload, Instant now) => observation switch
    {
        InstanceObservation.Tick => OnTick(state, now),
        InstanceObservation.Launched => Stay(state with
        {
            Running = true, Launches = state.Launches + 1, LaunchAt = null, Fault = null, WasReady = false, Ready = default, Live = default,
        }),
        InstanceObservation.NotLaunched failed => OnNotLaunched(state, failed.Fault, now),
        InstanceObservation.LaunchLost => Stay(state.Running || state.LaunchAt is not null ? state : state with { LaunchAt = now }),
        InstanceObservation.ReadyChecked check => Stay(OnReadyChecked(state, check.Good, workload.Ready, now)),
        InstanceObservation.LiveChecked check => OnLiveChecked(state, check, workload, now),
        InstanceObservation.Ended ended => OnEnded(state, ended.Exit, now),
        InstanceObservation.Unwanted => OnUnwanted(state, workload, now),
        _ => throw new UnreachableException(),
    };

    private static InstanceDecision Stay(InstanceState next) => new(next, InstanceAction.None);

    private static InstanceState Enter(InstanceState state, InstancePhase phase, Instant now)
        => state.Phase == phase ? state : state with { Phase = phase, Since = now };

    private static InstanceDecision OnTick(InstanceState state, Instant now)
    {
        if (!state.Running && state.LaunchAt <= now)
        {
            var starting = Enter(state, InstancePhase.Starting, now);
            return new(starting with { Attempt = state.Attempt + 1, LaunchAt = null, Ending = Ending.None, Cause = null, KillAt = null }, InstanceAction.Launch);
        }

        return state.Running && state.KillAt <= now ? new(state with { KillAt = now + KillAgain }, InstanceAction.Kill) : Stay(state);
    }

    private static InstanceDecision OnNotLaunched(InstanceState state, Fault fault, Instant now)
    {
        var failures = state.Failures + 1;
        var failed = state with { Fault = fault, Failures = failures, Running = false };
        return Stay(fault.Retryable
            ? Enter(failed, InstancePhase.BackingOff, now) with { LaunchAt = now + RestartBackoff.Delay(state.Id, failures) }
            : Enter(failed, InstancePhase.Failed, now) with { LaunchAt = null });
    }

    private static InstanceState OnReadyChecked(InstanceState state, bool good, HealthCheck check, Instant now)
    {
        if (!state.Running || state.Phase is not (InstancePhase.Starting or InstancePhase.Ready or InstancePhase.Unready)) return state;
        var tally = state.Ready.With(good);
        var next = state with { Ready = tally };
        return (tally.Verdict(check), state.Phase) switch
        {
            (true, InstancePhase.Starting or InstancePhase.Unready) => Enter(next, InstancePhase.Ready, now) with { WasReady = true },
            (false, InstancePhase.Ready) => Enter(next, InstancePhase.Unready, now),
            _ => next,
        };
    }

    private static InstanceDecision OnLiveChecked(InstanceState state, InstanceObservation.LiveChecked check, WorkloadSpec workload, Instant now)
    {
        // Before it was ready for the first time a slow start is not a death: the rollout's deadline judges that.
        if (workload.Live is null || !state.Running || !state.WasReady || state.Ending != Ending.None) return Stay(state);
        var tally = state.Live.With(check.Good);
        if (tally.Verdict(workload.Live) != false) return Stay(state with { Live = tally });
        var cause = $"liveness check failed {tally.InARow} times in a row, last: {check.Answer}";
        return new(
            Enter(state, InstancePhase.Stopping, now) with { Live = tally, Ending = Ending.Unhealthy, KillAt = now + workload.StopGrace, Cause = cause },
            InstanceAction.Terminate);
    }

    private static InstanceDecision OnEnded(InstanceState state, ExitReason exit, Instant now)
    {
        var ended = state with { Running = false, KillAt = null };
        if (state.Ending == Ending.Removed) return new(ended, InstanceAction.Forget);
        var settled = state.Phase == InstancePhase.Ready && now - state.Since >= RestartBackoff.ForgivenAfter;
        var failures = settled ? 1 : state.Failures + 1;
        return Stay(Enter(ended, InstancePhase.BackingOff, now) with
        {
            Failures = failures,
            LastExit = state.Cause is null ? exit : exit with { Cause = state.Cause },
            LaunchAt = now + RestartBackoff.Delay(state.Id, failures),
        });
    }

    private static InstanceDecision OnUnwanted(InstanceState state, WorkloadSpec workload, Instant now)
    {
        if (!state.Running) return new(state with { Ending = Ending.Removed, LaunchAt = null }, InstanceAction.Forget);
        return state.Ending switch
        {
            Ending.Removed => Stay(state),
            Ending.Unhealthy => Stay(state with { Ending = Ending.Removed, Cause = null }),
            _ => new(
                Enter(state, InstancePhase.Stopping, now) with { Ending = Ending.Removed, KillAt = now + workload.StopGrace },
                InstanceAction.Terminate),
        };
    }
}
