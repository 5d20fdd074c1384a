using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// What the judge's evidence means for the step in force. Evidence is gathered over all steps, but speaks for a step only once some of it was seen at its weight: silence
/// is never a pass.
/// </summary>
internal static class StepProof
{
    // Without a request for so long there is no traffic worth the name.
    private static readonly Duration Silence = Duration.FromSeconds(10);

    /// <summary>Whether the step goes on by proof: a canary beside a stable release, judged, at a share of the traffic, and no person has promoted it.</summary>
    public static bool Wants(Rollout rollout)
        => rollout is
        {
            Phase: RolloutPhase.Shifting, Strategy: Strategy.Canary, IsRollback: false, Previous: not null, Promoted: false, Step: >= 0,
            Service.Rollout.Judge.Metrics.IsEmpty: false, Target.Pause: not null,
        }
        && rollout.Target.Weight < Weight.Full && rollout.PromotedPast != rollout.Step;

    /// <summary>What to do with the step now; it wants proof.</summary>
    public static StepAdvice Advise(Rollout rollout, Instant confirmed, Instant now)
        => Limits(rollout).Advise(IsGiven(rollout, confirmed) ? Verdict.Safe : Verdict.InsufficientEvidence, now - confirmed);

    /// <summary>When the step is over by time alone; null when only proof, a person or a rollback ends it.</summary>
    public static Instant? Ends(Rollout rollout, Instant confirmed)
    {
        var limits = Limits(rollout);
        if (IsGiven(rollout, confirmed)) return confirmed + limits.Least;
        return limits.Doubt == OnDoubt.Advance ? confirmed + limits.Most : null;
    }

    /// <summary>Whether the step's pause is over without proof: then a person's <c>promote</c> means this step.</summary>
    public static bool IsMissing(Rollout rollout, Instant now)
        => Wants(rollout) && rollout is { ConfirmedAt: { } confirmed, Target.Pause: { } pause } && now >= confirmed + pause && !IsGiven(rollout, confirmed);

    /// <summary>Whether the step may wait for a person, so that no deadline counts.</summary>
    public static bool MayAskPerson(Rollout rollout)
        => Wants(rollout) && rollout.ConfirmedAt is { } confirmed && !IsGiven(rollout, confirmed) && Limits(rollout).Doubt == OnDoubt.Hold;

    /// <summary>Until when the step is held for proof; null when it wants none.</summary>
    public static Instant? Limit(Rollout rollout) => Wants(rollout) && rollout.ConfirmedAt is { } confirmed ? confirmed + Limits(rollout).Most : null;

    /// <summary>When what is waited for is next said in other words.</summary>
    public static Instant? NextWord(Rollout rollout)
        => Wants(rollout) && rollout is { ConfirmedAt: { } confirmed, Target.Pause: { } pause }
            ? IsMissing(rollout, confirmed + pause) && rollout.Why.Code == "step-judged" ? confirmed + pause : Limit(rollout)
            : null;

    /// <summary>Why the step ends before its pause is over; null when it does not, or not for proof.</summary>
    public static Why? Early(Rollout rollout, Instant now)
        => Wants(rollout) && rollout is { ConfirmedAt: { } confirmed, Target.Pause: { } pause, VerdictWhy: { } why } && IsGiven(rollout, confirmed) && now < confirmed + pause
            ? Why.Because("step-entered-early", why.Template, [.. why.Facts.Select(fact => (fact.Name, (object)fact.Value))])
            : null;

    /// <summary>Why a step that was never proven is taken back.</summary>
    public static Why Doubt(Rollout rollout, Instant now)
        => Why.Because("no-proof", "no proof within {limit} that {version} is no worse than {stable}: {evidence}", ("limit", WaitReason.Text(Limits(rollout).Most)),
            ("version", rollout.Release.Version), ("stable", rollout.Previous!.Version), ("evidence", Evidence(rollout, now).Sentence));

