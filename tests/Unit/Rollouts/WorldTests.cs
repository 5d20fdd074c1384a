using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class WorldTests
{
    [Fact]
    public void Only_ready_instances_have_traffic()
    {
        var stage = Given.Service(instances: 3).Serving("1.0");
        stage.ChangeOne(SlotName.A, 1, one => one with { Phase = InstancePhase.Unready });
        stage.Settle();
        Assert.Equal(["shop-A-0-2", "shop-A-2-2"], stage.Routes.Arms[0].Targets.Select(target => target.Instance));
        stage.ChangeOne(SlotName.A, 1, one => one with { Phase = InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(3, stage.Routes.Arms[0].Targets.Length);
    }

    [Fact]
    public void When_no_instance_of_the_stable_release_is_ready_those_that_run_keep_the_traffic_and_a_person_is_told()
    {
        var stage = Given.Service(instances: 2).Serving("1.0");
        stage.Change(SlotName.A, one => one with { Phase = InstancePhase.Unready });
        stage.ChangeOne(SlotName.A, 1, one => one with { Phase = InstancePhase.BackingOff });
        stage.Settle();
        Assert.Equal(["shop-A-0-2"], stage.Routes.Arms[0].Targets.Select(target => target.Instance));
        Assert.Equal("stable-unready", Assert.Single(stage.State.Notices).Code);
        stage.Change(SlotName.A, one => one with { Phase = InstancePhase.Ready });
        stage.Settle();
        Assert.Empty(stage.State.Notices);
    }

    [Fact]
    public void An_instance_that_came_back_on_another_port_is_routed_there()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Change(SlotName.A, one => one with { Port = 9, Restarts = 1 });
        stage.Settle();
        Assert.Equal(9, stage.Routes.Arms[0].Targets[0].Port);
    }

    [Fact]
    public void Routes_that_nothing_asks_to_change_are_not_set_again()
    {
        var stage = Given.Service().Serving("1.0");
        var version = stage.State.Version;
        stage.Pass(600);
        Assert.Equal(version, stage.State.Version);
    }

    [Fact]
    public void An_edge_that_lost_its_table_gets_it_again()
    {
        var stage = Given.Service().Serving("1.0");
        stage.EdgeRestarts(keepsTable: false);
        stage.Look();
        var routes = Assert.IsType<RolloutEffect.SetRoutes>(Assert.Single(stage.Last.Effects));
        Assert.Equal("the edge has generation 0 of the routes instead of 5", stage.Happened<RolloutEvent.EffectIssued>().Last().Why.Sentence.Replace(
            (routes.Id - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), "5", StringComparison.Ordinal));
        stage.Settle();
        Assert.Equal(stage.Routes.Generation, stage.Generation);
    }

    [Fact]
    public void A_ledger_that_is_behind_the_edge_takes_ids_that_the_edge_has_not_seen()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Generation = 5_000;
        stage.Settle();
        Assert.True(stage.Routes.Generation > 5_000);
        Assert.Equal(stage.Routes.Generation, stage.Generation);
    }

    [Fact]
    public void An_acknowledgement_that_is_late_or_doubled_changes_nothing()
    {
        var stage = Given.Rollout().Pass(5);
        foreach (var id in new[] { 1L, 3L, stage.State.LastEffect, 4_711L })
        {
            var decision = stage.Do(new RolloutObservation.EffectSettled(id, EffectOutcome.Done));
            Assert.Empty(decision.Events);
            Assert.Equal("effect-not-awaited", decision.Why.Code);
        }
    }

    [Fact]
    public void A_runtime_that_forgot_its_instances_is_asked_again()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Lose(SlotName.A);
        stage.Pass(2);
        Assert.Equal(InstancePhase.Ready, Assert.Single(stage.Instances).Phase);
    }

    [Fact]
    public void A_runtime_that_refuses_for_a_while_is_asked_again_with_ids_past_the_fence()
    {
        var stage = Given.Service();
        stage.RuntimeObeys = false;
        stage.RollingOut("1.0");
        var first = stage.State.Outbox.Keys.Single();
        stage.Do(new RolloutObservation.EffectSettled(first, new(Given.Fault(Blame.Fairway, kind: FaultKind.Fenced))));
        stage.Now += Duration.FromSeconds(2);
        stage.Look();
        Assert.True(stage.State.Outbox.Keys.Single() > first + 16);
    }

    [Fact]
    public void The_replaced_release_is_kept_warm_then_drained_then_stopped()
    {
        var stage = Given.Service(policy: p => p with { KeepWarm = Duration.FromMinutes(10) }).Serving("1.0").RollingOut("1.1").Finish();
        stage.Hold(SlotName.A, 1);
        stage.Pass(595);
        Assert.Equal("serving-warm", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Code);
        Assert.Equal(TargetState.Active, stage.Routes.Arms.Single(arm => arm.Version == "1.0").Targets[0].State);
        stage.Pass(10);
        Assert.Equal(TargetState.Draining, stage.Routes.Arms.Single(arm => arm.Version == "1.0").Targets[0].State);
        Assert.Equal(2, stage.Instances.Count);
        stage.Pass(30);
        Assert.Single(stage.Instances);
        Assert.Single(stage.Routes.Arms);
    }

    [Fact]
    public void A_drain_ends_with_the_last_request_held()
    {
        var stage = Given.Rollout().Pass(5);
        stage.Hold(SlotName.B, 2);
        stage.Say(RolloutCommand.Abort);
        stage.Settle().Pass(10);
        Assert.Equal(2, stage.Instances.Count);
        stage.Hold(SlotName.B, 0);
        stage.Pass(1);
        Assert.Single(stage.Instances);
    }

    [Fact]
    public void Nothing_is_stopped_before_the_edge_confirms_that_it_lets_go()
    {
        var stage = Given.Rollout().Pass(5);
        stage.EdgeObeys = false;
        stage.Say(RolloutCommand.Abort);
        stage.Settle().Pass(300);
        Assert.Equal(2, stage.Instances.Count);
    }

    [Fact]
    public void A_clock_that_is_set_back_lengthens_no_wait_by_as_much()
    {
        var stage = Given.Rollout().Pass(30);
        stage.Now -= Duration.FromHours(2);
        stage.Pass(61);
        Assert.Equal(50, stage.Share("1.1"));
        Assert.Single(stage.Happened<RolloutEvent.ClockSteppedBack>());
    }

    [Fact]
    public void A_clock_that_is_corrected_by_less_than_a_second_is_no_event()
    {
        var stage = Given.Rollout().Pass(30);
        stage.Now -= Duration.FromMilliseconds(900);
        stage.Settle();
        Assert.Empty(stage.Happened<RolloutEvent.ClockSteppedBack>());
    }

    [Fact]
    public void An_edge_that_does_not_answer_is_a_notice()
    {
        var stage = Given.Service().Serving("1.0");
        stage.EdgeAnswers = false;
        stage.Settle();
        Assert.Equal("the edge does not answer; its last routes stay in force", Assert.Single(stage.State.Notices).Sentence);
    }

    [Fact]
    public void Routes_that_the_edge_refuses_take_the_rollout_back()
    {
        var stage = Given.Service().Serving("1.0");
        stage.EdgeObeys = false;
        stage.RollingOut("1.1");
        stage.Do(new RolloutObservation.EffectSettled(stage.Routes.Generation, new(Given.Fault(Blame.Configuration, kind: FaultKind.Invalid))));
        stage.Look();
        Assert.Equal("the edge refused the routes: it did not work", stage.Rollout.TakenBackFor?.Sentence);
        Assert.Empty(stage.State.Rejected);
    }

    [Fact]
    public void A_stable_release_with_a_broken_instance_does_not_keep_a_rolling_update_from_mending_it()
    {
        var stage = Given.Service(Strategy.Rolling, instances: 3).Serving("1.0");
        stage.ChangeOne(SlotName.A, 0, one => one with { Phase = InstancePhase.Unready });
        stage.RollingOut("1.1").Finish();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void A_stray_instance_of_an_emptied_slot_is_stopped()
    {
        var stage = Given.Rollout().Finish().Pass(700);
        Assert.Equal(0, stage.State.A.Instances);
        stage.RuntimeObeys = false;
        var stray = stage.Instances[0] with { Id = "shop-A-0-2", Slot = SlotName.A, Release = "sha256:1.0" };
        var decision = stage.Do(new RolloutObservation.Looked(new([.. stage.Instances, stray], stage.World.Edge)));
        Assert.Equal(0, Assert.IsType<RolloutEffect.SetInstances>(Assert.Single(decision.Effects)).Count);
    }

    [Fact]
    public void The_after_command_runs_after_completion_and_its_failure_changes_nothing()
    {
        var stage = Given.Service(policy: p => p with { After = new(["announce"], Duration.FromSeconds(30)) });
        stage.Serving("1.0");
        stage.HookEnds = _ => new(null, ExitCode: 1, Output: "no mail");
        stage.RollingOut("1.1").Finish().Pass(2);
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        Assert.Equal(1, stage.Rollout.Hooks[HookKind.After].Outcome?.ExitCode);
        Assert.Equal("1.1", stage.State.StableRelease?.Version);
    }
}
