using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class JudgedStepTests
{
    private static readonly MetricPolicy Errors = new("errors", MetricSource.Errors, 1) { Margin = 2.5, Negligible = 0.02 };

    [Fact]
    public void A_step_proven_safe_ends_before_its_pause_but_not_before_the_least_time()
    {
        var stage = Judged();
        Serve(stage, 10, 50, 0, 450, 0);
        Assert.Equal(Verdict.Safe, stage.Rollout.Verdict);
        Assert.Equal(0, stage.Rollout.Step);
        Assert.Equal("step-proven", stage.Rollout.Why.Code);
        Serve(stage, 7, 50, 0, 450, 0);
        Assert.Equal(1, stage.Rollout.Step);
        var early = Assert.Single(stage.Happened<RolloutEvent.StepEntered>(), entered => entered is { Step: 1, Why.Code: "step-entered-early" });
        Assert.StartsWith("step 2 of 3: 50%, early: errors: 0 of ", early.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_without_traffic_is_held_past_its_pause_and_says_so_then_a_person_is_asked()
    {
        var stage = Judged().Pass(60);
        Assert.Equal(0, stage.Rollout.Step);
        Assert.Equal("no-traffic", stage.Rollout.Why.Code);
        Assert.Equal("step 1 of 3 (10%) held for 60 s: no traffic: no request has reached 1.1 for 60 s, so nothing can be judged (0 requests since it began); a person is asked after 10 min",
            RolloutDecider.Explain(stage.State, stage.World, stage.Now).Sentence);
        stage.Pass(700);
        Assert.Equal("waits-for-person", stage.Rollout.Why.Code);
        stage.Pass(2_000);
        Assert.Equal(0, stage.Rollout.Step);
        stage.Say(RolloutCommand.Promote);
        stage.Settle();
        Assert.Equal(1, stage.Rollout.Step);
        stage.Pass(120);
        Assert.Equal(1, stage.Rollout.Step);
    }

    [Fact]
    public void Requests_to_the_stable_release_alone_prove_no_step()
    {
        var stage = Judged();
        for (var second = 0; second < 60 && stage.Rollout.Step == 0; second++) Serve(stage, 1, 50, 0, 450, 0);
        Assert.Equal(1, stage.Rollout.Step);
        Serve(stage, 5, 0, 0, 1, 0);
        stage.Pass(30);
        Assert.Equal((1, Verdict.Safe), (stage.Rollout.Step, stage.Rollout.Verdict));
        Serve(stage, 2, 5, 0, 5, 0);
        Assert.Equal(2, stage.Rollout.Step);
    }

    [Fact]
    public void What_is_waited_for_is_said_with_counts_thresholds_and_what_is_still_needed()
    {
        var stage = Judged();
        Serve(stage, 8, 5, 0, 45, 2);
        var why = RolloutDecider.Explain(stage.State, stage.World, stage.Now);
        Assert.Equal("step-judged", why.Code);
        Assert.Contains("errors 0 of ", why.Sentence, StringComparison.Ordinal);
        Assert.Contains(" of 100, that it is safe ", why.Sentence, StringComparison.Ordinal);
        Assert.Matches("about [0-9]+ requests? more to it", why.Sentence);
        Assert.Matches("held: 8 s of 60 s, sooner with proof", why.Sentence);
    }

    [Theory]
    [InlineData(OnDoubt.RollBack, RolloutPhase.RolledBack)]
    [InlineData(OnDoubt.Advance, RolloutPhase.Completed)]
    public void Without_proof_the_policy_says_what_follows(OnDoubt doubt, RolloutPhase end)
    {
        var stage = Judged(judge => judge with { Steps = judge.Steps with { Doubt = doubt, Most = Duration.FromSeconds(120) } });
        stage.Pass(119);
        Assert.Equal(0, stage.Rollout.Step);
        stage.Finish();
        Assert.Equal(end, stage.Rollout.Phase);
        Assert.Empty(stage.State.Rejected);
        if (doubt == OnDoubt.RollBack) Assert.StartsWith("no proof within 2 min that 1.1 is no worse than 1.0", stage.Rollout.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_longer_pause_than_the_limit_is_kept()
    {
        var stage = Judged(judge => judge with { Steps = judge.Steps with { Doubt = OnDoubt.Advance, Most = Duration.FromSeconds(20) } }).Pass(59);
        Assert.Equal(0, stage.Rollout.Step);
        stage.Pass(2);
        Assert.Equal(1, stage.Rollout.Step);
    }

    [Fact]
    public void Errors_far_under_the_ceiling_are_found_and_take_the_release_back()
    {
        var stage = Judged();
        for (var second = 0; second < 60 && stage.State.Active is { Phase: not RolloutPhase.RollingBack }; second++) Serve(stage, 1, 9, 1, 90, 0);
        Assert.Equal(RolloutPhase.RollingBack, stage.Rollout.Phase);
        Assert.Equal("regressed", stage.Rollout.TakenBackFor?.Code);
        Assert.Contains(stage.Rollout.Release.Digest, stage.State.Rejected.Keys);
    }

    [Fact]
    public void A_first_release_is_held_by_nothing_and_says_that_only_the_ceiling_is_watched()
    {
        var stage = Given.Service(policy: policy => policy with { Judge = new() });
        stage.RollingOut("1.0");
        stage.Count(SlotName.A, 50);
        stage.Pass(2);
        Assert.Equal("nothing-to-compare", stage.Rollout.VerdictWhy?.Code);
        stage.Pass(62);
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Theory]
    [InlineData(Strategy.BlueGreen)]
    [InlineData(Strategy.Rolling)]
    public void Other_strategies_are_not_held(Strategy strategy)
    {
        var stage = Given.Rollout(strategy, instances: 2, policy: policy => policy with { Judge = new() });
        stage.Finish();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void At_full_weight_worse_than_the_replaced_release_is_taken_back_in_the_guard()
    {
        var stage = Judged(guard: 600);
        for (var second = 0; second < 300 && stage.Rollout.Phase == RolloutPhase.Shifting; second++) Serve(stage, 1, (long)stage.Share("1.1"), 0, 100 - (long)stage.Share("1.1"), 0);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        for (var second = 0; second < 300 && stage.State.Active is { Phase: RolloutPhase.Guarding }; second++) Serve(stage, 1, 90, 10, 0, 0);
        Assert.Equal("worse-than-before", stage.Rollout.TakenBackFor?.Code);
    }

    [Fact]
    public void Ticks_with_nothing_new_leave_no_record()
    {
        var stage = Judged();
        Serve(stage, 3, 5, 0, 45, 0);
        var before = stage.Ledger.Count;
        stage.Pass(5);
        Assert.Equal(before, stage.Ledger.Count);
    }

    [Fact]
    public void The_stored_ticks_give_the_stored_verdicts_again_bit_for_bit()
    {
        var stage = Judged(judge => judge with { Metrics = MetricPolicy.Default });
        stage.Time(SlotName.A, (1_000, 900), (9_000, 100));
        for (var second = 0; second < 90; second++)
        {
            stage.Time(SlotName.A, (1_000, 43), (9_000, 2));
            if (stage.Rollout.Phase == RolloutPhase.Shifting) stage.Time(SlotName.B, (1_000, 5));
            Serve(stage, 1, 5, second % 30 == 0 ? 1 : 0, 44, 1);
            if (second == 40) stage.EdgeRestarts(keepsTable: true);
        }
        var ticks = stage.Happened<RolloutEvent.Judged>().Where(judged => judged.Tick is not null).ToList();
        Assert.Contains(ticks, judged => judged.Tick!.Stable!.Timed > 0);
        var state = JudgeState.Begin(stage.Rollout.JudgePolicy, null);
        foreach (var judged in ticks)
        {
            var answer = Judge.Observe(stage.Rollout.JudgePolicy, state, judged.Tick!);
            Assert.Equal(FairwayJson.Write(judged.State), FairwayJson.Write(answer.Next));
            Assert.Equal(judged.Verdict, answer.Verdict);
            state = FairwayJson.Read<JudgeState>(FairwayJson.Write(answer.Next));
        }
    }

    private static Stage Judged(Func<JudgeSettings, JudgeSettings>? change = null, int guard = 60)
    {
        var settings = new JudgeSettings { Metrics = [Errors] };
        return Given.Rollout(guard: guard, policy: policy => policy with { Judge = change?.Invoke(settings) ?? settings });
    }

    // So many requests on each arm in each second.
    private static void Serve(Stage stage, int seconds, long good, long bad, long stableGood, long stableBad)
    {
        for (var i = 0; i < seconds; i++)
        {
            stage.Count(SlotName.B, good, bad);
            stage.Count(SlotName.A, stableGood, stableBad);
            stage.Pass(1);
        }
    }
}
