using System.Diagnostics;
using System.Globalization;
using Fairway.Kernel;

namespace Fairway.Rollouts;

/// <summary>
/// Every record of a service's stream as a reason with its numbers: what <c>explain</c> prints. Most records carry theirs; the others say
/// what they are.
/// </summary>
public static class EventReason
{
    /// <summary>The record's reason.</summary>
    /// <param name="happened">The record.</param>
    /// <param name="effect">For an effect that ended: what it was, when that is known.</param>
    public static Why Of(RolloutEvent happened, RolloutEffect? effect = null) => happened switch
    {
        RolloutEvent.RolloutStarted e => e.Why,
        RolloutEvent.PhaseEntered e => e.Why,
        RolloutEvent.StepEntered e => e.Why,
        RolloutEvent.Judged e => e.Why,
        RolloutEvent.Learned => Why.Because("judge-learned", "what is usual for the stable release is kept for the next rollout"),
        RolloutEvent.Waiting e => e.Why,
        RolloutEvent.RollbackStarted e => e.Why,
        RolloutEvent.RolloutEnded e => e.Why,
        RolloutEvent.ReleaseRejected e => e.Why,
        RolloutEvent.DeployQueued e => e.Why,
        RolloutEvent.DeployDropped e => e.Why,
        RolloutEvent.GateAnswered e => e.Verdict.Why,
        RolloutEvent.DrainPlanned e => e.Why,
        RolloutEvent.EffectIssued e => e.Why,
        RolloutEvent.Verified e => e.Why,
        RolloutEvent.CandidatesReady e => Why.Because("candidates-ready", "{ready} of {wanted} candidates are ready", ("ready", e.Ready), ("wanted", e.Wanted)),
        RolloutEvent.CandidatesShort { Missing: 0 } => Why.Because("candidates-whole", "all candidates are ready again"),
        RolloutEvent.CandidatesShort e => Why.Because("candidates-short", "{missing} candidates that had traffic are no longer ready", ("missing", e.Missing)),
        RolloutEvent.WeightConfirmed e => Why.Because(
            "weight-confirmed", "the edge confirmed {weight} for the candidate (generation {generation})", ("weight", e.Weight), ("generation", e.Generation)),
        RolloutEvent.Paused e => ByPerson("rollout-paused", "{by} paused it", e.By),
        RolloutEvent.Resumed e => ByPerson("rollout-resumed", "{by} let it go on", e.By),
        RolloutEvent.Promoted { PastStep: { } step } e => ByPerson("rollout-promoted", $"{{by}} promoted it past step {(step + 1).ToString(CultureInfo.InvariantCulture)}", e.By),
        RolloutEvent.Promoted e => ByPerson("rollout-promoted", "{by} promoted it all the way", e.By),
        RolloutEvent.GroupReleased e => ByPerson("group-released", "{by} lets it complete: every part of its group is fine", e.By),
        RolloutEvent.ReleaseUnrejected e => ByPerson("release-unrejected", "{by} allowed the release again", e.By),
        RolloutEvent.ServiceConfigured e => ByPerson("service-configured", "{by} changed the service's configuration", e.By),
        RolloutEvent.ContractAsked e => ByPerson("contract-asked", "{by} has the contract run", e.By),
        RolloutEvent.RetirementStarted e => ByPerson("retirement-started", "{by} takes the service out of this environment", e.By),
        RolloutEvent.Retired => Why.Because("service-retired", "nothing of it runs or is routed here any more"),
        RolloutEvent.DrainStarted e => Why.Because("drain-started", "the edge lets go of slot {slot}", ("slot", e.Slot)),
        RolloutEvent.EffectSettled e => Settled(e, effect),
        RolloutEvent.NoticesChanged { Notices: [] } => Why.Because("notices-cleared", "nothing more to notice"),
        RolloutEvent.NoticesChanged e => e.Notices[0],
        RolloutEvent.ClockSteppedBack e => Why.Because("clock-stepped-back", "the clock was set back by {seconds} s; waiting times were moved by as much", ("seconds", e.By.TotalSeconds)),
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    private static Why ByPerson(string code, string template, Actor by) => by.Reason is { Length: > 0 } reason
        ? Why.Because(code, template + ": {reason}", ("by", by.Name), ("reason", reason))
        : Why.Because(code, template, ("by", by.Name));

    private static Why Settled(RolloutEvent.EffectSettled e, RolloutEffect? effect)
    {
        var what = effect is null ? string.Create(CultureInfo.InvariantCulture, $"effect {e.EffectId}") : EffectText.Of(effect);
        return e.Outcome switch
        {
            { Check: { } check } => Why.Because(check.Passed ? "check-passed" : "check-failed", check.Passed ? "passed: {what}: {finding}" : "failed: {what}: {finding}",
                ("what", what), ("finding", check.Sentence), ("expected", check.Expected), ("got", check.Got), ("milliseconds", check.Milliseconds), ("effect", e.EffectId)),
            { Fault: { } fault } => Why.Because("effect-failed", "failed: {what}: {fault}", ("what", what), ("fault", fault.Message), ("kind", fault.Kind), ("effect", e.EffectId)),
            { ExitCode: { } code } => Why.Because("hook-ended", "ended with exit code {code}: {what}", ("what", what), ("code", code), ("effect", e.EffectId)),
            _ => Why.Because("effect-done", "done: {what}", ("what", what), ("effect", e.EffectId)),
        };
    }
}
