using Fairway.Catalog;
using Fairway.Gates;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class GateTests
{
    [Fact]
    public void A_refused_release_changes_nothing_and_says_why()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Deny;
        var decision = stage.Deploy("1.1");
        Assert.Equal((Refusal.Refused, "gate-denies"), (decision.Refused, decision.Why.Code));
        Assert.Empty(decision.Events);
    }

    [Fact]
    public void A_held_release_waits_and_begins_by_itself_when_the_gate_opens()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.1");
        stage.Settle().Pass(3_600);
        Assert.True(stage.State.IsHeld);
        Assert.Null(stage.State.Active);
        Assert.False(RolloutDecider.IsWatching(stage.State));
        Assert.Equal("1.1 waits for 0 of 1 approval", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Sentence);
        stage.Gate = GateAnswer.Allow;
        stage.Settle().Finish();
        Assert.Equal("1.1", stage.State.StableRelease!.Version);
        Assert.Equal([GateAnswer.Hold, GateAnswer.Allow], stage.Happened<RolloutEvent.GateAnswered>().Select(e => e.Verdict.Answer));
    }

    [Fact]
    public void A_held_release_does_not_supersede_the_rollout_before_it()
    {
        var stage = Given.Rollout();
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.2");
        stage.Settle();
        Assert.NotEqual(RolloutPhase.RollingBack, stage.Rollout.Phase);
        Assert.Equal("1.2", stage.State.Queued!.Release.Version);
    }

    [Fact]
    public void What_the_gate_refuses_when_its_turn_comes_is_dropped()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.1");
        stage.Gate = GateAnswer.Deny;
        stage.Settle();
        Assert.Null(stage.State.Queued);
        Assert.Equal("gate-denies", stage.Happened<RolloutEvent.DeployDropped>().Single().Why.Code);
    }

    [Fact]
    public void What_waits_is_not_lost_to_a_calendar_that_opens_again()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.1");
        (stage.Gate, stage.GateOpens) = (GateAnswer.Deny, stage.Now + Duration.FromHours(1));
        stage.Settle();
        Assert.NotNull(stage.State.Queued);
        Assert.Equal(stage.GateOpens, RolloutDecider.NextWake(stage.State));
    }

    [Fact]
    public void No_traffic_goes_through_a_gate_that_closed_meanwhile_and_no_deadline_runs()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Allow;
        stage.Deploy("1.1");
        stage.Gate = GateAnswer.Hold;
        stage.Settle().Pass(7_200);
        Assert.Equal((RolloutPhase.Verifying, 0m), (stage.Rollout.Phase, stage.Share("1.1")));
        Assert.Equal("gate-holds", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Code);
        stage.Gate = GateAnswer.Allow;
        stage.Settle();
        Assert.Equal(RolloutPhase.Shifting, stage.Rollout.Phase);
    }

    [Fact]
    public void A_gate_that_refuses_before_the_first_traffic_ends_the_rollout_without_a_rejection()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Allow;
        stage.Deploy("1.1");
        stage.Gate = GateAnswer.Deny;
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.Aborted, stage.Rollout.Phase);
        Assert.Empty(stage.State.Rejected);
    }

    [Fact]
    public void A_person_calls_a_held_release_off()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.1");
        Assert.Null(stage.Say(RolloutCommand.Abort).Refused);
        Assert.Null(stage.State.Queued);
    }

    [Fact]
    public void A_rollback_uses_nothing_up_that_waits_for_a_gate()
    {
        var stage = Given.Service().Serving("1.0").Serving("1.1");
        stage.Gate = GateAnswer.Hold;
        stage.Deploy("1.2");
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal(("1.0", "1.2"), (stage.State.StableRelease!.Version, stage.State.Queued!.Release.Version));
    }

    [Fact]
    public void In_order_each_has_its_turn_and_nothing_is_superseded()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Service = stage.Service with { Queue = QueueMode.All };
        foreach (var version in (string[])["1.1", "1.2", "1.3"])
        {
            stage.Deploy(version);
            stage.Settle();
        }
        stage.Finish();
        for (var i = 0; i < 100 && stage.State.StableRelease!.Version != "1.3"; i++) stage.Pass(60).Finish();
        Assert.Equal(["1.0", "1.1", "1.2", "1.3"], stage.Happened<RolloutEvent.RolloutStarted>().Select(e => e.Release.Version));
        Assert.Empty(stage.Happened<RolloutEvent.DeployDropped>());
        Assert.Equal(4, stage.Happened<RolloutEvent.RolloutEnded>().Count(e => e.Phase == RolloutPhase.Completed));
    }

    [Fact]
    public void What_came_first_keeps_its_place()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Service = stage.Service with { Queue = QueueMode.Oldest };
        stage.Deploy("1.1");
        stage.Settle();
        stage.Deploy("1.2");
        Assert.Equal("queue-full", stage.Deploy("1.3").Why.Code);
        Assert.Equal(("1.1", "1.2"), (stage.Rollout.Release.Version, stage.State.Queued!.Release.Version));
    }

    [Fact]
    public void A_retired_service_has_no_routes_first_and_no_instances_then()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Say(RolloutCommand.Retire);
        stage.Look();
        Assert.Empty(stage.State.Routes!.Arms);
        Assert.True(stage.State.A.Instances + stage.State.B.Instances > 0);
        stage.Settle().Pass(60);
        Assert.Empty(stage.Instances);
        Assert.False(stage.State.Retiring);
        Assert.Null(stage.State.Stable);
        Assert.Equal("already-gone", stage.Say(RolloutCommand.Retire).Why.Code);
        stage.Serving("1.1");
        Assert.Equal("1.1", stage.State.StableRelease!.Version);
    }

    [Fact]
    public void A_service_that_is_retired_in_the_middle_of_a_rollout_ends_it_first()
    {
        var stage = Given.Rollout();
        stage.Say(RolloutCommand.Retire);
        stage.Settle().Finish();
        stage.Settle().Pass(120).Settle();
        Assert.Empty(stage.Instances);
        Assert.Equal(RolloutPhase.Aborted, stage.Rollout.Phase);
        Assert.Single(stage.Happened<RolloutEvent.Retired>());
    }
}
