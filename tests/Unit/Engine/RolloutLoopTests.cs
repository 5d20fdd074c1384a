using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Engine;

public sealed class RolloutLoopTests
{
    private static readonly RolloutPolicy TwoSteps = new()
    {
        Steps = [new(Weight.FromPercent(10), Duration.FromSeconds(60)), new(Weight.Full, Duration.Zero)],
        Guard = Duration.FromSeconds(10),
    };

    [Fact]
    public void A_release_reaches_all_traffic_by_itself()
    {
        var world = new EngineWorld().Started();
        var reply = world.Deploy("1.0");

        Assert.Null(reply.Refused);
        Assert.Equal("production/shop/1", reply.Rollout!.Id);
        world.UntilPhase(RolloutPhase.Completed);
        Assert.Equal(Weight.Full, world.WeightOf("1.0"));
        Assert.Equal(0, world.Scheduler.Strays);
    }

    [Fact]
    public void A_command_that_makes_no_sense_is_refused_with_its_reason_and_recorded_nowhere()
    {
        var world = new EngineWorld().Started();
        var reply = world.Command(RolloutCommand.Promote);

        Assert.NotNull(reply.Refused);
        Assert.NotEmpty(reply.Why.Sentence);
        Assert.Empty(world.Ledger.Records);
    }

    [Fact]
    public void The_same_history_gives_the_same_ledger_to_the_last_bit()
    {
        Assert.Equal(Play(), Play());

        static string Play()
        {
            var world = new EngineWorld().Started().Serving("1.0");
            world.Deploy("1.1", TwoSteps);
            world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
            world.Count("1.1", good: 0, bad: 40);
            world.UntilPhase(RolloutPhase.RolledBack);
            Assert.Equal(0, world.Scheduler.Strays);
            return world.Ledger.Records[^1].Hash;
        }
    }

    [Fact]
    public void From_the_decision_to_go_back_to_the_routes_on_their_way_no_time_passes()
    {
        var world = new EngineWorld();
        var traffic = new TrafficBetween(world.Traffic);
        world.Ports = world.Ports with { Traffic = traffic };
        world.Started().Serving("1.0");
        world.Deploy("1.1", TwoSteps);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        TimeSpan? sent = null;
        traffic.Applying = () => sent ??= world.Time.Elapsed;
        world.Count("1.1", good: 0, bad: 40);
        world.Until(() => world.Rollout.Phase == RolloutPhase.RollingBack);
        var decided = world.Time.Elapsed;
        world.Until(() => sent is not null, TimeSpan.Zero);

        Assert.Equal(decided, sent);
    }

    [Fact]
    public void A_word_to_go_back_waits_for_no_look()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", TwoSteps);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        var said = world.Time.Elapsed;
        world.Command(RolloutCommand.Rollback);
        world.Until(() => world.WeightOf("1.0") == Weight.Full);

