using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>Whatever comes in: never a false verdict, never a crash.</summary>
public sealed class HostileTicksTests
{
    private static readonly JudgePolicy Policy = new(0.5, 20) { Metrics = MetricPolicy.Default };
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 12, 0);

    public static TheoryData<string, ArmCounts, ArmCounts?> Odd() => new()
    {
        { "nothing on either arm", ArmCounts.None, ArmCounts.None },
        { "an empty candidate", ArmCounts.None, new(900, 5) },
        { "an empty stable arm", new(100, 1), ArmCounts.None },
        { "no stable release", new(100, 1), null },
        { "a negative count", new(-5, 0), new(900, 5) },
        { "negative errors", new(5, -5), new(900, 5) },
        { "more errors than requests", new(5, 6), new(900, 5) },
        { "more errors than requests on the stable arm", new(100, 0), new(9, 50) },
        { "counts at the end of their range", new(long.MaxValue, long.MaxValue), new(long.MaxValue, 0) },
        { "seconds that are no number", new(100, 0) { InstanceSeconds = double.NaN, Restarts = 50 }, new(900, 0) { InstanceSeconds = 10 } },
        { "seconds without end", new(100, 0) { InstanceSeconds = 1, Restarts = 50 }, new(900, 0) { InstanceSeconds = double.PositiveInfinity } },
        { "negative seconds", new(100, 0) { InstanceSeconds = -1, Restarts = 50 }, new(900, 0) { InstanceSeconds = 10 } },
        { "more slow ones than were timed", new(100, 0) { AboveP95 = 500, Timed = 100 }, new(900, 0) { Timed = 900 } },
        { "negative slow ones", new(100, 0) { AboveP95 = -500, Timed = 100 }, new(900, 0) { AboveP95 = 1, Timed = 900 } },
        { "a metric that nobody asked for", new(100, 0) { Queried = [new("x", 50, 50)] }, new(900, 0) { Queried = [new("x", 0, 50)] } },
    };

    [Theory, MemberData(nameof(Odd))]
    public void Odd_counts_neither_convict_nor_acquit(string what, ArmCounts candidate, ArmCounts? stable)
    {
        Assert.NotNull(what);
        var (state, at) = (JudgeState.Begin(Policy, null), Start);
        for (var i = 0; i < 50; i++)
        {
            var answer = Judge.Observe(Policy, state, new(at, at += Duration.FromSeconds(1), Weight.FromPercent(10), candidate, stable));
            Assert.Equal(Verdict.InsufficientEvidence, answer.Verdict);
            Assert.NotEmpty(answer.Why.Sentence);
            Assert.Equal(FairwayJson.Write(answer.Next), FairwayJson.Write(FairwayJson.Read<JudgeState>(FairwayJson.Write(answer.Next))));
            state = answer.Next;
        }
    }

    [Fact]
    public void A_tick_that_comes_twice_counts_once()
    {
        var tick = new JudgeTick(Start, Start + Duration.FromSeconds(1), Weight.FromPercent(10), new(100, 8), new(900, 5));
        var once = Judge.Observe(Policy, JudgeState.Begin(Policy, null), tick);
        var twice = Judge.Observe(Policy, once.Next, tick);
        Assert.Equal("late-tick", twice.Why.Code);
        Assert.Equal(FairwayJson.Write(once.Next), FairwayJson.Write(twice.Next));
    }

    [Fact]
    public void A_late_tick_and_a_tick_that_ends_before_it_begins_change_nothing()
    {
        var state = Judge.Observe(Policy, JudgeState.Begin(Policy, null), Tick(Start + Duration.FromSeconds(10), 1)).Next;
        foreach (var odd in new[] { Tick(Start, 1), Tick(Start + Duration.FromSeconds(60), -5) })
            Assert.Equal(FairwayJson.Write(state), FairwayJson.Write(Judge.Observe(Policy, state, odd).Next));

        static JudgeTick Tick(Instant from, int seconds) => new(from, from + Duration.FromSeconds(seconds), Weight.FromPercent(10), new(100, 50), new(900, 0));
    }

    [Fact]
    public void A_tick_that_overlaps_the_last_one_is_not_compared()
    {
        var first = Judge.Observe(Policy, JudgeState.Begin(Policy, null), new(Start, Start + Duration.FromSeconds(2), Weight.FromPercent(10), new(100, 2), new(900, 5)));
        var second = Judge.Observe(Policy, first.Next,
            new(Start + Duration.FromSeconds(1), Start + Duration.FromSeconds(3), Weight.FromPercent(10), new(100, 40), new(900, 5)));
        Assert.Equal(first.Next.Metrics[0].Candidate, second.Next.Metrics[0].Candidate);
        Assert.Equal(200, second.Next.Candidate.Requests);
    }

    [Fact]
    public void A_tick_in_which_the_share_changed_is_not_compared()
    {
        var answer = Judge.Observe(Policy, JudgeState.Begin(Policy, null),
            new(Start, Start + Duration.FromSeconds(1), Weight.FromPercent(10), new(100, 40), new(900, 5), Mixed: true));
        Assert.Equal(Verdict.InsufficientEvidence, answer.Verdict);
        Assert.Equal(0, answer.Next.Metrics[0].Candidate.Exposure);
    }

    [Fact]
    public void Random_ticks_never_crash_it_and_its_state_is_always_what_was_stored()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var (state, at, numbers) = (JudgeState.Begin(Policy, null), Start, new Numbers(seed));
            for (var i = 0; i < 60; i++)
            {
                var length = Duration.FromMilliseconds(numbers.Next(200_000) - 2_000);
                var tick = new JudgeTick(at, at + length, Weight.FromBasisPoints((int)numbers.Next(10_001)), Arm(numbers), numbers.Next(5) == 0 ? null : Arm(numbers),
                    numbers.Next(7) == 0) { Instances = (int)numbers.Next(4) };
                var answer = Judge.Observe(Policy, state, tick);
                var stored = FairwayJson.Write(answer.Next);
                Assert.Equal(stored, FairwayJson.Write(FairwayJson.Read<JudgeState>(stored)));
                (state, at) = (FairwayJson.Read<JudgeState>(stored), at + length);
            }
        }

        static ArmCounts Arm(Numbers numbers)
        {
            var size = numbers.Next(18);
            var requests = numbers.Next(1L << (int)(size * 2)) - 1;
            return new(requests, numbers.Next(Math.Max(1, requests + 2)))
            {
                Timed = requests, AboveP95 = numbers.Next(Math.Max(1, requests / 10 + 2)), Restarts = numbers.Next(3) - 1, InstanceSeconds = numbers.Next(20) - 1,
                Timeouts = numbers.Next(3), Resets = numbers.Next(3),
            };
        }
    }

    /// <summary>SplitMix64.</summary>
    private sealed class Numbers(ulong state)
    {
        private ulong _state = state;

        public long Next(long below)
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (long)((z ^ (z >> 31)) % (ulong)below);
        }
    }
}
