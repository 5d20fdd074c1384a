using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Verification;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// The checks of a release in its rollout: at 0 % at its own instances, before a user sees it, and at 100 % through the edge, before the guard ends. All checks of a
/// moment are made at once. One that has failed as often as declared takes the rollout back; one that cannot be made at all, through no fault of the release, is
/// tried again until the progress deadline. Going back to a former release checks nothing: it is the way out.
/// </summary>
public static class Verifying
{
    /// <summary>An attempt's outcome this long after its own limit will not come any more.</summary>
    public static readonly Duration Grace = Duration.FromSeconds(30);

    /// <summary>Most instances that are asked by themselves.</summary>
    public const int MostInstances = 10;

    /// <summary>Key of a check at a moment in <see cref="Rollout.Checks"/>.</summary>
    public static string KeyOf(CheckMoment moment, CheckSpec check) => $"{Name(moment)}/{check.Name}";

    /// <summary>A moment as people write it.</summary>
    public static string Name(CheckMoment moment) => moment switch
    {
        CheckMoment.Preview => "preview",
        CheckMoment.Live => "live",
        _ => throw new System.Diagnostics.UnreachableException(moment.ToString()),
    };

    /// <summary>The checks that a rollout makes at a moment, in the order of the file. A request can go through the edge only where a route leads.</summary>
    public static IEnumerable<CheckSpec> ChecksOf(Rollout rollout, CheckMoment moment)
        => rollout.IsRollback || rollout.Service.Rollout.Verify is not { } checks ? []
            : checks.Where(check => check.IsAt(moment) && (moment == CheckMoment.Preview || check.Http is null || !rollout.Service.Routes.IsEmpty));

    /// <summary>Whether all checks of a moment have passed.</summary>
    public static bool IsPassed(Rollout rollout, CheckMoment moment)
        => ChecksOf(rollout, moment).All(check => rollout.Checks.TryGetValue(KeyOf(moment, check), out var run) && run.Passed);

    /// <summary>Every check that has been tried to an end, in the order of moments and of the file.</summary>
    public static ImmutableArray<CheckResult> ResultsOf(Rollout rollout)
    {
        var results = ImmutableArray.CreateBuilder<CheckResult>();
        foreach (var moment in (ReadOnlySpan<CheckMoment>)[CheckMoment.Preview, CheckMoment.Live])
            foreach (var check in ChecksOf(rollout, moment))
                if (rollout.Checks.TryGetValue(KeyOf(moment, check), out var run) && run.Outcome?.Check is { } finding) results.Add(new(check.Name, moment, run.Attempt, finding));
        return results.ToImmutable();
    }

    /// <summary>Whether a check is not tried again, having failed.</summary>
    public static bool IsFinal(CheckSpec check, CheckRun run)
        => run.Outcome is { Fault: { Retryable: false } fault } && (fault.Who != Blame.Release || run.Failures >= check.Attempts);

    /// <summary>When a check that has not passed is tried again; null when it runs, or never is.</summary>
    public static Instant? RetryAt(CheckSpec check, CheckRun run)
        => run is not { EndedAt: { } ended, Outcome.Fault: { } fault } || IsFinal(check, run) ? null
            : fault.Retryable ? Effects.RetryAt(new(fault, ended, Math.Max(1, run.Faults))) : ended + check.Pause;

    /// <summary>Brings the checks of a moment forward; true when all have passed.</summary>
    internal static bool Passed(Turn turn, Rollout rollout, CheckMoment moment, WorldView world)
    {
        foreach (var check in ChecksOf(rollout, moment))
        {
            var run = rollout.Checks.GetValueOrDefault(KeyOf(moment, check));
            if (run is null || (RetryAt(check, run) is { } at && at <= turn.Now)) Ask(turn, rollout, moment, check, run, world);
        }
        if (!IsPassed(rollout, moment)) return false;
        if (rollout.Verified is null && IsLast(rollout, moment) && ResultsOf(rollout) is [_, ..] results)
            turn.Emit(new RolloutEvent.Verified(rollout.Release.Artifact, Passed: true, results, Why.Because("verified", "{count|check} of {version} passed in {environment}: {checks}",
                ("count", results.Length), ("version", rollout.Release.Version), ("environment", turn.State.Key.Environment),
                ("checks", string.Join(", ", results.Select(one => $"{one.Name} ({Name(one.Moment)})"))), ("rollout", rollout.Id)), turn.Now));
        return true;
    }

