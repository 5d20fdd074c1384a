using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class TakeBackTests
{
    [Fact]
    public void Errors_over_the_ceiling_take_the_release_back_with_one_change_of_routes()
    {
        var stage = Given.Rollout(pause: 600).Pass(2);
        stage.Count(SlotName.B, good: 10, bad: 10);
        stage.Now += Duration.FromSeconds(1);
        stage.Look();
        Assert.Equal(RolloutPhase.RollingBack, stage.Rollout.Phase);
        Assert.Equal("10 of its last 20 requests failed; the limit is 50%", stage.Rollout.TakenBackFor?.Sentence);
        var routes = Assert.Single(stage.Last.Effects.OfType<RolloutEffect.SetRoutes>()).Routes;
        Assert.Equal(100, routes.Arms.Single(arm => arm.Version == "1.0").Weight.Percent);
        Assert.All(routes.Arms.Single(arm => arm.Version == "1.1").Targets, target => Assert.Equal(TargetState.Draining, target.State));
        Assert.Empty(stage.Last.Effects.OfType<RolloutEffect.SetInstances>());
    }

    [Fact]
    public void Fewer_requests_than_needed_prove_nothing()
    {
        var stage = Given.Rollout(pause: 600).Pass(2);
        stage.Count(SlotName.B, good: 0, bad: 19);
        stage.Pass(30);
        Assert.Equal(RolloutPhase.Shifting, stage.Rollout.Phase);
        Assert.Equal("19 of 20 requests needed for a verdict", stage.Rollout.VerdictWhy?.Sentence);
    }

    [Fact]
    public void A_release_that_fails_after_many_good_requests_has_failed_too()
    {
        var stage = Given.Rollout(pause: 600).Pass(2);
        for (var i = 0; i < 30; i++)
        {
            stage.Count(SlotName.B, good: 1_000);
            stage.Pass(1);
        }
        for (var i = 0; i < 12 && stage.Rollout.IsActive; i++)
        {
            stage.Count(SlotName.B, good: 0, bad: 1_000);
            stage.Pass(1);
        }
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
    }

    [Fact]
    public void Previewed_requests_at_weight_zero_are_not_judged()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        stage.HookEnds = _ => null;
        stage.RollingOut("1.1");
        stage.Count(SlotName.B, good: 0, bad: 100);
        stage.Pass(2);
        stage.HookEnds = _ => new(null, 0);
        stage.Do(new RolloutObservation.EffectSettled(stage.Rollout.Hooks[HookKind.Smoke].EffectId, new(null, 0)));
        stage.Pass(30);
        Assert.Equal(RolloutPhase.Shifting, stage.Rollout.Phase);
        Assert.Equal(0, stage.Rollout.Judge.Candidate.Requests);
    }

    [Fact]
    public void Guarding_still_takes_back_and_the_old_release_is_there_at_once()
    {
        var stage = Given.Rollout(weights: [100]).Pass(2);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Count(SlotName.B, good: 0, bad: 50);
        stage.Now += Duration.FromSeconds(1);
        stage.Look();
        Assert.Equal(100, stage.Share("1.0"));
        stage.Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal(SlotName.A, stage.State.Stable);
    }

    [Fact]
    public void A_before_command_that_fails_ends_the_rollout_before_anything_changed()
    {
        var stage = Given.Service(policy: p => p with { Before = new(["migrate"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        var sent = stage.Sent.Count;
        stage.HookEnds = _ => new(null, ExitCode: 3, Output: "no such table");
        stage.RollingOut("1.1");
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Contains("the before command exited with code 3", stage.Rollout.Why.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Sent.Skip(sent), effect => effect is RolloutEffect.SetInstances or RolloutEffect.SetRoutes);
        Assert.True(stage.State.Rejected.ContainsKey("sha256:1.1"));
    }

    [Fact]
    public void A_smoke_command_that_fails_takes_the_release_back_before_a_user_met_it()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        stage.HookEnds = _ => new(null, ExitCode: 1);
        stage.RollingOut("1.1").Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Empty(stage.Happened<RolloutEvent.StepEntered>().Skip(1));
    }

    [Fact]
    public void A_smoke_command_whose_outcome_never_comes_is_not_waited_for_forever()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        stage.HookEnds = _ => null;
        stage.RollingOut("1.1").Pass(59);
        Assert.Equal(RolloutPhase.Verifying, stage.Rollout.Phase);
        stage.Pass(2).Finish();
        Assert.Equal("smoke-lost", stage.Rollout.TakenBackFor?.Code);
        Assert.False(stage.State.Rejected.ContainsKey("sha256:1.1"));
    }

    [Fact]
    public void Files_that_cannot_be_made_ready_take_the_release_back_and_blame_decides_about_rejecting_it()
    {
        foreach (var (who, isRejected) in new[] { (Blame.Release, true), (Blame.Platform, false) })
        {
            var stage = Given.Service().Serving("1.0");
            stage.Prepares = _ => Given.Fault(who);
            stage.RollingOut("1.1");
            Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
            Assert.Equal("prepare-failed", stage.Rollout.TakenBackFor?.Code);
            Assert.Equal(isRejected, stage.State.Rejected.ContainsKey("sha256:1.1"));
        }
    }

    [Fact]
    public void A_passing_fault_is_tried_again_less_and_less_often()
    {
        var stage = Given.Service().Serving("1.0");
        var tries = 0;
        stage.Prepares = _ => ++tries < 4 ? Given.Fault(Blame.Platform, retryable: true) : null;
        stage.RollingOut("1.1");
        Assert.Equal(1, tries);
        stage.Pass(2);
        Assert.Equal(2, tries);
        stage.Pass(6);
        Assert.Equal(4, tries);
        Assert.Equal(RolloutPhase.Shifting, stage.Rollout.Phase);
    }

    [Fact]
    public void An_instance_that_cannot_be_started_takes_the_release_back()
    {
        var stage = Starting();
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.Failed, Fault = Given.Fault(), Pid = null });
        stage.Settle();
        Assert.Equal("an instance could not be started: it did not work", stage.Rollout.TakenBackFor?.Sentence);
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal(0, stage.State.B.Instances);
        Assert.Equal(100, stage.Share("1.0"));
    }

    [Fact]
    public void An_instance_that_ends_before_it_was_ready_takes_the_release_back_with_its_last_words()
    {
        var stage = Starting();
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.BackingOff, Pid = null, LastExit = new(3, null, false, stage.Now, "cannot bind") });
        stage.Settle();
        Assert.StartsWith("instance shop-B-0-", stage.Rollout.TakenBackFor?.Sentence, StringComparison.Ordinal);
        Assert.EndsWith("exited with code 3 before it was ready", stage.Rollout.TakenBackFor?.Sentence, StringComparison.Ordinal);
        Assert.Contains(new Fact("output", "cannot bind"), stage.Rollout.TakenBackFor!.Facts);
    }

    [Fact]
    public void Restarts_are_borne_until_they_are_a_loop()
    {
        var stage = Given.Rollout(instances: 2, weights: [100], guard: 600, policy: p => p with { MaxRestarts = 3 }).Pass(1);
        stage.ChangeOne(SlotName.B, 0, one => one with { Restarts = 2 });
        stage.ChangeOne(SlotName.B, 1, one => one with { Restarts = 1 });
        stage.Pass(1);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.ChangeOne(SlotName.B, 1, one => one with { Restarts = 2 });
        stage.Pass(1).Finish();
        Assert.Equal("its instances restarted 4 times; the limit is 3", stage.Rollout.TakenBackFor?.Sentence);
    }

    [Fact]
    public void Losing_all_ready_instances_is_not_borne_at_all()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.Unready });
        stage.Look();
        Assert.Equal("readiness-lost", stage.Rollout.TakenBackFor?.Code);
        Assert.Equal(100, stage.Share("1.0"));
    }

    [Fact]
    public void Losing_some_ready_instances_is_borne_for_thirty_seconds()
    {
        var stage = Given.Rollout(instances: 2, weights: [100], guard: 600).Pass(1);
        stage.ChangeOne(SlotName.B, 0, one => one with { Phase = InstancePhase.Unready });
        stage.Pass(29);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Pass(2);
        Assert.Equal("only 1 of 2 instances ready for 30 s; the limit is 30 s", stage.Rollout.TakenBackFor?.Sentence);
    }

    [Fact]
    public void Instances_ready_again_in_time_are_forgiven()
    {
        var stage = Given.Rollout(instances: 2, weights: [100], guard: 600).Pass(1);
        for (var i = 0; i < 5; i++)
        {
            stage.ChangeOne(SlotName.B, 0, one => one with { Phase = InstancePhase.Unready });
            stage.Pass(20);
            stage.ChangeOne(SlotName.B, 0, one => one with { Phase = InstancePhase.Ready });
            stage.Pass(1);
        }
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
    }

    [Fact]
    public void No_progress_until_the_deadline_takes_the_release_back_and_says_what_was_missing()
    {
        var stage = Starting(policy: p => p with { ProgressDeadline = Duration.FromMinutes(5) });
        stage.Pass(295);
        Assert.Equal(RolloutPhase.Starting, stage.Rollout.Phase);
        stage.Pass(10);
        Assert.Equal("no progress for 5 min: 0 of 1 instance of 1.1 ready", stage.Rollout.TakenBackFor?.Sentence);
        Assert.True(stage.State.Rejected.ContainsKey("sha256:1.1"));
    }

    [Fact]
    public void One_more_ready_instance_is_progress()
    {
        var stage = Starting(Strategy.BlueGreen, 3, policy: p => p with { ProgressDeadline = Duration.FromMinutes(2) });
        for (var ordinal = 0; ordinal < 3; ordinal++)
        {
            stage.Pass(100);
            Assert.Equal(RolloutPhase.Starting, stage.Rollout.Phase);
            stage.ChangeOne(SlotName.B, ordinal, one => one with { Phase = InstancePhase.Ready });
        }
        stage.Settle();
        Assert.Equal(100, stage.Share("1.1"));
    }

    [Fact]
    public void An_edge_that_is_away_until_the_deadline_does_not_reject_the_release()
    {
        var stage = Given.Service(policy: p => p with { ProgressDeadline = Duration.FromMinutes(2) }).Serving("1.0");
        stage.EdgeObeys = false;
        stage.EdgeAnswers = false;
        stage.RollingOut("1.1").Pass(125);
        Assert.Equal("no-progress", stage.Rollout.TakenBackFor?.Code);
        stage.EdgeAnswers = stage.EdgeObeys = true;
        stage.Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Empty(stage.State.Rejected);
    }

    [Fact]
    public void A_pause_of_a_step_longer_than_the_deadline_is_no_lack_of_progress()
    {
        var stage = Given.Rollout(pause: 1_000, policy: p => p with { ProgressDeadline = Duration.FromMinutes(2) }).Pass(900);
        Assert.Equal(RolloutPhase.Shifting, stage.Rollout.Phase);
    }

    [Fact]
    public void Going_back_is_asked_again_until_the_edge_has_it()
    {
        var stage = Given.Rollout().Pass(5);
        stage.EdgeObeys = stage.EdgeAnswers = false;
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.Unready });
        stage.Pass(600);
        Assert.Equal(RolloutPhase.RollingBack, stage.Rollout.Phase);
        Assert.Contains(stage.State.Outbox.Values, effect => effect is RolloutEffect.SetRoutes);
        Assert.Equal(1, stage.State.B.Instances);
        stage.EdgeObeys = stage.EdgeAnswers = true;
        stage.Pass(2);
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal(0, stage.State.B.Instances);
    }

    [Fact]
    public void A_rolling_update_goes_back_as_fast_as_the_old_release_is_ready_again()
    {
        var stage = Rolled();
        var share = stage.Share("1.1");
        stage.StartsWell = false;
        stage.Say(RolloutCommand.Rollback);
        stage.Settle();
        Assert.Equal(4, stage.State.A.Instances);
        Assert.Equal(share, stage.Share("1.1"));
        Assert.Equal("back-waits-for-stable", stage.Rollout.Why.Code);
        stage.ChangeOne(SlotName.A, 2, one => one with { Phase = InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(25, stage.Share("1.1"));
        stage.Change(SlotName.A, one => one with { Phase = InstancePhase.Ready });
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal(100, stage.Share("1.0"));
    }

    [Fact]
    public void A_rolling_update_whose_candidate_is_dead_goes_back_at_once()
    {
        var stage = Rolled();
        stage.StartsWell = false;
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.BackingOff, Pid = null });
        stage.Look();
        Assert.Equal(0, stage.Share("1.1"));
        Assert.Equal(100, stage.Share("1.0"));
    }

    [Fact]
    public void An_older_wish_to_stop_instances_may_still_arrive_so_they_get_no_traffic_until_a_newer_one_is_taken()
    {
        var stage = Given.Service(Strategy.Rolling, instances: 2, guard: 600).Serving("1.0");
        stage.Deploy("1.1");
        while (!stage.State.Outbox.Values.Any(effect => effect is RolloutEffect.SetInstances { Release.Version: "1.0" }))
        {
            stage.Now += Duration.FromMilliseconds(300);
            stage.Look();
            if (!stage.State.Outbox.Values.Any(effect => effect is RolloutEffect.SetInstances { Release.Version: "1.0" })) stage.Obey();
        }
        stage.RuntimeObeys = false;
        stage.Say(RolloutCommand.Abort);
        stage.Settle();
        Assert.Equal(2, stage.State.A.Instances);
        Assert.Single(stage.Routes.Arms.Single(arm => arm.Version == "1.0").Targets, target => target.State == TargetState.Active);
        stage.RuntimeObeys = true;
        stage.Settle().Finish();
        Assert.Equal(2, stage.Routes.Arms.Single(arm => arm.Version == "1.0").Targets.Length);
    }

    [Fact]
    public void A_first_release_that_fails_leaves_nothing_serving_and_says_so()
    {
        var stage = Given.Service().RollingOut("1.0").Pass(2);
        stage.Count(SlotName.A, good: 0, bad: 40);
        stage.Pass(2).Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.EndsWith("there is no release to go back to, so the service answers 503", stage.Rollout.Why.Sentence, StringComparison.Ordinal);
        Assert.Empty(stage.Instances);
        Assert.Empty(stage.Routes.Arms);
        Assert.NotEmpty(stage.Routes.Matches);
    }

    private static Stage Rolled()
    {
        var stage = Given.Service(Strategy.Rolling, instances: 4, guard: 600).Serving("1.0");
        stage.Deploy("1.1");
        for (var i = 0; i < 100 && stage.State.A.Instances != 2; i++)
        {
            stage.Look();
            stage.Obey();
            stage.Now += Duration.FromMilliseconds(300);
        }
        Assert.Equal(2, stage.State.A.Instances);
        return stage;
    }

    private static Stage Starting(Strategy strategy = Strategy.Canary, int instances = 1, Func<RolloutPolicy, RolloutPolicy>? policy = null)
    {
        var stage = Given.Service(strategy, instances, policy: policy).Serving("1.0");
        stage.StartsWell = false;
        return stage.RollingOut("1.1");
    }
}
