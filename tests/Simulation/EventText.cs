using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Simulation;

/// <summary>Events and effects as one line each.</summary>
internal static class EventText
{
    public static string Of(RolloutEvent happened) => happened switch
    {
        RolloutEvent.RolloutStarted e => $"rollout {e.Number} of {e.Release.Version} in {e.Candidate} by {e.Strategy}{(e.IsRollback ? " (rollback)" : "")}: start {Step(e.Start)}, steps {string.Join(' ', e.Steps.Select(Step))}",
        RolloutEvent.PhaseEntered e => $"phase {e.Phase}",
        RolloutEvent.StepEntered e => $"step {e.Step}: {e.Why}",
        RolloutEvent.CandidatesReady e => $"{e.Ready} of {e.Wanted} candidates ready",
        RolloutEvent.CandidatesShort e => $"{e.Missing} candidates missing",
        RolloutEvent.WeightConfirmed e => $"weight {e.Weight} confirmed in generation {e.Generation}",
        RolloutEvent.Judged e => $"judged {e.Tick?.Candidate.Requests ?? 0} requests, {e.Tick?.Candidate.Errors ?? 0} errors: {e.Verdict}",
        RolloutEvent.Waiting e => $"waits: {e.Why}",
        RolloutEvent.RollbackStarted e => $"goes back, ends as {e.EndsAs}: {e.Why}",
        RolloutEvent.RolloutEnded e => $"ended {e.Phase}: {e.Why}",
        RolloutEvent.ReleaseRejected e => $"rejected {e.Version}",
        RolloutEvent.ReleaseUnrejected e => $"unrejected {e.Digest}",
        RolloutEvent.DeployQueued e => $"queued {e.Request.Release.Version}",
        RolloutEvent.DeployDropped e => $"dropped {e.Version}: {e.Why}",
        RolloutEvent.DrainPlanned e => $"drain {e.Slot} to {e.To?.ToString() ?? "nothing"}",
        RolloutEvent.DrainStarted e => $"drain of {e.Slot} confirmed",
        RolloutEvent.EffectIssued e => "issued " + Of(e.Effect),
        RolloutEvent.EffectSettled e => $"settled {e.EffectId}: {e.Outcome.Fault?.Message ?? "done"}{(e.Outcome.ExitCode is { } code ? $" exit {code}" : "")}",
        RolloutEvent.Verified e => $"verified {e.Passed}: {e.Why}",
        RolloutEvent.NoticesChanged e => "notices " + string.Join(", ", e.Notices.Select(why => why.Code)),
        RolloutEvent.ClockSteppedBack e => $"clock stepped back by {e.By}",
        _ => happened.GetType().Name,
    };

    public static string Of(RolloutEffect effect) => effect switch
    {
        RolloutEffect.SetInstances set => $"{set.Id} instances {set.Slot}={set.Count}×{set.Release.Version}",
        RolloutEffect.SetRoutes routes => $"{routes.Id} routes {Of(routes.Routes)}",
        RolloutEffect.PrepareRelease prepare => $"{prepare.Id} prepare {prepare.Release.Version}",
        RolloutEffect.Migrate migrate => $"{migrate.Id} {migrate.Stage} {migrate.Release.Version}",
        RolloutEffect.RunHook hook => $"{hook.Id} hook {hook.Hook}",
        RolloutEffect.Verify verify => $"{verify.Id} check {verify.Check.Name} {verify.Moment} attempt {verify.Attempt}",
        _ => effect.GetType().Name,
    };

    public static string Of(ServiceRoutes routes) => string.Join(" | ", routes.Arms.Select(arm => $"{arm.Name} {arm.Version} {arm.Weight} ["
        + string.Join(',', arm.Targets.Select(target => (target.State == TargetState.Draining ? "-" : "") + target.Instance)) + "]"));

    private static string Step(PlannedStep step) => $"({step.Weight} {step.CandidateInstances}+{step.StableInstances} {step.Pause?.ToString() ?? "manual"})";
}