        Assert.Equal(said, world.Time.Elapsed);
    }

    [Fact]
    public void A_crash_in_the_middle_of_a_step_is_the_same_as_a_delay()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", TwoSteps);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        world.Scheduler.RunFor(TimeSpan.FromSeconds(20));
        world.Crash();

        world.UntilPhase(RolloutPhase.Completed);
        Assert.Equal(Weight.Full, world.WeightOf("1.1"));
        Assert.Equal("production/shop/2", world.Rollout.Id);
    }

    [Fact]
    public void An_effect_that_was_on_its_way_is_sent_again_under_its_id_after_a_crash()
    {
        var world = new EngineWorld();
        var traffic = new TrafficBetween(world.Traffic) { OnApply = TrafficBetween.Never<Fault?> };
        world.Ports = world.Ports with { Traffic = traffic };
        world.Started();
        world.Deploy("1.0");
        world.Until(() => traffic.Applied.Count == 1);
        traffic.OnApply = null;
        world.Crash();
        world.UntilPhase(RolloutPhase.Completed);

        Assert.Equal(traffic.Applied[0].Id, traffic.Applied[1].Id);
    }

    [Fact]
    public void An_effect_that_is_never_answered_counts_as_failed_and_is_tried_again()
    {
        var world = new EngineWorld();
        var traffic = new TrafficBetween(world.Traffic) { OnApply = TrafficBetween.Never<Fault?> };
        world.Ports = world.Ports with { Traffic = traffic };
        world.Started();
        world.Deploy("1.0");
        world.Until(() => traffic.Applied.Count == 1);
        traffic.OnApply = null;

        world.UntilPhase(RolloutPhase.Completed);
        Assert.Contains(world.Ledger.Records, record => record.Type == "effect-settled.v1" && record.Data.Contains("no answer within 30 s", StringComparison.Ordinal));
    }

    [Fact]
    public void Somebody_elses_record_in_the_stream_makes_it_decide_again()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        var version = world.Now.State.Version;
        world.Scheduler.Run(() => world.Ledger.AppendAsync(
            EngineWorld.Shop.Stream, version, [new NewEvent(Instant.FromUtc(2026, 3, 1, 13, 0), "note.v1", "bert", null, "{}")], CancellationToken.None));
        var reply = world.Deploy("1.1", TwoSteps);

        Assert.Null(reply.Refused);
        world.UntilPhase(RolloutPhase.Completed);
        Assert.Equal(world.Ledger.Records.Count(record => record.Stream == EngineWorld.Shop.Stream), world.Now.State.Version);
    }

    [Fact]
    public void A_slow_look_delays_no_command()
    {
        var world = new EngineWorld();
        var traffic = new TrafficBetween(world.Traffic);
        world.Ports = world.Ports with { Traffic = traffic };
        world.Started().Serving("1.0");
        world.Deploy("1.1", TwoSteps);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        traffic.OnObserve = TrafficBetween.Never<EdgeView?>;
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        var before = world.Time.Elapsed;
        world.Command(RolloutCommand.Pause);

        Assert.Equal(before, world.Time.Elapsed);
        Assert.True(world.Rollout.Paused);
    }

    [Fact]
    public void A_look_that_never_comes_back_is_given_up_and_said_so()
    {
        var world = new EngineWorld();
        var traffic = new TrafficBetween(world.Traffic);
        world.Ports = world.Ports with { Traffic = traffic };
        world.Started().Serving("1.0");
        traffic.OnObserve = TrafficBetween.Never<EdgeView?>;
        world.Until(() => world.Now.Problem is not null, TimeSpan.FromMinutes(1));
        traffic.OnObserve = null;

        world.Until(() => world.Now.Problem is null, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_dead_instance_is_seen_at_once_although_nobody_looks_for_seconds()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        var instance = world.Workloads.Observe(EngineWorld.Shop).Single();
        world.Workloads.Kill(EngineWorld.Shop, instance.Id);

        world.Until(() => world.Now.World!.Instances.All(one => one.Phase != InstancePhase.Ready), TimeSpan.Zero);
    }

    [Fact]
    public void A_service_at_rest_is_looked_at_seldom()
    {
        var world = new EngineWorld();
        var workloads = new WorkloadsBetween(world.Workloads);
        world.Ports = world.Ports with { Workloads = workloads };
        world.Started().Serving("1.0");
        world.Until(() => !RolloutDecider.IsWatching(world.Now.State));
        var before = workloads.Looks;
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));

        Assert.InRange(workloads.Looks - before, 10, 14);
    }

    [Fact]
    public void Shutting_down_stops_all_instances_and_the_next_start_brings_them_back()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Scheduler.Run(() => world.Engine.HaltAsync(new("anna"), CancellationToken.None));

        Assert.Empty(world.Workloads.Observe(EngineWorld.Shop));
        world.Crash();
        world.Until(() => world.Workloads.Observe(EngineWorld.Shop) is [{ Phase: InstancePhase.Ready }], TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_rollout_that_was_shut_down_goes_on_at_the_next_start()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", TwoSteps);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        world.Scheduler.Run(() => world.Engine.HaltAsync(new("anna"), CancellationToken.None));
        Assert.Empty(world.Workloads.Observe(EngineWorld.Shop));
        world.Crash();

        world.Until(() => !world.Rollout.IsActive);
        Assert.NotEmpty(world.Workloads.Observe(EngineWorld.Shop));
        Assert.Equal(Weight.Full, world.WeightOf(world.Now.State.StableRelease!.Version));
    }
}
