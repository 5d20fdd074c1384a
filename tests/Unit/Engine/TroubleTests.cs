using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Simulation;
using NodaTime;

namespace Fairway.Engine;

/// <summary>A full disk, a clock that is set, an error of our own.</summary>
public sealed class TroubleTests
{
    private static readonly Fault Full = new(FaultKind.Exhausted, Blame.Platform, Retryable: true, "the disk is full");

    private static readonly RolloutPolicy Slow = new()
    {
        Steps = [new(Weight.FromPercent(10), Duration.FromMinutes(5)), new(Weight.Full, Duration.Zero)],
        Guard = Duration.FromSeconds(10),
    };

    [Fact]
    public void A_service_whose_routes_are_anothers_is_refused_with_both_names()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        var key = new ServiceKey("staging", "shop");
        var spec = EngineWorld.Service(key) with { Routes = EngineWorld.Service(EngineWorld.Shop).Routes };
        var reply = world.Answer(new RolloutObservation.DeployRequested(EngineWorld.Release("1.0"), spec, null, new("anna"), Automatic: false), key);
        Assert.Equal((Refusal.Refused, "routes-taken"), (reply.Refused, reply.Why.Code));
        Assert.Contains("staging/shop and production/shop both claim any host/production/shop", reply.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rollout_whose_routes_the_edge_refuses_ends_and_leaves_nothing_behind()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        var key = new ServiceKey("staging", "shop");
        var spec = EngineWorld.Service(key) with { Routes = EngineWorld.Service(EngineWorld.Shop).Routes };
        // Two at the same moment: neither knows of the other yet.
        Assert.Null(world.Scheduler.Run(() => world.Engine.Of(key).AskAsync(
            new RolloutObservation.DeployRequested(EngineWorld.Release("1.0"), spec, null, new("anna"), Automatic: false), default)).Refused);
        world.Until(() => world.Engine.Of(key).Current.State.Rollout is { IsActive: false }, TimeSpan.FromMinutes(5));
        Assert.Equal("routes-refused", world.Engine.Of(key).Current.State.Rollout!.Why.Code);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.Empty(world.Workloads.Observe(key));
        var version = world.Engine.Of(key).Current.State.Version;
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        Assert.Equal(version, world.Engine.Of(key).Current.State.Version);
    }

    [Fact]
    public void A_full_disk_refuses_a_command_and_changes_nothing()
    {
        var world = new EngineWorld().Started();
        world.Ledger.OnAppend = (_, _) => throw new LedgerException(Full);
        var error = Assert.Throws<LedgerException>(() => world.Deploy("1.0"));

        Assert.Equal("the disk is full", error.Message);
        Assert.Empty(world.Ledger.Records);
    }

    [Fact]
    public void A_rollout_held_up_by_a_full_disk_goes_on_by_itself_when_there_is_room()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", Slow);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        world.Ledger.OnAppend = (_, _) => throw new LedgerException(Full);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(6));
        Assert.Equal(Full, world.Now.Problem);
        Assert.Equal(Weight.FromPercent(10), world.WeightOf("1.1"));
        world.Ledger.OnAppend = null;

