using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Bench.Judge;

/// <summary>What a contestant did in one run.</summary>
/// <param name="Minutes">When it rolled back, counted from the onset; NaN for never.</param>
/// <param name="Failed">The candidate's failed requests from the onset until then.</param>
internal readonly record struct Outcome(double Minutes, long Failed)
{
    public static Outcome Never => new(double.NaN, 0);

    public bool RolledBack => !double.IsNaN(Minutes);
}

/// <summary>One run: all contestants see the same requests.</summary>
/// <param name="Ours">The judge.</param>
/// <param name="Early">Rolled back before anything was wrong.</param>
/// <param name="SafeAt">Minutes until it was first proven safe; NaN for never.</param>
/// <param name="Others">The rules, in the order of <see cref="MinuteRule.All"/>.</param>
internal sealed record Run(Outcome Ours, bool Early, double SafeAt, Outcome[] Others);

internal static class Contest
{
    private const int Minutes = 60;
    private static readonly JudgePolicy Whole = new(0.5, 20) { Metrics = MetricPolicy.Default };

    // Where no latency is drawn, proof of safety must not wait for it.
    private static readonly JudgePolicy WithoutLatency = Whole with
    {
        Metrics = [.. MetricPolicy.Default.Select(metric => metric.Source == MetricSource.AboveP95 ? metric with { Margin = null } : metric)],
    };

    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 12, 0);

    /// <summary>One rollout of an hour, as the judge sees it tick by tick.</summary>
    /// <param name="scenario">What happens.</param>
    /// <param name="memory">What the judge learned before.</param>
    /// <param name="seed">Of this run.</param>
    public static Run Play(Scenario scenario, JudgeMemory? memory, ulong seed)
    {
        var traffic = new Traffic(scenario, new(seed));
        var policy = PolicyOf(scenario);
        var state = JudgeState.Begin(policy, memory);
        var rules = MinuteRule.All();
        var others = new Outcome[rules.Length];
        Array.Fill(others, Outcome.Never);
        var (ours, safeAt, early, failed, at) = (Outcome.Never, double.NaN, false, 0L, Start);
        Arm candidates = default, stables = default;
        var second = 0.0;
        while (second < Minutes * 60)
        {
            // The rules look at whole minutes, so that no tick may go over one; when only they are left, whole minutes will do.
            var (minute, whole) = (second / 60, (Math.Floor(second / 60) + 1) * 60);
            var isDone = ours.RolledBack || early;
            var length = isDone ? whole - second : Math.Min(whole - second, JudgePace.Next(policy, state).TotalSeconds);
            var end = (second + length) / 60;
            var (candidate, left, right) = traffic.Next(minute, length);
            var stable = left + right;
            (candidates, stables) = (candidates + candidate, stables + stable);
            if (minute >= scenario.Onset) failed += candidate.Errors;
            if (!isDone)
            {
                var next = at + Duration.FromSeconds(length);
                var weight = Weight.FromPercent((decimal)(scenario.Weight(minute) * 100));
                (state, var verdict) = Judgement.Judge.Advance(policy, state, new(at, next, weight, Counts(scenario, candidate), Counts(scenario, stable)));
                at = next;
                early = verdict == Verdict.Regressed && minute < scenario.Onset;
                if (verdict == Verdict.Regressed && !early) ours = new(end - scenario.Onset, failed);
                if (verdict == Verdict.Safe && double.IsNaN(safeAt)) safeAt = end;
            }
            second += length;
            if (second < whole) continue;
            for (var i = 0; i < rules.Length; i++)
                if (!others[i].RolledBack && rules[i].Observe(candidates, stables)) others[i] = new(end - scenario.Onset, failed);
            (candidates, stables) = (default, default);
            if ((ours.RolledBack || early) && others.All(one => one.RolledBack)) break;
        }
        return new(ours, early, safeAt, others);
    }

    /// <summary>What the judge learns from stable traffic before a rollout.</summary>
    public static JudgeMemory Learn(Scenario scenario, ulong seed)
    {
        var (memory, traffic) = (new JudgeMemory(), new Traffic(scenario, new(seed)));
        const int Seconds = 10;
        for (var second = -scenario.Learned * 60; second < 0; second += Seconds)
        {
            var (_, left, right) = traffic.Next(second / 60.0, Seconds);
            var from = Start + Duration.FromSeconds(second);
            memory = memory.Learn(Whole.Metrics, new(from, from + Duration.FromSeconds(Seconds), Counts(scenario, left), Counts(scenario, right)));
        }
        return memory;
    }

    private static JudgePolicy PolicyOf(Scenario scenario)
    {
        var policy = scenario.Slower > 0 ? Whole : WithoutLatency;
        if (scenario.Margin is not { } margin) return policy;
        return policy with { Metrics = [.. policy.Metrics.Select(metric => metric.Source == MetricSource.Errors ? metric with { Margin = margin } : metric)] };
    }

    private static ArmCounts Counts(Scenario scenario, Arm arm)
        => new(arm.Requests, arm.Errors) { Timed = scenario.Slower > 0 ? arm.Requests : 0, AboveP95 = arm.Slow, AboveP99 = arm.Slowest };
}
