using System.Diagnostics;
using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Bench.Judge;

/// <summary>What a tick costs.</summary>
internal readonly record struct SpeedResult(double MedianMicroseconds, double P99Microseconds, double PerSecond);

/// <summary>Times ticks of a rollout with 12 metrics, all of which have events.</summary>
internal static class Speed
{
    public static SpeedResult Measure()
    {
        var metrics = MetricPolicy.Default.Concat(Enumerable.Range(0, 12 - MetricPolicy.Default.Length).Select(i => new MetricPolicy($"query-{i}", MetricSource.Share, 0.02)));
        var policy = new JudgePolicy(0.5, 20) { Metrics = [.. metrics] };
        var (state, draw, at) = (JudgeState.Begin(policy, null), new Draw(7), Instant.FromUtc(2026, 1, 1, 0, 0));
        var took = new List<double>();
        for (var i = 0; i < 6_000; i++)
        {
            var tick = new JudgeTick(at, at += Duration.FromSeconds(1), Weight.FromPercent(10), Counts(draw, 100), Counts(draw, 900));
            var begun = Stopwatch.GetTimestamp();
            var answer = Judgement.Judge.Observe(policy, state, tick);
            // The first thousand warm the compiler up.
            if (i >= 1_000) took.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds);
            state = answer.Verdict == Verdict.Regressed ? JudgeState.Begin(policy, null) with { Recent = answer.Next.Recent } : answer.Next;
        }
        took.Sort();
        return new(took[took.Count / 2], took[took.Count * 99 / 100], 1e6 / took.Average());
    }

    private static ArmCounts Counts(Draw draw, long mean)
    {
        var requests = draw.Poisson(mean);
        return new(requests, draw.Binomial(requests, 0.02))
        {
            Timeouts = draw.Binomial(requests, 0.01), Resets = draw.Binomial(requests, 0.01), Timed = requests, AboveP95 = draw.Binomial(requests, 0.05),
            AboveP99 = draw.Binomial(requests, 0.01), Restarts = draw.Binomial(2, 0.1), InstanceSeconds = mean / 100.0,
            Queried = [.. Enumerable.Range(0, 6).Select(i => new MetricCount($"query-{i}", draw.Binomial(requests, 0.02), requests))],
        };
    }
}