        world.Until(() => !world.Rollout.IsActive);
        Assert.Null(world.Now.Problem);
        Assert.Equal(RolloutPhase.Completed, world.Rollout.Phase);
    }

    [Fact]
    public void An_outcome_that_could_not_be_recorded_is_recorded_later_and_nothing_runs_twice()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        var runs = 0;
        world.Hooks.Scripts = _ =>
        {
            runs++;
            return new(Duration.FromSeconds(5), new(null, ExitCode: 0, Output: "fine"));
        };
        world.Deploy("1.1", Slow with { Before = new(["check"], Duration.FromMinutes(1)) });
        world.Until(() => runs == 1);
        world.Ledger.OnAppend = (_, _) => throw new LedgerException(Full);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Ledger.OnAppend = null;

        world.UntilPhase(RolloutPhase.Completed);
        Assert.Equal(1, runs);
    }

    [Fact]
    public void A_clock_set_back_an_hour_holds_no_rollout()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", Slow);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        var began = world.Time.Elapsed;
        world.Time.Offset = TimeSpan.FromHours(-1);

        world.UntilPhase(RolloutPhase.Completed, TimeSpan.FromMinutes(7));
        Assert.InRange(world.Time.Elapsed - began, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    [Fact]
    public void A_clock_set_back_while_the_control_plane_is_away_holds_no_rollout()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", Slow);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        world.Time.Offset = TimeSpan.FromHours(-1);
        world.Crash();

        world.UntilPhase(RolloutPhase.Completed, TimeSpan.FromMinutes(7));
    }

    [Fact]
    public void A_clock_set_forward_takes_nothing_back_for_a_deadline_that_never_passed()
    {
        var world = new EngineWorld().Started().Serving("1.0");
        world.Deploy("1.1", Slow);
        world.Until(() => world.WeightOf("1.1") == Weight.FromPercent(10));
        var began = world.Time.Elapsed;
        world.Time.Offset = TimeSpan.FromHours(3);

        world.UntilPhase(RolloutPhase.Completed);
        Assert.InRange(world.Time.Elapsed - began, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    [Fact]
    public void A_clock_set_forward_is_followed_when_nothing_waits()
    {
        var time = new VirtualTime();
        var clock = new EngineClock(time);
        time.Offset = TimeSpan.FromHours(3);
        var before = clock.Now;
        clock.Follow();

        Assert.Equal(Duration.FromHours(3), clock.Now - before);
        time.Offset = TimeSpan.Zero;
        clock.Follow();
        Assert.Equal(Duration.FromHours(3), clock.Now - before);
    }

    [Fact]
    public void An_error_of_our_own_quarantines_its_service_and_no_other()
    {
        var (world, workloads) = Broken();

        Assert.Contains("Exception", world.Now.Quarantine!.Reason, StringComparison.Ordinal);
        Assert.Contains(world.Ledger.Records, record => record.Type == QuarantineLog.Quarantined);
        var other = new ServiceKey("production", "other");
        world.Deploy("1.0", key: other);
        world.Until(() => world.Engine.Of(other).Current.State.Rollout?.Phase == RolloutPhase.Completed);
        Assert.NotEmpty(workloads.Applied);
    }

    [Fact]
    public void A_quarantined_service_keeps_its_traffic_and_refuses_commands_with_the_reason()
    {
        var (world, _) = Broken();
        var reply = world.Deploy("1.1");

        Assert.Equal(Refusal.Refused, reply.Refused);
        Assert.Equal("quarantined", reply.Why.Code);
        Assert.Equal(Weight.Full, world.WeightOf("1.0"));
    }

    [Fact]
    public void A_quarantine_outlives_the_process_and_ends_by_a_persons_word()
    {
        var (world, workloads) = Broken();
        workloads.OnObserve = _ => null;
        world.Crash();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.NotNull(world.Now.Quarantine);
        Assert.Equal("quarantine-lifted", world.Command(RolloutCommand.Resume).Why.Code);

        Assert.Null(world.Now.Quarantine);
        world.Deploy("1.1");
        world.UntilPhase(RolloutPhase.Completed);
        world.Crash();
        Assert.Null(world.Now.Quarantine);
    }

    private static (EngineWorld World, WorkloadsBetween Workloads) Broken()
    {
        var world = new EngineWorld();
        var workloads = new WorkloadsBetween(world.Workloads);
        world.Ports = world.Ports with { Workloads = workloads };
        world.Started().Serving("1.0");
        // A null where the contract has none: the decider cannot go on.
        workloads.OnObserve = key => key == EngineWorld.Shop ? [null!] : null;
        world.Until(() => world.Now.Quarantine is not null, TimeSpan.FromMinutes(1));
        return (world, workloads);
    }
}