    /// <summary>What the step waits for, for a person at night; it wants proof.</summary>
    public static Why Words(Rollout rollout, Instant confirmed, Instant now)
    {
        var (limits, waited) = (Limits(rollout), now - confirmed);
        var evidence = Evidence(rollout, now);
        if (IsGiven(rollout, confirmed))
            return Say("step-proven", "step {step} of {steps} ({weight}) is proven safe and goes on after {limit}, {waited} so far: {evidence}", limits.Least);
        if (limits.Advise(Verdict.InsufficientEvidence, waited) == StepAdvice.AskPerson)
            return Say("waits-for-person", "step {step} of {steps} ({weight}) waits for a person's promote or rollback: no proof within {limit}; {evidence}", limits.Most);
        if (evidence.Code == "no-traffic")
            return Say("no-traffic", "step {step} of {steps} ({weight}) held for {waited}: {evidence}; {then} after {limit}", limits.Most);
        var pause = rollout.Target.Pause!.Value;
        if (evidence.Code == "no-readings" && waited >= pause)
            return Say("no-readings", "step {step} of {steps} ({weight}) held for {waited}: {evidence}; {then} after {limit}", limits.Most);
        return waited < pause
            ? Say("step-judged", "step {step} of {steps} ({weight}) held: {waited} of {limit}, sooner with proof: {evidence}", pause)
            : Say("waits-for-proof", "step {step} of {steps} ({weight}) held for {waited} for want of proof: {evidence}; {then} after {limit}", limits.Most);

        Why Say(string code, string template, Duration limit)
            => new(code, template,
            [
                .. Why.Because(code, template, ("step", rollout.Step + 1), ("steps", rollout.Steps.Length), ("weight", rollout.Weight), ("waited", WaitReason.Text(waited)),
                    ("limit", WaitReason.Text(limit)), ("then", Then(limits.Doubt)), ("evidence", evidence.Sentence)).Facts,
                .. evidence.Facts,
            ]);
    }

    // Of the metrics that must be proven, the one that is furthest from it.
    private static Why Evidence(Rollout rollout, Instant now)
    {
        var (version, stable) = (rollout.Release.Version, rollout.Previous!.Version);
        var last = rollout.Judge.Recent.LastOrDefault(static tick => tick.Counts.Requests > 0)?.To;
        var since = last is { } seen && rollout.ConfirmedAt is { } confirmed ? Instant.Max(seen, confirmed) : rollout.ConfirmedAt ?? now;
        if (now - since >= Silence)
            return Why.Because("no-traffic", "no traffic: no request has reached {version} for {silence}, so nothing can be judged ({requests|request} since it began)",
                ("version", version), ("silence", WaitReason.Text(now - since)), ("requests", rollout.Judge.Candidate.Requests), ("errors", rollout.Judge.Candidate.Errors));
        if (rollout.VerdictWhy is { Code: "wrong-split" } split) return split;
        var (policy, state) = (rollout.JudgePolicy, rollout.Judge);
        var all = Judge.Weigh(policy, state);
        var asked = all.Where(static one => one.LogSafety is not null).OrderBy(static one => one.LogSafety - one.LogSafetyThreshold).FirstOrDefault() ?? all[0];
        if (asked.Candidate.Exposure <= 0 && policy.Metrics.Any(metric => metric.Name == asked.Metric && metric.Query is not null))
            return Why.Because("no-readings", "no counts of {metric} yet: its query has given nothing to compare {version} and {stable} by, so it cannot be judged",
                ("metric", asked.Metric), ("version", version), ("stable", stable));
        var more = asked.RequestsToSafe is { } requests ? requests : (long?)null;
        return Why.Because("evidence", "{metric} {candidate} on {version}, {others} on {stable}; evidence that it is worse {worse} of {regressed}, that it is safe {safe} of {proven}; "
            + (more is null ? "how many more requests that takes cannot be told yet" : "about {more|request} more to it if it is as good"),
            ("metric", asked.Metric), ("candidate", Counts(asked.Candidate)), ("version", version), ("others", Counts(asked.Stable)), ("stable", stable),
            ("worse", EValueText.Of(Judge.LogEvidence(policy, state))), ("regressed", EValueText.Of(Judge.LogThreshold(policy))),
            ("safe", EValueText.Of(asked.LogSafety ?? 0)), ("proven", EValueText.Of(asked.LogSafetyThreshold)), ("more", more ?? 0),
            ("requests", state.Candidate.Requests), ("errors", state.Candidate.Errors));
    }

    private static string Then(OnDoubt doubt) => doubt switch
    {
        OnDoubt.Hold => "a person is asked",
        OnDoubt.RollBack => "it is taken back",
        OnDoubt.Advance => "it goes on all the same",
        _ => throw new System.Diagnostics.UnreachableException(doubt.ToString()),
    };

    private static string Counts(Tally tally) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{tally.Events:0} of {tally.Exposure:0}");

    // The pause is the step's own word: proof shortens it, never below the least, and the limit never cuts it.
    private static StepLimits Limits(Rollout rollout)
    {
        var (limits, pause) = (rollout.Service.Rollout.Judge!.Steps, rollout.Target.Pause!.Value);
        return limits with { Least = Duration.Min(limits.Least, pause), Most = Duration.Max(limits.Most, pause) };
    }

    // A verdict speaks for a step only if what it was seen on lies inside the step.
    private static bool IsGiven(Rollout rollout, Instant confirmed) => rollout.Verdict == Verdict.Safe && rollout.VerdictFrom >= confirmed;
}
