using System.Text.Json;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Api;

/// <summary>Rollouts, reasons and effects as the API writes them.</summary>
internal static class RolloutWire
{
    /// <summary>A reason.</summary>
    public static WhyInfo Of(Why why) => new(why.Code, why.Sentence, [.. why.Facts.Select(fact => new FactInfo(fact.Name, fact.Value))]);

    /// <summary>A row of the history.</summary>
    public static RolloutSummary Of(RolloutRow row) => new(
        row.Id, row.Number, row.Key.Environment, row.Key.Service, row.Release.Digest, row.Release.Version, row.Previous?.Version, Name(row.Strategy),
        Name(row.Phase), At(row.StartedAt), At(row.EndedAt), row.By.Name, row.By.Reason, Of(row.Why));

    /// <summary>The active or last rollout of a service, with the reason that holds now.</summary>
    public static RolloutInfo Of(Rollout rollout, Why why)
    {
        var parts = rollout.Id.Split('/');
        var summary = new RolloutSummary(
            rollout.Id, int.Parse(parts[^1], null), rollout.Service.Key.Environment, rollout.Service.Key.Service, rollout.Release.Digest, rollout.Release.Version,
            rollout.Previous?.Version, Name(rollout.Strategy), Name(rollout.Phase), At(rollout.StartedAt), At(rollout.EndedAt), rollout.By.Name,
            rollout.By.Reason, Of(why));
        return new(
            summary, rollout.Previous?.Digest, rollout.Candidate.ToString(), [.. rollout.Steps.Select(Of)], rollout.Step, (double)rollout.Weight.Percent,
            rollout.Paused, At(rollout.Since), rollout.Judge.Candidate.Requests, rollout.Judge.Candidate.Errors, rollout.Judge.Stable.Requests,
            rollout.Judge.Stable.Errors, EvidenceWire.Of(rollout))
        {
            Checks = ChecksOf(rollout),
        };
    }

    private static CheckInfo[] ChecksOf(Rollout rollout)
        => [.. new[] { CheckMoment.Preview, CheckMoment.Live }.SelectMany(moment => Verifying.ChecksOf(rollout, moment).Select(check => Of(check, moment, rollout.Checks.GetValueOrDefault(Verifying.KeyOf(moment, check)))))];

    private static CheckInfo Of(CheckSpec check, CheckMoment moment, CheckRun? run) => new(
        check.Name, Verifying.Name(moment), StateOf(check, run), run?.Attempt ?? 0, check.Attempts, run?.Outcome?.Check?.Expected,
        run?.Outcome is { Check: { } finding } ? finding.Got : run?.Outcome?.Fault?.Message, run?.Outcome?.Check?.Milliseconds);

    private static string StateOf(CheckSpec check, CheckRun? run) => run switch
    {
        null => CheckStates.Waiting,
        { Outcome: null } => CheckStates.Running,
        { Passed: true } => CheckStates.Passed,
        _ => Verifying.IsFinal(check, run) ? CheckStates.Failed : CheckStates.Retrying,
    };

    /// <summary>Every record of a rollout after a position; its first record is that of its beginning.</summary>
    public static ExplainInfo Of(RolloutRow row, ImmutableArray<ExplainedRecord> records, long after)
    {
        var state = new ServiceState { Key = row.Key };
        foreach (var record in records) state = RolloutEvolver.Apply(state, record.Happened);
        var policy = state.Rollout?.JudgePolicy is { Metrics.IsEmpty: false } compared ? compared : null;
        var issued = records.Select(found => found.Happened).OfType<RolloutEvent.EffectIssued>().ToDictionary(e => e.Effect.Id, e => e.Effect);
        return new(Of(row), [.. records.Where(found => found.Record.Seq > after).Select(found =>
        {
            var effect = found.Happened is RolloutEvent.EffectSettled settled ? issued.GetValueOrDefault(settled.EffectId) : null;
            var effects = found.Happened is RolloutEvent.EffectIssued now ? new[] { Of(now.Effect) } : [];
            return new DecisionInfo(
                found.Record.Seq, At(found.Record.At), (long)(found.Record.At - row.StartedAt).TotalMilliseconds, found.Record.Actor, found.Record.Type,
                Of(EventReason.Of(found.Happened, effect)), effects, Json(found.Record.Data),
                policy is not null && found.Happened is RolloutEvent.Judged { Tick: not null } judged ? EvidenceWire.LogEvidence(policy, judged.State) : null);
        })], state.Rollout is { } rollout ? EvidenceWire.Of(rollout) : null);
    }

    /// <summary>An effect.</summary>
    public static EffectInfo Of(RolloutEffect effect) => new(effect.Id, effect switch
    {
        RolloutEffect.PrepareRelease => "prepare-release",
        RolloutEffect.SetInstances => "set-instances",
        RolloutEffect.SetRoutes => "set-routes",
        RolloutEffect.RunHook => "run-hook",
        RolloutEffect.Migrate => "migrate",
        RolloutEffect.Verify => "verify",
        _ => throw new System.Diagnostics.UnreachableException(effect.GetType().Name),
    }, EffectText.Of(effect));

    /// <summary>camelCase, as phases, strategies and instance phases are written.</summary>
    public static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>A moment.</summary>
    public static DateTimeOffset At(Instant at) => at.ToDateTimeOffset();

    /// <summary>A moment, if there is one.</summary>
    public static DateTimeOffset? At(Instant? at) => at?.ToDateTimeOffset();

    /// <summary>Stored JSON, as it is.</summary>
    public static JsonElement Json(string data)
    {
        using var document = JsonDocument.Parse(data);
        return document.RootElement.Clone();
    }

    private static StepInfo Of(PlannedStep step)
        => new((double)step.Weight.Percent, step.CandidateInstances, step.StableInstances, step.Pause is { } pause ? (long)pause.TotalMilliseconds : null);
}
