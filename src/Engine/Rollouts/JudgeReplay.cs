using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>A rollout's judgement computed again.</summary>
/// <param name="Ticks">Stored ticks.</param>
/// <param name="Verdict">The last verdict, computed now.</param>
/// <param name="Why">Its reason; null without a tick.</param>
/// <param name="FirstDifference">Position of the first record that came out otherwise; null when all came out as stored.</param>
/// <param name="Difference">What came out otherwise.</param>
public sealed record Replayed(int Ticks, Verdict Verdict, Why? Why, long? FirstDifference, string? Difference);

/// <summary>What another policy makes of a rollout's counts.</summary>
/// <param name="Requests">The candidate's requests that were counted.</param>
/// <param name="Verdict">Regressed once reached, else the last.</param>
/// <param name="Why">Its reason; null without a tick.</param>
/// <param name="Regressed">When it would have been taken back; null for never.</param>
/// <param name="Safe">When it was first proven safe; null for never.</param>
public sealed record Backtested(long Requests, Verdict Verdict, Why? Why, BacktestMoment? Regressed, BacktestMoment? Safe);

/// <summary>A moment of a past rollout.</summary>
/// <param name="At">When.</param>
/// <param name="Requests">The candidate's requests until then.</param>
/// <param name="Weight">Its share then.</param>
public sealed record BacktestMoment(Instant At, long Requests, Weight Weight);

/// <summary>Judges past rollouts again, from the ticks that the ledger holds and nothing else.</summary>
public static class JudgeReplay
{
    /// <summary>The same policy again: verdicts and states must come out bit for bit.</summary>
    /// <param name="records">The rollout's records, from its first.</param>
    public static Replayed Replay(ImmutableArray<ExplainedRecord> records)
    {
        var (ticks, verdict, state) = (0, Verdict.InsufficientEvidence, (ServiceState?)null);
        Why? why = null;
        (long Seq, string What)? difference = null;
        foreach (var (record, happened) in records)
        {
            var now = state ?? Before(happened);
            if (happened is RolloutEvent.Judged { Tick: { } tick } judged && now.Rollout is { } rollout)
            {
                ticks++;
                var answer = Judge.Observe(rollout.JudgePolicy, rollout.Judge, tick);
                (verdict, why) = (answer.Verdict, answer.Why);
                difference ??= Compare(judged, answer) is { } what ? (record.Seq, what) : null;
                // What was computed goes on, not what is stored: one wrong record shows in all that follow.
                state = RolloutEvolver.Apply(now, judged with { State = answer.Next, Verdict = answer.Verdict, Why = answer.Why });
            }
            else state = RolloutEvolver.Apply(now, happened);
        }
        return new(ticks, verdict, why, difference?.Seq, difference?.What);
    }

    /// <summary>Another policy on the same counts, with what had been learned of the service when the rollout began.</summary>
    /// <param name="records">The rollout's records, from its first.</param>
    /// <param name="settings">The other policy.</param>
    /// <returns>Null when nothing was counted.</returns>
    public static Backtested? Backtest(ImmutableArray<ExplainedRecord> records, JudgeSettings settings)
    {
        if (records.Select(found => found.Happened).OfType<RolloutEvent.RolloutStarted>().FirstOrDefault() is not { } started) return null;
        var policy = (started.Service.Rollout with { Judge = settings }).PolicyOf(compares: !started.IsRollback);
        var judged = records.Select(found => found.Happened).OfType<RolloutEvent.Judged>().ToArray();
        var ticks = judged.Where(one => one.Tick is not null).ToArray();
        if (ticks.Length == 0) return null;
        var state = Known(JudgeState.Begin(policy, null), judged[0].State);
        var answer = new JudgeAnswer(state, Verdict.InsufficientEvidence, ticks[0].Why);
        BacktestMoment? safe = null;
        foreach (var one in ticks)
        {
            answer = Judge.Observe(policy, answer.Next, one.Tick!);
            var moment = new BacktestMoment(one.At, answer.Next.Candidate.Requests, one.Tick!.Weight);
            if (answer.Verdict == Verdict.Safe) safe ??= moment;
            if (answer.Verdict == Verdict.Regressed) return new(moment.Requests, Verdict.Regressed, answer.Why, moment, safe);
        }
        return new(answer.Next.Candidate.Requests, answer.Verdict, answer.Why, null, safe);
    }

    // The rollout's first record makes it; what was before is of no account to it.
    private static ServiceState Before(RolloutEvent first)
        => new() { Key = first is RolloutEvent.RolloutStarted started ? started.Service.Key : new("", "") };

    private static string? Compare(RolloutEvent.Judged stored, JudgeAnswer answer)
        => stored.Verdict != answer.Verdict ? $"verdict {answer.Verdict} instead of {stored.Verdict}"
            : FairwayJson.Write(stored.State) != FairwayJson.Write(answer.Next) ? "another state of the evidence than was stored" : null;

    private static JudgeState Known(JudgeState fresh, JudgeState begun) => fresh with
    {
        Metrics = [.. fresh.Metrics.Select(metric => begun.Metrics.FirstOrDefault(one => one.Name == metric.Name) is { } known
            ? metric with { Noise = known.Noise, Slack = known.Slack, Dispersion = known.Dispersion, Baseline = known.Baseline } : metric)],
    };
}