    /// <summary>Records that a check has failed for good, where that says something of the release.</summary>
    internal static void Conclude(Turn turn)
    {
        if (turn.State.Active is not { Verified: null, Phase: not RolloutPhase.RollingBack } rollout || Failed(rollout) is not { Reject: true } failed) return;
        turn.Emit(new RolloutEvent.Verified(rollout.Release.Artifact, Passed: false, ResultsOf(rollout), Why.Because("not-verified", "{version} in {environment}: {reason}",
            ("version", rollout.Release.Version), ("environment", turn.State.Key.Environment), ("reason", failed.Why.Sentence), ("rollout", rollout.Id)), turn.Now));
    }

    /// <summary>Why a rollout is taken back for a check; null when it is not.</summary>
    internal static (Why Why, bool Reject)? Failed(Rollout rollout)
    {
        foreach (var (moment, check, run) in Runs(rollout))
        {
            if (!IsFinal(check, run)) continue;
            var fault = run.Outcome!.Fault!;
            if (run.Outcome.Check is not { } finding)
                return (Why.Because("verify-failed", "check {check} could not be made {moment}: {fault}", ("check", check.Name), ("moment", Words(moment)), ("fault", fault.Message),
                    ("blame", fault.Who)), fault.Who == Blame.Release);
            return (Why.Because("verify-failed", "check {check} failed {moment}: expected {expected}, got {got}", ("check", check.Name), ("moment", Words(moment)),
                ("expected", finding.Expected), ("got", finding.Got), ("milliseconds", finding.Milliseconds), ("attempts", run.Attempt), ("blame", fault.Who)), fault.Who == Blame.Release);
        }
        return null;
    }

    /// <summary>What the checks of a moment wait for; null when all have passed or none was begun.</summary>
    internal static Why? Waits(Rollout rollout, CheckMoment moment, Instant now)
    {
        var checks = ChecksOf(rollout, moment).Select(check => (Check: check, Run: rollout.Checks.GetValueOrDefault(KeyOf(moment, check)))).ToArray();
        if (Array.TrueForAll(checks, one => one.Run is null) || Array.TrueForAll(checks, one => one.Run is { Passed: true })) return null;
        var (waiting, run) = Array.Find(checks, one => one.Run is not { Passed: true });
        var passed = checks.Count(one => one.Run is { Passed: true });
        if (run is null)
            return Why.Because("waits-for-checks", "{passed} of {checks|check} passed {moment}; {check} is next", ("passed", passed), ("checks", checks.Length), ("moment", Words(moment)),
                ("check", waiting.Name));
        if (run.Outcome?.Fault is not { } fault)
            return Why.Because("waits-for-checks", "{passed} of {checks|check} passed {moment}; {check} runs, attempt {attempt} of {attempts}, for {waited}", ("passed", passed),
                ("checks", checks.Length), ("moment", Words(moment)), ("check", waiting.Name), ("attempt", run.Attempt), ("attempts", waiting.Attempts),
                ("waited", WaitReason.Text(now - run.StartedAt)));
        return Why.Because("waits-for-checks", "{passed} of {checks|check} passed {moment}; {check} is tried again in {left}: {fault}", ("passed", passed), ("checks", checks.Length),
            ("moment", Words(moment)), ("check", waiting.Name), ("left", WaitReason.Text((RetryAt(waiting, run) ?? now) - now)), ("fault", fault.Message), ("attempt", run.Attempt),
            ("attempts", waiting.Attempts));
    }

    /// <summary>When time alone has a check tried again; null when none waits for that.</summary>
    internal static Instant? NextTry(Rollout rollout)
    {
        Instant? next = null;
        foreach (var (_, check, run) in Runs(rollout))
            if (RetryAt(check, run) is { } at && (next is not { } known || at < known)) next = at;
        return next;
    }

    /// <summary>When every attempt that runs, or will be made because one failed, has certainly ended; null when there is none.</summary>
    internal static Instant? Ends(Rollout rollout)
    {
        Instant? last = null;
        foreach (var (_, check, run) in Runs(rollout))
        {
            // What could not be made is no progress: for that the deadline goes on.
            var ends = run.Outcome is null ? run.StartedAt + run.Limit + Grace : run.Outcome.Fault is { Retryable: false } ? RetryAt(check, run) : null;
            if (ends is { } at && (last is not { } known || at > known)) last = at;
        }
        return last;
    }

