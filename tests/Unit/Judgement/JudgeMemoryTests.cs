using Fairway.Judgement.Statistics;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

public sealed class JudgeMemoryTests
{
    private static readonly ImmutableArray<MetricPolicy> Metrics = [MetricPolicy.Default[0]];
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 12, 0);

    [Fact]
    public void Nothing_learned_reckons_with_some_noise_and_alike_halves_with_little()
    {
        var before = JudgeState.Begin(new(0.5, 20) { Metrics = Metrics }, null).Metrics[0];
        var quiet = Learn(3_600, i => (20 + i % 3, 20 + (i + 1) % 3));
        Assert.InRange(ArmNoise.Levels[before.Noise], 0.2, 0.5);
        Assert.True(quiet.Noise < before.Noise);
        Assert.Equal((1.0, 0), (quiet.Dispersion, quiet.Slack));
    }

    [Fact]
    public void Halves_that_drift_apart_by_the_minute_are_learned_as_noise()
        => Assert.InRange(ArmNoise.Levels[Learn(3_600, i => (i / 60 % 2 == 0 ? 40 : 20, i / 60 % 2 == 0 ? 20 : 40)).Noise], 0.5, 1.0);

    [Fact]
    public void Failures_in_clumps_are_learned_as_dispersion()
        => Assert.InRange(Learn(3_600, i => (i / 10 % 2 == 0 ? 4 : 0, i / 10 % 2 == 0 ? 0 : 4)).Dispersion, 5, 60);

    [Fact]
    public void Halves_that_differ_for_a_quarter_of_an_hour_are_learned_as_slack()
        => Assert.InRange(Learn(4 * 3_600, i => (i / 900 % 2 == 0 ? 40 : 20, i / 900 % 2 == 0 ? 20 : 40)).Slack, 3, 9);

    [Fact]
    public void Noise_slows_a_conviction_down()
    {
        var policy = new JudgePolicy(0.5, 20) { Metrics = Metrics };
        var quiet = Seconds(Memory(3_600, i => (20 + i % 3, 20 + (i + 1) % 3)));
        var noisy = Seconds(Memory(3_600, i => (i / 60 % 2 == 0 ? 40 : 20, i / 60 % 2 == 0 ? 20 : 40)));
        Assert.True(quiet < noisy, $"{quiet} s without noise, {noisy} s with it");

        int Seconds(JudgeMemory memory)
        {
            var (state, at, verdict, seconds) = (JudgeState.Begin(policy, memory), Start, Verdict.InsufficientEvidence, 0);
            for (; verdict != Verdict.Regressed && seconds < 3_600; seconds++)
            {
                (state, verdict) = Judge.Advance(policy, state, new(at, at + Duration.FromSeconds(1), Weight.FromPercent(10), new(100, 3), new(900, 9)));
                at += Duration.FromSeconds(1);
            }
            return seconds;
        }
    }

    [Fact]
    public void The_memory_is_the_same_after_storage_and_stays_small()
    {
        var memory = Memory(7_200, i => (3 + i % 5, 2 + i % 7));
        var stored = FairwayJson.Write(memory);
        Assert.Equal(stored, FairwayJson.Write(FairwayJson.Read<JudgeMemory>(stored)));
        Assert.InRange(stored.Length, 1, 4_000);
    }

    [Fact]
    public void A_tick_that_ends_before_it_begins_teaches_nothing()
        => Assert.Equal(new JudgeMemory(), new JudgeMemory().Learn(Metrics, new(Start, Start - Duration.FromSeconds(1), new(100, 5), new(100, 5))));

    private static MetricMemory Learn(int seconds, Func<int, (long, long)> errors) => Memory(seconds, errors).Of("errors")!;

    private static JudgeMemory Memory(int seconds, Func<int, (long Left, long Right)> errors)
    {
        var memory = new JudgeMemory();
        for (var i = 0; i < seconds; i++)
        {
            var (left, right) = errors(i);
            memory = memory.Learn(Metrics, new(Start + Duration.FromSeconds(i), Start + Duration.FromSeconds(i + 1), new(1_000, left), new(1_000, right)));
        }
        return memory;
    }
}
