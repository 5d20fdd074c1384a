using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class QueriedStepTests
{
    private static readonly MetricPolicy Failed = new("failed", MetricSource.Share, 1)
    {
        Query = new("bad{v=\"$release\",d=\"$digest\",s=\"$service\",e=\"$environment\",p=~\"x$\"}", "all{v=\"$release\"}"),
    };

    private static readonly MetricPolicy Errors = new("errors", MetricSource.Errors, 1) { Margin = 2.5, Negligible = 0.02 };

    [Fact]
    public void Both_releases_are_asked_about_by_what_they_are()
    {
        var stage = Judged(Failed);
        var plan = QueryPlan.Of(stage.State)!;
        Assert.Equal(("sha256:1.1", "sha256:1.0"), (plan.Candidate, plan.Stable));
        Assert.Equal(
            [
                "bad{v=\"1.1\",d=\"sha256:1.1\",s=\"shop\",e=\"test\",p=~\"x$\"}", "all{v=\"1.1\"}",
                "bad{v=\"1.0\",d=\"sha256:1.0\",s=\"shop\",e=\"test\",p=~\"x$\"}", "all{v=\"1.0\"}",
            ],
            plan.Expressions);
        var fault = new Fault(FaultKind.Timeout, Blame.Platform, Retryable: true, "too slow");
        Assert.Empty(plan.Read(stage.Now, [new(1, null), new(2, null), new(3, null), new(null, fault)]).Readings);
        Assert.Equal(new QueriedReading("failed", new(1, 2), null), Assert.Single(plan.Read(stage.Now, [new(1, null), new(2, null), new(null, null), new(4, null)]).Readings));
        stage.Say(RolloutCommand.Abort);
        Assert.Null(QueryPlan.Of(stage.State));
    }

    [Fact]
    public void Nothing_is_asked_for_a_first_release_or_without_queries()
    {
        Assert.Null(QueryPlan.Of(Judged(Errors).State));
        var first = Given.Service(policy: policy => policy with { Judge = new() { Metrics = [Failed] } });
        first.RollingOut("1.0");
        Assert.Null(QueryPlan.Of(first.State));
    }

    [Fact]
    public void A_release_that_is_fine_by_its_requests_and_fails_by_its_own_counter_is_taken_back_for_that()
    {
        var stage = Judged(Errors, Failed);
        for (var second = 1; second <= 300 && stage.State.Active is { Phase: not RolloutPhase.RollingBack }; second++) Serve(stage, second, 0.3, 0.001);
        Assert.Equal("regressed", stage.Rollout.TakenBackFor?.Code);
        Assert.Contains("failed", stage.Rollout.TakenBackFor!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_event_is_counted_once_whatever_the_number_of_looks_and_the_ticks_are_judged_again_alike()
    {
        var stage = Judged(Errors, Failed with { Margin = 2.5 });
        for (var second = 1; second <= 30; second++) Serve(stage, second, 0.01, 0.01);
        var ticks = stage.Happened<RolloutEvent.Judged>().Where(judged => judged.Tick is not null).ToList();
        var counted = ticks.Sum(judged => judged.Tick!.Candidate.Queried.IsDefault ? 0 : judged.Tick.Candidate.Queried.Single().Exposure);
        var cursor = stage.Rollout.Cursor!.Queries!["failed"];
        Assert.Equal(1, ticks.Count(judged => judged.Cursor.Queries is { } queries && queries["failed"].From == cursor.From && !judged.Tick!.Candidate.Queried.IsDefault));
        Assert.InRange(counted, 1, cursor.Candidate!.Used.Total!.Value);
        var state = JudgeState.Begin(stage.Rollout.JudgePolicy, null);
        foreach (var judged in ticks)
        {
            var answer = Judge.Observe(stage.Rollout.JudgePolicy, state, FairwayJson.Read<JudgeTick>(FairwayJson.Write(judged.Tick!)));
            Assert.Equal(FairwayJson.Write(judged.State), FairwayJson.Write(answer.Next));
            state = answer.Next;
        }
        Assert.True(Judge.Weigh(stage.Rollout.JudgePolicy, state).Single(one => one.Metric == "failed").Candidate.Exposure > 0);
    }

    [Fact]
    public void Without_readings_a_step_that_needs_them_is_held_and_says_so_and_a_dead_source_is_a_notice()
    {
        var stage = Judged(Errors, Failed with { Margin = 2.5, Negligible = 0.02 });
        var fault = new Fault(FaultKind.Unavailable, Blame.Platform, Retryable: true, "the metrics server cannot be asked");
        for (var second = 1; second <= 70; second++) Serve(stage, second, view => view with { Readings = [], Fault = fault });
        Assert.Equal((0, "no-readings"), (stage.Rollout.Step, stage.Rollout.Why.Code));
        Assert.Contains("no counts of failed yet", stage.Rollout.Why.Sentence, StringComparison.Ordinal);
        Assert.Equal("metrics-unanswered", Assert.Single(stage.State.Notices).Code);
        for (var second = 71; second <= 200 && stage.Rollout.Step == 0; second++) Serve(stage, second, 0, 0);
        Assert.Equal(1, stage.Rollout.Step);
        Assert.Empty(stage.State.Notices);
    }

    [Fact]
    public void A_dead_source_does_not_hold_a_step_that_does_not_need_it()
    {
        var stage = Judged(Errors, Failed);
        for (var second = 1; second <= 60 && stage.Rollout.Step == 0; second++)
            Serve(stage, second, view => view with { Readings = [], Fault = new(FaultKind.Timeout, Blame.Platform, Retryable: true, "too slow") });
        Assert.Equal(1, stage.Rollout.Step);
    }

    [Fact]
    public void An_answer_on_other_releases_is_left_out()
    {
        var stage = Judged(Errors, Failed);
        for (var second = 1; second <= 10; second++) Serve(stage, second, view => view with { Candidate = "sha256:other" });
        Assert.True(stage.Rollout.Judge.Candidate.Queried.IsDefault);
        Assert.Null(stage.Rollout.Cursor!.Queries);
    }

    [Fact]
    public void Queries_that_are_the_same_for_both_releases_are_no_readings_but_a_fault()
    {
        var stage = Judged(Errors, Failed with { Query = new("bad{s=\"$service\"}", "all{s=\"$service\"}") });
        var view = QueryPlan.Of(stage.State)!.Read(stage.Now, [new(1, null), new(2, null), new(1, null), new(2, null)]);
        Assert.Empty(view.Readings);
        Assert.Contains("$digest", view.Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void At_full_weight_the_candidate_is_held_against_what_the_other_release_did()
    {
        var stage = Given.Rollout(guard: 600, policy: policy => policy with { Judge = new() { Metrics = [Errors, Failed] } });
        var second = 0;
        while (stage.Rollout.Phase == RolloutPhase.Shifting && second < 300) Serve(stage, ++second, 0.01, 0.01);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        var (bad, all, from) = (10 * second * 0.01, 10.0 * second, second);
        while (stage.State.Active is { Phase: RolloutPhase.Guarding } && second++ < from + 300)
        {
            (bad, all) = (bad + 30, all + 100);
            if (second % 5 == 0) stage.Metrics = View(stage, from, 0.01, 0.01) with { Readings = [new("failed", new(bad, all), null)] };
            stage.Count(SlotName.B, 100);
            stage.Pass(1);
        }
        Assert.Equal("worse-than-before", stage.Rollout.TakenBackFor?.Code);
        Assert.Contains("failed", stage.Rollout.TakenBackFor!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void No_count_spans_a_change_of_weight()
    {
        var stage = Judged(Errors, Failed);
        for (var second = 1; second <= 200 && stage.Rollout.Phase == RolloutPhase.Shifting; second++)
        {
            stage.Metrics = View(stage, second, 0, 0);
            Requests(stage);
        }
        var (confirmed, from, counted) = (Instant.MinValue, (Instant?)null, 0);
        foreach (var happened in stage.Ledger)
        {
            if (happened is RolloutEvent.WeightConfirmed shifted) confirmed = shifted.At;
            if (happened is not RolloutEvent.Judged { Tick: { } tick } judged) continue;
            if (!tick.Candidate.Queried.IsDefault)
            {
                counted++;
                Assert.True(from >= confirmed, $"{from} is before {confirmed}");
            }
            from = judged.Cursor.Queries?["failed"].From;
        }
        Assert.Equal(4, stage.Happened<RolloutEvent.WeightConfirmed>().Count(shifted => shifted.Weight > Weight.Zero));
        Assert.True(counted > 10);
    }

    private static Stage Judged(params ImmutableArray<MetricPolicy> metrics)
        => Given.Rollout(policy: policy => policy with { Judge = new() { Metrics = metrics } });

    private static void Serve(Stage stage, int second, double failing, double stableFailing)
    {
        if (second % 5 == 0) stage.Metrics = View(stage, second, failing, stableFailing);
        Requests(stage);
    }

    private static void Serve(Stage stage, int second, Func<MetricsView, MetricsView> change)
    {
        if (second % 5 == 0) stage.Metrics = change(View(stage, second, 0, 0));
        Requests(stage);
    }

    private static void Requests(Stage stage)
    {
        var share = (long)stage.Share("1.1");
        stage.Count(SlotName.B, 5 * share);
        stage.Count(SlotName.A, 500 - 5 * share);
        stage.Pass(1);
    }

    // Ten of the candidate's and ninety of the stable release's checkouts in each second.
    private static MetricsView View(Stage stage, int second, double failing, double stableFailing)
        => new("sha256:1.1", "sha256:1.0", stage.Now, [new("failed", new(10 * second * failing, 10 * second), new(90 * second * stableFailing, 90 * second))], null);
}
