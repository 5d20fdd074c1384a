using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

public sealed class JudgePaceTests
{
    private static readonly JudgePolicy Policy = new(0.5, 20) { Metrics = MetricPolicy.Default };

    [Fact]
    public void A_new_share_is_looked_at_closely_for_some_seconds()
    {
        var (state, looks) = Run(JudgeState.Begin(Policy, null), Duration.FromSeconds(8), perSecond: 50);
        Assert.Equal(JudgePace.First, looks[0]);
        Assert.Equal(JudgePace.New, looks[2]);
        Assert.Equal(JudgePace.Usual, JudgePace.Next(Policy, state));
    }

    [Fact]
    public void Every_change_of_the_share_makes_it_new()
    {
        var (state, _) = Run(JudgeState.Begin(Policy, null), Duration.FromSeconds(30), perSecond: 1_000);
        state = Tick(state, Duration.FromSeconds(1), 50, 0, percent: 25);
        Assert.Equal(JudgePace.New, JudgePace.Next(Policy, state));
    }

    [Fact]
    public void Some_evidence_of_a_regression_is_followed_closely()
    {
        var (state, _) = Run(JudgeState.Begin(Policy, null), Duration.FromSeconds(30), perSecond: 100);
        state = Tick(state, Duration.FromSeconds(1), 100, candidateErrors: 2);
        Assert.Equal(JudgePace.Suspicious, JudgePace.Next(Policy, state));
    }

    [Theory]
    [InlineData(10, 5_000)]
    [InlineData(0.5, 10_000)]
    [InlineData(0, 10_000)]
    public void With_little_traffic_ticks_are_longer_up_to_a_limit(double perSecond, int milliseconds)
    {
        var (state, looks) = Run(JudgeState.Begin(Policy, null), Duration.FromMinutes(3), perSecond);
        Assert.Equal(Duration.FromMilliseconds(milliseconds), JudgePace.Next(Policy, state));
        Assert.All(looks, look => Assert.InRange(look, JudgePace.New, JudgePace.Most));
    }

    [Fact]
    public void Traffic_that_comes_late_is_not_slept_through()
    {
        var state = JudgeState.Begin(Policy, null);
        state = Tick(state, JudgePace.Next(Policy, state), 0, 0);
        state = Tick(state, JudgePace.Next(Policy, state), 0, 0);
        Assert.True(JudgePace.Next(Policy, state) <= Duration.FromSeconds(1));
    }

    [Fact]
    public void Without_metrics_there_is_nothing_to_hurry_for()
        => Assert.Equal(JudgePace.Usual, JudgePace.Next(new(0.5, 20), JudgeState.Empty));

    private static (JudgeState State, List<Duration> Looks) Run(JudgeState state, Duration time, double perSecond)
    {
        var looks = new List<Duration>();
        for (var (at, seen) = (Duration.Zero, 0L); at < time;)
        {
            var length = JudgePace.Next(Policy, state);
            at += length;
            var due = (long)(at.TotalSeconds * perSecond) - seen;
            (state, seen) = (Tick(state, length, due, 0), seen + due);
            looks.Add(length);
        }
        return (state, looks);
    }

    private static JudgeState Tick(JudgeState state, Duration length, long requests, long candidateErrors, int percent = 10)
    {
        var from = state.Recent.IsEmpty ? Instant.FromUtc(2026, 1, 1, 12, 0) : state.Recent[^1].To;
        var candidates = Math.Max(candidateErrors, requests / 10);
        var tick = new JudgeTick(from, from + length, Weight.FromPercent(percent), new(candidates, candidateErrors), new(requests - candidates, 0));
        return Judge.Observe(Policy, state, tick).Next;
    }
}
