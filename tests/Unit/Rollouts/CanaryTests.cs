using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class CanaryTests
{
    [Fact]
    public void A_first_release_takes_all_traffic_at_once_for_there_is_nothing_to_share_it_with()
    {
        var stage = Given.Service().RollingOut("1.0");
        Assert.Equal(100, stage.Share("1.0"));
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Pass(60);
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
    }

    [Fact]
    public void A_canary_goes_step_by_step_and_the_candidates_slot_becomes_the_stable_one()
    {
        var stage = Given.Rollout();
        Assert.Equal(10, stage.Share("1.1"));
        Assert.Equal(90, stage.Share("1.0"));
        stage.Pass(59);
        Assert.Equal(10, stage.Share("1.1"));
        stage.Pass(2);
        Assert.Equal(50, stage.Share("1.1"));
        stage.Pass(61);
        Assert.Equal(100, stage.Share("1.1"));
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        var ids = stage.Instances.Where(one => one.Slot == SlotName.B).Select(one => one.Id).ToList();
        stage.Pass(60);
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        Assert.Equal(SlotName.B, stage.State.Stable);
        Assert.Equal(ids, stage.Instances.Where(one => one.Slot == SlotName.B).Select(one => one.Id));
    }

    [Fact]
    public void The_candidate_has_as_many_instances_as_its_share_needs_and_the_stable_arm_keeps_all()
    {
        var stage = Given.Rollout(instances: 4);
        Assert.Equal(1, stage.State.B.Instances);
        stage.Pass(61);
        Assert.Equal(2, stage.State.B.Instances);
        stage.Pass(61);
        Assert.Equal(4, stage.State.B.Instances);
        Assert.Equal(4, stage.State.A.Instances);
    }

    [Fact]
    public void Weight_waits_until_the_instances_that_it_needs_are_ready()
    {
        var stage = Given.Rollout(instances: 4);
        stage.StartsWell = false;
        stage.Pass(61);
        Assert.Equal(2, stage.State.B.Instances);
        Assert.Equal(10, stage.Share("1.1"));
        Assert.Equal("1 of 2 instances of 1.1 ready", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Sentence);
        stage.Change(SlotName.B, one => one with { Phase = InstancePhase.Ready });
        stage.Settle();
        Assert.Equal(50, stage.Share("1.1"));
    }

    [Fact]
    public void A_weight_counts_only_when_the_edge_confirms_its_generation()
    {
        var stage = Given.Service().Serving("1.0");
        stage.Deploy("1.1");
        for (var i = 0; i < 20 && stage.Share("1.1") == 0; i++)
        {
            stage.Look();
            if (stage.Share("1.1") == 0) stage.Obey();
        }
        stage.EdgeObeys = false;
        stage.Pass(120);
        Assert.Equal(Weight.Zero, stage.Rollout.Weight);
        Assert.Equal(0, stage.Rollout.Step);
        Assert.Equal("the edge has not yet confirmed 10% for 1.1", stage.Rollout.Why.Sentence);
        stage.EdgeObeys = true;
        stage.Settle();
        Assert.Equal(Weight.FromPercent(10), stage.Rollout.Weight);
        stage.Pass(59);
        Assert.Equal(0, stage.Rollout.Step);
        stage.Pass(2);
        Assert.Equal(1, stage.Rollout.Step);
    }

    [Fact]
    public void Weight_and_instances_never_change_in_one_decision()
    {
        var stage = Given.Rollout(instances: 3).Finish();
        var last = Instant.MinValue;
        var (weights, instances) = (new HashSet<Instant>(), new HashSet<Instant>());
        decimal share = -1;
        foreach (var issued in stage.Happened<RolloutEvent.EffectIssued>())
            switch (issued.Effect)
            {
                case RolloutEffect.SetRoutes routes:
                    var now = routes.Routes.Arms.Where(arm => arm.Version == "1.1").Sum(arm => arm.Weight.Percent);
                    if (now != share) weights.Add(issued.At);
                    share = now;
                    break;
                case RolloutEffect.SetInstances { Release.Version: "1.1" }:
                    instances.Add(issued.At);
                    break;
            }
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        Assert.True(weights.Count > 2 && instances.Count > 1 && last < stage.Now);
    }

    [Fact]
    public void A_step_without_a_pause_waits_for_a_person_however_long()
    {
        var stage = Given.Rollout(pause: null);
        stage.Pass(3_000);
        Assert.Equal(10, stage.Share("1.1"));
        Assert.Equal("waits-for-person", stage.Rollout.Why.Code);
        stage.Say(RolloutCommand.Promote);
        stage.Settle();
        Assert.Equal(50, stage.Share("1.1"));
        Assert.Equal("waits-for-person", stage.Rollout.Why.Code);
    }

    [Fact]
    public void A_preview_at_zero_percent_comes_before_the_first_request_of_a_user()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.HookEnds = _ => new(null, 0);
        stage.Serving("1.0");
        stage.HookEnds = _ => null;
        stage.RollingOut("1.1");
        Assert.Equal(RolloutPhase.Verifying, stage.Rollout.Phase);
        Assert.Equal("B", stage.Routes.PreviewArm);
        Assert.Equal(0, stage.Share("1.1"));
        Assert.Single(stage.Routes.Arms.Single(arm => arm.Name == "B").Targets);
    }

    [Fact]
    public void A_first_release_is_previewed_without_giving_it_the_traffic()
    {
        var stage = Given.Service(policy: p => p with { Smoke = new(["smoke"], Duration.FromSeconds(30)) });
        stage.HookEnds = _ => null;
        stage.RollingOut("1.0");
        Assert.Equal("A", stage.Routes.PreviewArm);
        Assert.Equal(100, stage.Routes.Arms.Sum(arm => arm.Weight.Percent));
        Assert.Equal(0, stage.Share("1.0"));
    }

    [Fact]
    public void Explain_counts_the_seconds_and_writes_nothing()
    {
        var stage = Given.Rollout().Pass(41);
        var version = stage.State.Version;
        Assert.Equal("step 1 of 3 (10%) held: 41 s of 60 s", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Sentence);
        Assert.Equal(version, stage.State.Version);
        Assert.Equal(stage.Rollout.ConfirmedAt + Duration.FromSeconds(60), RolloutDecider.NextWake(stage.State));
    }

    [Fact]
    public void A_change_of_what_is_waited_for_is_an_event_and_a_change_of_its_numbers_is_not()
    {
        var stage = Given.Rollout();
        var before = stage.Ledger.Count;
        stage.Pass(50);
        Assert.Equal(before, stage.Ledger.Count);
        Assert.Contains(stage.Happened<RolloutEvent.Waiting>(), waiting => waiting.Why.Code == "step-held");
    }
}