    /// <summary>An attempt was asked for.</summary>
    internal static ServiceState Issue(ServiceState state, RolloutEffect.Verify effect, Instant at)
    {
        if (state.Rollout is not { } rollout || rollout.Id != effect.RolloutId) return state;
        var key = KeyOf(effect.Moment, effect.Check);
        var before = rollout.Checks.GetValueOrDefault(key);
        return state with { Rollout = rollout with { Checks = rollout.Checks.SetItem(key, new(effect.Id, effect.Attempt, effect.Limit, at, before?.Failures ?? 0, before?.Faults ?? 0)) } };
    }

    /// <summary>An attempt ended.</summary>
    internal static ServiceState Settle(ServiceState state, RolloutEffect.Verify effect, EffectOutcome outcome, Instant at)
    {
        var key = KeyOf(effect.Moment, effect.Check);
        if (state.Rollout is not { } rollout || rollout.Id != effect.RolloutId || !rollout.Checks.TryGetValue(key, out var run) || run.EffectId != effect.Id) return state;
        var isFault = outcome.Fault is { Retryable: true };
        return state with
        {
            Rollout = rollout with
            {
                Checks = rollout.Checks.SetItem(key, run with
                {
                    EndedAt = at, Outcome = outcome, Faults = isFault ? run.Faults + 1 : 0, Failures = outcome.Fault is { Retryable: false } ? run.Failures + 1 : run.Failures,
                }),
                ProgressAt = isFault ? rollout.ProgressAt : at,
            },
        };
    }

    private static IEnumerable<(CheckMoment Moment, CheckSpec Check, CheckRun Run)> Runs(Rollout rollout)
    {
        if (rollout.Checks.IsEmpty) yield break;
        foreach (var moment in (CheckMoment[])[CheckMoment.Preview, CheckMoment.Live])
            foreach (var check in ChecksOf(rollout, moment))
                if (rollout.Checks.TryGetValue(KeyOf(moment, check), out var run)) yield return (moment, check, run);
    }

    private static bool IsLast(Rollout rollout, CheckMoment moment) => moment == CheckMoment.Live || !ChecksOf(rollout, CheckMoment.Live).Any();

    private static string Words(CheckMoment moment) => moment == CheckMoment.Preview ? "before any traffic" : "with all traffic";

    private static void Ask(Turn turn, Rollout rollout, CheckMoment moment, CheckSpec check, CheckRun? before, WorldView world)
    {
        var addresses = moment == CheckMoment.Preview ? Ready(turn.State, rollout, world, check.Http is null ? 1 : MostInstances) : [];
        // At 0 % nobody but its own instances can speak for it.
        if (moment == CheckMoment.Preview && addresses.IsEmpty) return;
        var attempt = (before?.Failures ?? 0) + 1;
        var (made, host) = CheckRoute.Of(check, rollout.Service.Routes);
        var variables = check.Http is not null ? ImmutableSortedDictionary<string, string>.Empty
            : Progress.Variables(turn, rollout, addresses.FirstOrDefault()).SetItem("FAIRWAY_CHECK", check.Name).SetItem("FAIRWAY_MOMENT", Name(moment));
        turn.Issue(id => new RolloutEffect.Verify(id, rollout.Id, moment, made, attempt, rollout.Release, check.Http is null ? [] : addresses, host, variables),
            Why.Because("check-wanted", attempt == 1 ? "check {check} {moment}" : "check {check} {moment}, attempt {attempt} of {attempts}", ("check", check.Name), ("moment", Words(moment)),
                ("attempt", attempt), ("attempts", check.Attempts)));
    }

    private static ImmutableArray<string> Ready(ServiceState state, Rollout rollout, WorldView world, int most)
    {
        var slot = state[rollout.Candidate];
        return [.. world.Instances.Where(one => one.Phase == InstancePhase.Ready && one.Ordinal < slot.Sure && one.Serves(rollout.Candidate, slot))
            .OrderBy(static one => one.Ordinal).Take(most).Select(static one => one.Address)];
    }
}
