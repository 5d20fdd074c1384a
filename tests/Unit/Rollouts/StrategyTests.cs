using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts.Strategies;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class StrategyTests
{
    [Fact]
    public void Blue_green_starts_all_instances_and_moves_all_traffic_at_once()
    {
        var plan = Plan.For(Strategy.BlueGreen, new() { Instances = 3 }, 3);
        Assert.Equal(new(Weight.Zero, 3, 3, Duration.Zero), plan.Start);
        Assert.Equal([new(Weight.Full, 3, 3, Duration.Zero)], plan.Steps);
    }

    [Fact]
    public void A_canarys_last_weight_is_always_everything()
    {
        var plan = Plan.For(Strategy.Canary, new() { Instances = 2, Steps = [new(Weight.FromPercent(20), Duration.FromSeconds(5))] }, 2);
        Assert.Equal([(20m, 1), (100m, 2)], plan.Steps.Select(step => (step.Weight.Percent, step.CandidateInstances)));
    }

    [Fact]
    public void A_canary_step_that_would_take_traffic_away_again_is_left_out()
    {
        var steps = new[] { 50, 10, 50, 100 }.Select(weight => new CanaryStep(Weight.FromPercent(weight), Duration.Zero)).ToImmutableArray();
        Assert.Equal([50m, 100m], Plan.For(Strategy.Canary, new() { Steps = steps }, 1).Steps.Select(step => step.Weight.Percent));
    }

    [Theory]
    [InlineData(4, 1, 0, "1+4: 25%/1+3 50%/2+2 75%/3+1 100%/4+0")]
    [InlineData(4, 0, 2, "2+2: 100%/2+0 100%/4+0")]
    [InlineData(4, 1, 1, "1+4: 25%/1+2 100%/3+0 100%/4+0")]
    [InlineData(5, 2, 0, "2+5: 40%/2+3 80%/4+1 100%/5+0")]
    [InlineData(1, 1, 0, "1+1: 100%/1+0")]
    [InlineData(1, 0, 1, "1+0: 100%/1+0")]
    [InlineData(3, 0, 0, "1+3: 33.33%/1+2 66.66%/2+1 100%/3+0")]
    public void A_rolling_update_replaces_in_batches_within_surge_and_unavailability(int instances, int surge, int missing, string expected)
    {
        var plan = Plan.For(Strategy.Rolling, new() { Instances = instances, MaxSurge = surge, MaxUnavailable = missing }, instances);
        Assert.Equal(expected, $"{plan.Start.CandidateInstances}+{plan.Start.StableInstances}: "
            + string.Join(' ', plan.Steps.Select(step => $"{step.Weight}/{step.CandidateInstances}+{step.StableInstances}")));
    }

    [Fact]
    public void No_rolling_plan_ever_breaks_its_promise()
    {
        for (var instances = 1; instances <= 8; instances++)
            for (var stable = 1; stable <= 8; stable++)
                for (var surge = 0; surge <= 3; surge++)
                    for (var missing = 0; missing <= 3; missing++)
                    {
                        var plan = Plan.For(Strategy.Rolling, new() { Instances = instances, MaxSurge = surge, MaxUnavailable = missing }, stable);
                        var (before, weight) = (plan.Start.StableInstances, Weight.Zero);
                        foreach (var step in plan.Steps)
                        {
                            Assert.True(step.Weight >= weight && step.StableInstances <= before);
                            Assert.True(step.StableInstances > 0 || step.Weight == Weight.Full, "traffic on an arm without instances");
                            Assert.True(step.CandidateInstances + step.StableInstances >= Math.Min(instances, stable) - Math.Min(missing, instances));
                            if (stable == instances) Assert.True(step.CandidateInstances + before <= instances + Math.Max(surge, surge + missing == 0 ? 1 : 0));
                            (before, weight) = (step.StableInstances, step.Weight);
                        }
                        Assert.Equal(new(Weight.Full, instances, 0, Duration.Zero), plan.Steps[^1]);
                    }
    }

    [Fact]
    public void A_rolling_update_keeps_the_promised_instances_ready_all_the_time()
    {
        var stage = Given.Service(Strategy.Rolling, instances: 4, maxSurge: 1, guard: 0).Serving("1.0");
        stage.Deploy("1.1");
        var fewest = int.MaxValue;
        for (var i = 0; i < 300 && stage.State.Active is not null; i++)
        {
            stage.Look();
            stage.Obey();
            stage.Now += Duration.FromMilliseconds(200);
            fewest = Math.Min(fewest, stage.Instances.Count(one => one.Phase == InstancePhase.Ready));
            Assert.True(stage.Instances.Count <= 5);
        }
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        Assert.Equal(4, fewest);
        Assert.Equal(0, stage.State.A.Instances);
    }

    [Fact]
    public void A_rolling_update_stops_an_old_instance_only_when_it_is_drained()
    {
        var stage = Given.Service(Strategy.Rolling, instances: 2).Serving("1.0");
        stage.Hold(SlotName.A, 1);
        stage.RollingOut("1.1");
        Assert.Equal(50, stage.Share("1.1"));
        stage.Pass(20);
        Assert.Equal(2, stage.State.A.Instances);
        Assert.Equal("waits-for-drain", stage.Rollout.Why.Code);
        stage.Hold(SlotName.A, 0);
        stage.Pass(1);
        Assert.Equal(1, stage.State.A.Instances);
    }

    [Fact]
    public void A_service_that_may_be_away_for_a_moment_can_be_replaced_in_place()
    {
        var stage = Given.Service(Strategy.Rolling, maxSurge: 0, maxUnavailable: 1).Serving("1.0");
        var most = 0;
        stage.Deploy("1.1");
        for (var i = 0; i < 100 && stage.State.Active is { Phase: not RolloutPhase.Guarding }; i++)
        {
            stage.Look();
            stage.Obey();
            stage.Now += Duration.FromMilliseconds(200);
            most = Math.Max(most, stage.Instances.Count);
        }
        Assert.Equal(1, most);
        Assert.Equal(100, stage.Share("1.1"));
    }
}
