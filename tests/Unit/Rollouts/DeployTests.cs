using Fairway.Catalog;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class DeployTests
{
    [Fact]
    public void Deploying_what_serves_already_changes_nothing()
    {
        var again = Given.Service().Serving("1.0").Deploy("1.0");
        Assert.Empty(again.Events);
        Assert.Null(again.Refused);
        Assert.Equal("1.0 serves already; nothing changed", again.Why.Sentence);
    }

    [Fact]
    public void Deploying_what_serves_already_with_another_configuration_applies_that()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Service = stage.Service with
        {
            Routes = [new(null, "/shop", ImmutableSortedDictionary<string, string>.Empty)], Rollout = stage.Service.Rollout with { Instances = 3 },
        };
        Assert.Equal("1.0 serves already; its routes and policies were updated", stage.Deploy("1.0").Why.Sentence);
        stage.Settle();
        Assert.Equal("/shop", Assert.Single(stage.Routes.Matches).PathPrefix);
        Assert.Equal(3, Assert.Single(stage.Routes.Arms).Targets.Length);
    }

    [Fact]
    public void Fewer_instances_are_drained_before_they_stop()
    {
        var stage = Given.Service(instances: 3).Serving("1.0");
        stage.Service = stage.Service with { Rollout = stage.Service.Rollout with { Instances = 1 } };
        stage.Hold(SlotName.A, 1);
        stage.Deploy("1.0");
        stage.Settle().Pass(5);
        Assert.Equal(2, Assert.Single(stage.Routes.Arms).Targets.Count(target => target.State == TargetState.Draining));
        Assert.Equal(3, stage.Instances.Count);
        stage.Hold(SlotName.A, 0);
        stage.Pass(1);
        Assert.Single(stage.Instances);
    }

    [Fact]
    public void A_newer_release_supersedes_and_the_way_back_stays_the_last_stable_one()
    {
        var stage = Given.Rollout().Pass(5);
        Assert.Equal("superseded by 1.2", stage.Deploy("1.2").Why.Sentence);
        stage.Settle();
        Assert.Equal(100, stage.Share("1.0"));
        stage.Pass(5);
        Assert.Equal("1.2", stage.Rollout.Release.Version);
        Assert.Equal("1.0", stage.Rollout.Previous?.Version);
        Assert.Empty(stage.State.Rejected);
        Assert.Equal(RolloutPhase.Aborted, stage.Happened<RolloutEvent.RolloutEnded>().Last().Phase);
    }

    [Fact]
    public void The_superseded_candidate_is_drained_before_its_slot_is_used_again()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Hold(SlotName.B, 1);
        stage.Deploy("1.2");
        stage.Settle().Pass(10);
        Assert.Equal("sha256:1.1", stage.Instances.Single(one => one.Slot == SlotName.B).Release);
        stage.Hold(SlotName.B, 0);
        stage.Pass(3);
        Assert.Equal("sha256:1.2", stage.Instances.Single(one => one.Slot == SlotName.B).Release);
    }

    [Fact]
    public void In_the_queue_the_newest_wins_and_the_replaced_one_is_recorded()
    {
        var stage = Given.Rollout(weights: [100], guard: 60).Pass(1);
        stage.Deploy("1.2");
        stage.Deploy("1.3");
        var dropped = stage.Happened<RolloutEvent.DeployDropped>().Single();
        Assert.Equal(("1.2", "replaced in the queue by 1.3"), (dropped.Version, dropped.Why.Sentence));
        stage.Pass(65);
        Assert.Equal("1.3", stage.Rollout.Release.Version);
        Assert.Equal("1.1", stage.State.StableRelease?.Version);
    }

    [Fact]
    public void A_deploy_during_the_guard_waits_for_its_end()
    {
        var stage = Given.Rollout(weights: [100], guard: 60).Pass(1);
        Assert.Equal("1.2 is deployed when test/shop/2 (Guarding) has ended", stage.Deploy("1.2").Why.Sentence);
        stage.Pass(30);
        Assert.Equal(100, stage.Share("1.1"));
        Assert.Equal("1.1", stage.Rollout.Release.Version);
    }

    [Fact]
    public void A_deploy_while_going_back_waits_for_its_end()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Hold(SlotName.B, 1);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle();
        stage.Deploy("1.2");
        stage.Pass(10);
        Assert.Equal("1.1", stage.Rollout.Release.Version);
        stage.Hold(SlotName.B, 0);
        stage.Pass(3);
        Assert.Equal("1.2", stage.Rollout.Release.Version);
    }

    [Fact]
    public void Deploying_the_stable_release_during_a_rollout_takes_the_rollout_back()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Deploy("1.0");
        stage.Settle().Finish();
        Assert.Equal(100, stage.Share("1.0"));
        Assert.Equal("1.0 serves already", stage.Happened<RolloutEvent.DeployDropped>().Single().Why.Sentence);
    }

    [Fact]
    public void Deploying_what_is_being_rolled_out_changes_nothing()
    {
        var stage = Given.Rollout().Pass(5);
        Assert.Equal("already-rolling-out", stage.Deploy("1.1").Why.Code);
        Assert.Empty(stage.Last.Events);
    }

    [Fact]
    public void A_rejected_release_is_refused_until_somebody_insists()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        var refused = stage.Deploy("1.1");
        Assert.Equal(Refusal.Refused, refused.Refused);
        Assert.Equal("1.1 was taken back in test/shop/2: taken back by anna. Deploy it with --force, or unreject it first", refused.Why.Sentence);
        Assert.Equal(Refusal.Refused, stage.Deploy("1.1", automatic: true, force: true).Refused);
        Assert.Null(stage.Deploy("1.1", force: true).Refused);
        Assert.Empty(stage.State.Rejected);
        Assert.Equal("1.1", stage.Rollout.Release.Version);
    }

    [Fact]
    public void An_unrejected_release_is_like_any_other()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        stage.Say(RolloutCommand.Unreject, "sha256:1.1");
        Assert.Equal("not-rejected", stage.Say(RolloutCommand.Unreject, "sha256:1.1").Why.Code);
        Assert.Null(stage.Deploy("1.1", automatic: true).Refused);
    }

    [Fact]
    public void The_queue_never_starts_what_was_rejected_meanwhile()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Hold(SlotName.B, 1);
        stage.Say(RolloutCommand.Abort);
        stage.Settle();
        stage.Deploy("1.1");
        Assert.Equal("1.1", stage.State.Queued?.Release.Version);
        stage.Say(RolloutCommand.Rollback);
        stage.Hold(SlotName.B, 0);
        stage.Pass(5);
        Assert.Null(stage.State.Active);
        Assert.Equal("1.1 was taken back in test/shop/2 while it was queued", stage.Happened<RolloutEvent.DeployDropped>().Single().Why.Sentence);
    }

    [Fact]
    public void Policy_changes_made_meanwhile_are_the_next_rollouts()
    {
        var stage = Given.Rollout(pause: 60).Pass(5);
        stage.Service = stage.Service with { Rollout = stage.Service.Rollout with { Strategy = Strategy.BlueGreen } };
        stage.Pass(5);
        Assert.Equal(3, stage.Rollout.Steps.Length);
        stage.Finish();
        stage.RollingOut("1.2");
        Assert.Equal(Strategy.BlueGreen, stage.Rollout.Strategy);
    }

    [Fact]
    public void A_release_that_is_still_warm_is_rolled_out_without_starting_it_again()
    {
        var stage = Given.Rollout().Finish().Pass(5);
        var sent = stage.Sent.Count;
        stage.RollingOut("1.0");
        Assert.Equal(10, stage.Share("1.0"));
        Assert.DoesNotContain(stage.Sent.Skip(sent), effect => effect is RolloutEffect.SetInstances or RolloutEffect.PrepareRelease);
    }
}
