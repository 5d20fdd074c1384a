using Fairway.Catalog;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class CommandTests
{
    [Fact]
    public void A_rollout_holds_while_paused_and_the_judge_still_watches()
    {
        var stage = Given.Rollout().Pass(10);
        stage.Say(RolloutCommand.Pause);
        stage.Pass(1_000);
        Assert.Equal(10, stage.Share("1.1"));
        Assert.Equal("paused by a person at 10%; it goes on with resume", stage.Rollout.Why.Sentence);
        stage.Count(SlotName.B, good: 0, bad: 40);
        stage.Pass(2);
        Assert.NotNull(stage.Rollout.TakenBackFor);
    }

    [Fact]
    public void After_a_resume_the_step_has_waited_as_long_as_it_has()
    {
        var stage = Given.Rollout().Pass(10);
        stage.Say(RolloutCommand.Pause);
        stage.Pass(100);
        stage.Say(RolloutCommand.Resume);
        stage.Settle();
        Assert.Equal(50, stage.Share("1.1"));
    }

    [Fact]
    public void Time_in_a_pause_does_not_count_for_the_progress_deadline()
    {
        var stage = Given.Service(policy: p => p with { ProgressDeadline = Duration.FromMinutes(2) }).Serving("1.0");
        stage.StartsWell = false;
        stage.RollingOut("1.1");
        stage.Say(RolloutCommand.Pause);
        stage.Pass(500);
        stage.Say(RolloutCommand.Resume);
        stage.Pass(110);
        Assert.Equal(RolloutPhase.Starting, stage.Rollout.Phase);
        stage.Pass(15);
        Assert.Equal("no-progress", stage.Rollout.TakenBackFor?.Code);
    }

    [Fact]
    public void Promote_goes_to_everything_once_the_instances_are_there()
    {
        var stage = Given.Rollout(instances: 4).Pass(5);
        stage.StartsWell = false;
        stage.Say(RolloutCommand.Promote);
        stage.Settle();
        Assert.Equal(4, stage.State.B.Instances);
        Assert.Equal(10, stage.Share("1.1"));
        stage.Change(SlotName.B, one => one with { Phase = Workloads.InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(100, stage.Share("1.1"));
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
    }

    [Fact]
    public void Promote_ends_a_pause_and_in_the_guard_it_ends_the_guard()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Say(RolloutCommand.Pause);
        stage.Say(RolloutCommand.Promote);
        stage.Settle();
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Say(RolloutCommand.Promote);
        stage.Settle();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void Promote_before_the_candidate_is_ready_leaves_out_the_steps_not_the_smoke_command()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        (stage.StartsWell, stage.HookEnds) = (false, _ => null);
        stage.RollingOut("1.1");
        stage.Say(RolloutCommand.Promote);
        stage.Change(SlotName.B, one => one with { Phase = Workloads.InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(RolloutPhase.Verifying, stage.Rollout.Phase);
        stage.Do(new RolloutObservation.EffectSettled(stage.Rollout.Hooks[HookKind.Smoke].EffectId, new(null, 0)));
        stage.Settle();
        Assert.Equal(100, stage.Share("1.1"));
    }

    [Fact]
    public void A_command_said_twice_does_no_more_than_once()
    {
        foreach (var command in new[] { RolloutCommand.Pause, RolloutCommand.Promote, RolloutCommand.Abort, RolloutCommand.Rollback })
        {
            var stage = Given.Rollout(pause: null).Pass(5);
            stage.Say(command);
            var again = stage.Say(command);
            Assert.Empty(again.Events);
            Assert.Null(again.Refused);
            Assert.StartsWith("already-", again.Why.Code, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Abort_goes_back_and_does_not_reject()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Say(RolloutCommand.Abort);
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.Aborted, stage.Rollout.Phase);
        Assert.Equal(100, stage.Share("1.0"));
        Assert.Empty(stage.State.Rejected);
        Assert.Null(stage.Deploy("1.1").Refused);
    }

    [Fact]
    public void Abort_also_drops_what_is_queued_for_it_means_stay_on_the_stable_release()
    {
        var stage = Given.Rollout(guard: 600, weights: [100]).Pass(1);
        stage.Deploy("1.2");
        Assert.NotNull(stage.State.Queued);
        stage.Say(RolloutCommand.Abort);
        stage.Settle().Finish();
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
        Assert.Null(stage.State.Active);
        Assert.Equal("aborted by anna", stage.Happened<RolloutEvent.DeployDropped>().Single().Why.Sentence);
    }

    [Fact]
    public void Rollback_takes_back_and_rejects_and_keeps_what_is_queued()
    {
        var stage = Given.Rollout(guard: 600, weights: [100]).Pass(1);
        stage.Deploy("1.2");
        stage.Say(RolloutCommand.Rollback);
        stage.Settle();
        Assert.True(stage.State.Rejected.ContainsKey("sha256:1.1"));
        stage.Pass(5);
        Assert.Equal("1.2", stage.Rollout.Release.Version);
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
    }

    [Fact]
    public void Rollback_during_an_abort_makes_it_a_rejection_too()
    {
        var stage = Given.Rollout().Pass(5);
        stage.EdgeObeys = false;
        stage.Say(RolloutCommand.Abort);
        stage.Settle();
        stage.Say(RolloutCommand.Rollback);
        stage.EdgeObeys = true;
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.True(stage.State.Rejected.ContainsKey("sha256:1.1"));
    }

    [Fact]
    public void Rollback_after_the_end_is_one_change_of_routes_while_the_old_release_is_warm()
    {
        var stage = Given.Rollout().Finish().Pass(5);
        Assert.Equal("1.1", stage.State.StableRelease?.Version);
        stage.Say(RolloutCommand.Rollback);
        stage.Look();
        var effect = Assert.Single(stage.Last.Effects);
        Assert.Equal(100, Assert.IsType<RolloutEffect.SetRoutes>(effect).Routes.Arms.Single(arm => arm.Version == "1.0").Weight.Percent);
        stage.Settle().Finish();
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
        Assert.True(stage.Rollout.IsRollback);
        Assert.True(stage.State.Rejected.ContainsKey("sha256:1.1"));
        stage.Pass(5);
        Assert.Equal(0, stage.State.B.Instances);
    }

    [Fact]
    public void Rollback_to_a_release_that_is_cold_starts_it_first_and_needs_no_canary()
    {
        var stage = Given.Service(instances: 3).Serving("1.0").Serving("1.1");
        stage.StartsWell = false;
        stage.Say(RolloutCommand.Rollback);
        stage.Settle();
        Assert.Equal(3, stage.State.A.Instances);
        Assert.Equal(100, stage.Share("1.1"));
        stage.Change(SlotName.A, one => one with { Phase = Workloads.InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(100, stage.Share("1.0"));
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void Rollbacks_go_further_back_each_time_until_there_is_nothing()
    {
        var stage = Given.Service().Serving("1.0").Serving("1.1").Serving("1.2");
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal("1.1", stage.State.StableRelease?.Version);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
        var refused = stage.Say(RolloutCommand.Rollback);
        Assert.Equal(Refusal.Conflict, refused.Refused);
        Assert.Equal("there is no earlier release that 1.0 could give way to", refused.Why.Sentence);
    }

    [Fact]
    public void A_rollback_whose_release_is_lost_changes_nothing()
    {
        var stage = Given.Service().Serving("1.0").Serving("1.1");
        stage.Prepares = _ => Given.Fault(Kernel.Blame.Platform, kind: Kernel.FaultKind.NotFound);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal(100, stage.Share("1.1"));
    }

    [Theory]
    [InlineData(RolloutCommand.Pause)]
    [InlineData(RolloutCommand.Resume)]
    [InlineData(RolloutCommand.Promote)]
    [InlineData(RolloutCommand.Abort)]
    public void Without_a_rollout_there_is_nothing_to_steer(RolloutCommand command)
    {
        var refused = Given.Service().Serving("1.0").Say(command);
        Assert.Equal(Refusal.Conflict, refused.Refused);
        Assert.Equal($"no rollout is active; there is nothing to {command.ToString().ToLowerInvariant()}", refused.Why.Sentence);
        Assert.Empty(refused.Events);
    }

    [Fact]
    public void A_command_meant_for_another_release_is_refused()
    {
        var stage = Given.Rollout().Finish();
        Assert.Equal(Refusal.Conflict, stage.Say(RolloutCommand.Rollback, "sha256:1.0").Refused);
        Assert.Null(stage.Say(RolloutCommand.Rollback, "sha256:1.1").Refused);
    }

    [Fact]
    public void Going_back_can_be_neither_paused_nor_promoted()
    {
        var stage = Given.Rollout().Pass(5);
        stage.EdgeObeys = false;
        stage.Say(RolloutCommand.Abort);
        Assert.Equal(Refusal.Conflict, stage.Say(RolloutCommand.Pause).Refused);
        Assert.Equal(Refusal.Conflict, stage.Say(RolloutCommand.Promote).Refused);
    }
}
