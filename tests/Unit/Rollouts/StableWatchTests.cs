using Fairway.Catalog;
using Fairway.Judgement;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class StableWatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_the_stable_release_does_is_learned_between_rollouts_and_is_due_rarely(int instances)
    {
        var stage = Serving(instances);
        var watch = Watched(stage, StableWatch.Of(stage.State), seconds: 595);
        Assert.True(watch.IsFresh);
        Assert.False(watch.IsDue(stage.Now));
        watch = Watched(stage, watch, seconds: 10);
        Assert.True(watch.IsDue(stage.Now));
        var learned = watch.Memory.Of("errors")!;
        Assert.InRange(learned.Baseline.Ratio, 0.009, 0.021);
        watch = Watched(stage, watch.Kept(), seconds: 300);
        Assert.False(watch.IsDue(stage.Now));
    }

    [Fact]
    public void What_is_kept_is_what_the_next_rollout_is_judged_by()
    {
        var stage = Serving();
        var watch = Watched(stage, StableWatch.Of(stage.State), seconds: 900);
        stage.Do(new RolloutObservation.Learned(watch.Memory));
        Assert.Equal(watch.Memory.Of("errors")!.Baseline, StableWatch.Of(stage.State).Memory.Of("errors")!.Baseline);
        stage.RollingOut("1.1");
        var judged = stage.Rollout.Judge.Metrics.Single(metric => metric.Name == "errors");
        Assert.Equal(watch.Memory.Of("errors")!.Baseline, judged.Baseline);
        Assert.Equal(watch.Memory.Of("errors")!.Noise, judged.Noise);
        Assert.Equal("too-late-to-learn", stage.Do(new RolloutObservation.Learned(new())).Why.Code);
        Assert.NotNull(stage.State.Memory!.Of("errors"));
    }

    [Fact]
    public void Nothing_is_learned_while_a_rollout_is_active_or_nobody_is_judged()
    {
        var rolling = Given.Rollout(policy: policy => policy with { Judge = new() });
        Assert.False(Watched(rolling, StableWatch.Of(rolling.State), seconds: 60).IsFresh);
        var unjudged = Given.Service();
        unjudged.RollingOut("1.0");
        unjudged.Finish();
        Assert.False(Watched(unjudged, StableWatch.Of(unjudged.State), seconds: 60).IsFresh);
    }

    [Fact]
    public void Requests_counted_before_the_first_look_or_by_an_edge_that_is_gone_are_not_learned_again()
    {
        var stage = Serving();
        stage.Count(SlotName.A, 1_000_000);
        var watch = Watched(stage, StableWatch.Of(stage.State), seconds: 60);
        stage.EdgeRestarts(keepsTable: true);
        watch = Watched(stage, watch, seconds: 60);
        Assert.InRange(watch.Memory.Of("errors")!.Baseline.Exposure, 1_000, 120 * 100);
    }

    private static Stage Serving(int instances = 1)
    {
        var stage = Given.Service(policy: policy => policy with { Judge = new(), Instances = instances, KeepWarm = Duration.Zero });
        stage.RollingOut("1.0");
        stage.Finish();
        stage.Pass(60);
        return stage;
    }

    // A hundred requests a second, some of them errors; a look each five seconds.
    private static StableWatch Watched(Stage stage, StableWatch watch, int seconds)
    {
        for (var second = 0; second < seconds; second += 5)
        {
            watch = watch.Look(stage.State, stage.World, stage.Now);
            var serving = stage.Instances.Where(one => one.Slot == SlotName.A).ToArray();
            foreach (var instance in serving) stage.Count(SlotName.A, 500 / serving.Length - 5, 5, instance.Ordinal);
            stage.Pass(5);
        }
        return watch;
    }
}
