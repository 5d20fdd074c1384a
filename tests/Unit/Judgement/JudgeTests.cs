using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

public sealed class JudgeTests
{
    private static readonly JudgePolicy Policy = new(0.5, 20) { Metrics = MetricPolicy.Default };
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 12, 0);

    [Fact]
    public void Without_metrics_only_the_ceiling_speaks()
        => Assert.Equal(Verdict.InsufficientEvidence, Last(new(0.5, 20), Repeat(500, new(100, 30), new(900, 0))).Verdict);

    [Fact]
    public void Eight_percent_errors_at_ten_percent_weight_are_taken_back_within_seconds()
    {
        var answer = Last(Policy, Repeat(15, new(5, 1), new(45, 0)));
        Assert.Equal(Verdict.Regressed, answer.Verdict);
        Assert.Equal("regressed", answer.Why.Code);
        Assert.Contains("errors: ", answer.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_incident_shared_by_both_arms_convicts_nobody()
    {
        foreach (var failing in new[] { 1, 3, 6 })
            Assert.NotEqual(Verdict.Regressed, Last(Policy, Repeat(300, new(10, failing), new(90, 9 * failing))).Verdict);
    }

    [Fact]
    public void A_release_as_good_as_the_stable_one_is_proven_safe_and_says_so()
    {
        var answer = Last(Errors, Repeat(600, i => (new(10, i % 10 == 0 ? 1 : 0), new(90, i % 10 == 0 ? 9 : 0))));
        Assert.Equal(Verdict.Safe, answer.Verdict);
        Assert.Equal("proven-safe", answer.Why.Code);
    }

    [Fact]
    public void A_release_without_any_errors_is_proven_safe_by_its_share_alone()
    {
        Assert.Equal(Verdict.Safe, Last(Errors, Repeat(600, new(10, 0), new(90, 0))).Verdict);
        Assert.Equal(Verdict.InsufficientEvidence, Last(Errors, Repeat(60, new(10, 0), new(90, 0))).Verdict);
    }

    [Fact]
    public void A_metric_that_has_a_margin_and_no_counts_keeps_it_from_being_called_safe()
        => Assert.Equal(Verdict.InsufficientEvidence, Last(Policy, Repeat(1_000, new(10, 0), new(90, 0))).Verdict);

    [Fact]
    public void Silence_is_neither()
    {
        var answer = Last(Policy, Repeat(3_600, ArmCounts.None, ArmCounts.None));
        Assert.Equal((Verdict.InsufficientEvidence, "not-enough-evidence"), (answer.Verdict, answer.Why.Code));
    }

    [Fact]
    public void Latency_alone_convicts()
    {
        var answer = Last(Policy, Repeat(60, new ArmCounts(10, 0) { Timed = 10, AboveP95 = 3 }, new ArmCounts(90, 0) { Timed = 90, AboveP95 = 4 }));
        Assert.Equal(Verdict.Regressed, answer.Verdict);
        Assert.StartsWith("latency-p95", answer.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Latency_of_cold_instances_is_left_out_and_errors_are_not()
    {
        var patient = Policy with { WarmUpRequests = 200 };
        var slow = Repeat(19, new ArmCounts(10, 0) { Timed = 10, AboveP95 = 5 }, new ArmCounts(90, 0) { Timed = 90, AboveP95 = 4 });
        var answer = Last(patient, slow);
        Assert.Equal(0, State(answer, "latency-p95").Candidate.Exposure);
        Assert.Equal(190, State(answer, "errors").Candidate.Exposure);
        Assert.Equal(Verdict.Regressed, Last(patient, Repeat(40, new ArmCounts(10, 4), new ArmCounts(90, 0))).Verdict);
    }

    [Fact]
    public void Restarts_convict_by_the_time_that_instances_ran()
    {
        static ArmCounts Ran(long restarts, double seconds) => new(10, 0) { Restarts = restarts, InstanceSeconds = seconds };
        Assert.Equal(Verdict.Regressed, Last(Policy, Repeat(120, i => (Ran(i % 10 == 0 ? 1 : 0, 1), Ran(0, 9)))).Verdict);
        Assert.NotEqual(Verdict.Regressed, Last(Policy, Repeat(120, i => (Ran(i % 10 == 0 ? 1 : 0, 1), Ran(i % 10 == 0 ? 9 : 0, 9)))).Verdict);
    }

    [Fact]
    public void A_metric_of_a_source_convicts_by_its_name()
    {
        var policy = new JudgePolicy(0.5, 20) { Metrics = [new("checkout-failures", MetricSource.Share, 1)] };
        static ArmCounts Counts(long events, long total) => new(total, 0) { Queried = [new("checkout-failures", events, total)] };
        Assert.Equal(Verdict.Regressed, Last(policy, Repeat(30, Counts(2, 10), Counts(1, 90))).Verdict);
        Assert.NotEqual(Verdict.Regressed, Last(policy, Repeat(30, Counts(1, 10), Counts(9, 90))).Verdict);
    }

    [Fact]
    public void A_wrong_split_of_the_requests_is_said_and_nothing_is_called_safe()
    {
        var answer = Last(Errors, Repeat(600, new(50, 0), new(50, 0)));
        Assert.Equal((Verdict.InsufficientEvidence, "wrong-split"), (answer.Verdict, answer.Why.Code));
    }

    [Fact]
    public void Without_a_stable_release_only_the_ceiling_is_watched_and_it_says_so()
    {
        var answer = Last(Policy, Enumerable.Repeat((new ArmCounts(100, 30), (ArmCounts?)null), 100));
        Assert.Equal((Verdict.InsufficientEvidence, "nothing-to-compare"), (answer.Verdict, answer.Why.Code));
        Assert.Equal(Verdict.Regressed, Last(Policy, Enumerable.Repeat((new ArmCounts(100, 60), (ArmCounts?)null), 100)).Verdict);
    }

    [Fact]
    public void A_regression_that_begins_after_an_hour_is_still_found_within_minutes()
    {
        var ticks = Repeat(5_400, i => (new(10, i % 20 == 0 ? 1 : 0), new(90, i % 20 == 0 ? 9 : 0)))
            .Concat(Repeat(600, i => (new(10, i % 4 == 0 ? 1 : 0), new(90, i % 20 == 0 ? 9 : 0))));
        Assert.Equal(Verdict.Regressed, Last(Errors, ticks).Verdict);
    }

    [Fact]
    public void At_full_weight_it_is_held_against_what_the_stable_release_did()
    {
        var before = Repeat(300, i => (new ArmCounts(10, 0), new ArmCounts(90, i % 4 == 0 ? 1 : 0)));
        var good = Walk(Errors, before);
        var (state, at) = (good.Answer.Next, good.At);
        Assert.NotEqual(Verdict.Regressed, Alone(1, 600));
        Assert.Equal(Verdict.Regressed, Alone(4, 600));

        Verdict Alone(long errors, int seconds)
        {
            var (next, verdict, now) = (state, Verdict.InsufficientEvidence, at);
            for (var i = 0; i < seconds && verdict != Verdict.Regressed; i++)
            {
                (next, verdict) = Judge.Advance(Errors, next, new(now, now + Duration.FromSeconds(1), Weight.Full, new(100, i % 4 == 0 ? errors : 0), ArmCounts.None));
                now += Duration.FromSeconds(1);
            }
            return verdict;
        }
    }

    [Fact]
    public void The_same_ticks_give_the_same_verdict_bit_for_bit_through_storage()
    {
        var (live, stored, at) = (JudgeState.Begin(Policy, null), JudgeState.Begin(Policy, null), Start);
        for (var i = 0; i < 400; i++)
        {
            var tick = new JudgeTick(at, at + Duration.FromMilliseconds(1_700), Weight.FromPercent(10), new(17 + i % 5, i % 7 == 0 ? 2 : 0), new(150 + i % 11, i % 3));
            var (one, other) = (Judge.Observe(Policy, live, tick), Judge.Observe(Policy, stored, tick));
            Assert.Equal((one.Verdict, one.Why), (other.Verdict, other.Why));
            (live, stored, at) = (one.Next, FairwayJson.Read<JudgeState>(FairwayJson.Write(other.Next)), tick.To);
            Assert.Equal(FairwayJson.Write(live), FairwayJson.Write(stored));
        }
    }

    [Fact]
    public void The_state_stays_small_however_long_it_goes_on()
    {
        var answer = Last(Policy, Repeat(4_000, i => (new(50, i % 3), new(450, i % 4))));
        Assert.InRange(FairwayJson.Write(answer.Next).Length, 1, 12_000);
    }

    [Fact]
    public void Evidence_names_counts_thresholds_interval_and_how_much_is_still_needed()
    {
        var answer = Last(Policy, Repeat(120, i => (new(10, i % 20 == 0 ? 1 : 0), new(90, i % 20 == 0 ? 9 : 0))));
        var errors = Judge.Weigh(Policy, answer.Next)[0];
        Assert.Equal(("errors", new Tally(6, 1_200), new Tally(54, 10_800)), (errors.Metric, errors.Candidate, errors.Stable));
        Assert.InRange(errors.Ratio!.Value, 0.8, 1.2);
        Assert.InRange(errors.Low, 0.01, 0.9);
        Assert.InRange(errors.High!.Value, 1.1, 10);
        Assert.True(errors.LogRegression < errors.LogRegressionThreshold && errors.LogSafety < errors.LogSafetyThreshold);
        Assert.InRange(errors.RequestsToSafe!.Value, 1, 20_000);
        Assert.InRange(errors.RequestsToRegressed!.Value, 1, 20_000);
    }

    private static JudgePolicy Errors => new(0.5, 20) { Metrics = [MetricPolicy.Default[0]] };

    private static MetricState State(JudgeAnswer answer, string name) => answer.Next.Metrics.Single(one => one.Name == name);

    private static IEnumerable<(ArmCounts, ArmCounts?)> Repeat(int times, ArmCounts candidate, ArmCounts stable) => Repeat(times, _ => (candidate, stable));

    private static IEnumerable<(ArmCounts, ArmCounts?)> Repeat(int times, Func<int, (ArmCounts, ArmCounts)> counts)
        => Enumerable.Range(0, times).Select(i => { var (candidate, stable) = counts(i); return (candidate, (ArmCounts?)stable); });

    private static JudgeAnswer Last(JudgePolicy policy, IEnumerable<(ArmCounts Candidate, ArmCounts? Stable)> ticks) => Walk(policy, ticks).Answer;

    private static (JudgeAnswer Answer, Instant At) Walk(JudgePolicy policy, IEnumerable<(ArmCounts Candidate, ArmCounts? Stable)> ticks)
    {
        var (state, at) = (JudgeState.Begin(policy, null), Start);
        JudgeAnswer? answer = null;
        foreach (var (candidate, stable) in ticks)
        {
            answer = Judge.Observe(policy, state, new(at, at + Duration.FromSeconds(1), Weight.FromPercent(10), candidate, stable));
            (state, at) = (answer.Next, at + Duration.FromSeconds(1));
            if (answer.Verdict == Verdict.Regressed) break;
        }
        return (answer!, at);
    }
}
