using Fairway.Kernel;

namespace Fairway.Judgement;

public sealed class JudgementPlanTests
{
    private static readonly JudgePolicy Policy = new(0.5, 20) { Metrics = MetricPolicy.Default };

    // By hand: of the errors 4·0.1/(4·0.1 + 0.9) = 30.8 % are then the candidate's rather than 10 %, which is 0.164 nats each: 28.0 errors for ln 100, 8.6 of them its own.
    [Fact]
    public void Walds_bound_is_the_threshold_over_the_divergence()
        => Assert.InRange(JudgementPlan.Expect(Policy, Question(4)).FailedByWald, 8.3, 8.8);

    [Fact]
    public void Fourfold_errors_take_a_minute_or_two_and_tenfold_seconds()
    {
        Assert.InRange(JudgementPlan.Expect(Policy, Question(4)).Detect!.Value.TotalMinutes, 1.2, 2.4);
        Assert.InRange(JudgementPlan.Expect(Policy, Question(10)).Detect!.Value.TotalSeconds, 12, 40);
    }

    [Fact]
    public void More_traffic_more_weight_and_a_larger_factor_are_quicker()
    {
        var plan = JudgementPlan.Expect(Policy, Question(4));
        Assert.True(JudgementPlan.Expect(Policy, Question(4) with { RequestsPerSecond = 100 }).Detect < plan.Detect);
        Assert.True(JudgementPlan.Expect(Policy, Question(4) with { Weight = Weight.FromPercent(30) }).Detect < plan.Detect);
        Assert.True(JudgementPlan.Expect(Policy, Question(5)).Detect < plan.Detect);
        Assert.Equal(plan.Detect!.Value.TotalSeconds / 2, JudgementPlan.Expect(Policy, Question(4) with { RequestsPerSecond = 100 }).Detect!.Value.TotalSeconds, 1e-6);
    }

    [Fact]
    public void A_wider_margin_is_proven_sooner_and_without_one_there_is_no_proof()
    {
        var (narrow, wide) = (Errors(2), Errors(4));
        Assert.True(JudgementPlan.Expect(wide, Question(4)).ProveSafe < JudgementPlan.Expect(narrow, Question(4)).ProveSafe);
        Assert.Null(JudgementPlan.Expect(Errors(null), Question(4)).ProveSafe);
    }

    [Fact]
    public void What_is_tolerated_is_never_detected()
    {
        var plan = JudgementPlan.Expect(new(0.5, 20) { Metrics = [MetricPolicy.Default[0] with { Tolerated = 2, Margin = 4 }] }, Question(1.5));
        Assert.Null(plan.Detect);
        Assert.True(double.IsPositiveInfinity(plan.FailedByWald));
    }

    [Theory]
    [InlineData(0, 4, 50, 10)]
    [InlineData(0.005, 1, 50, 10)]
    [InlineData(0.005, 4, 0, 10)]
    [InlineData(0.005, 4, 50, 0)]
    [InlineData(0.005, 4, 50, 100)]
    [InlineData(double.NaN, 4, 50, 10)]
    [InlineData(0.005, double.NaN, 50, 10)]
    public void A_question_outside_its_ranges_is_refused(double share, double factor, double rate, int percent)
        => Assert.Throws<ArgumentOutOfRangeException>(() => JudgementPlan.Expect(Policy, new(share, factor, rate, Weight.FromPercent(percent))));

    private static JudgePolicy Errors(double? margin) => new(0.5, 20) { Metrics = [MetricPolicy.Default[0] with { Margin = margin }] };

    private static PlanQuestion Question(double factor) => new(0.005, factor, 50, Weight.FromPercent(10));
}
