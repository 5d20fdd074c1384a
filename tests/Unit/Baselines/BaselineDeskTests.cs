using Fairway.Adapters.InMemory;
using Fairway.Engine;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Baselines;

public sealed class BaselineDeskTests
{
    private static readonly RolloutPolicy Policy = new()
    {
        Steps = [new(Weight.FromPercent(50), Duration.FromSeconds(20)), new(Weight.Full, Duration.Zero)], Guard = Duration.FromSeconds(90),
        Judge = new()
        {
            Steps = new(Duration.FromSeconds(5), Duration.FromSeconds(20), OnDoubt.Advance),
            Metrics = [.. MetricPolicy.Default, new("checkouts", MetricSource.Share, 0.1) { Query = new("bad{v=\"$release\"}", "all{v=\"$release\"}") }],
        },
    };

    [Fact]
    public void A_rollout_that_completes_has_how_the_service_was_before_and_after_in_the_ledger_once()
    {
        var world = new Desk().Serving();
        world.Ship("1.1");
        var row = Assert.Single(world.Compared());
        var compared = row.Compared;
        Assert.Equal(("production/shop/2", RolloutPhase.Completed, "1.1", "1.0"), (compared.Rollout, compared.Outcome, compared.Release.Version, compared.Stable!.Version));
        Assert.InRange(compared.Before!.Length.TotalMinutes, 9, 10);
        Assert.InRange(compared.After!.Length.TotalSeconds, 80, 95);
        Assert.Equal((null, null), (compared.Before.Short, compared.After.Short));
        Assert.All(["requests", "errors", "latency-p50", "latency-p90", "latency-p95", "latency-p99"], name => Assert.Equal(Change.Alike, compared.Find(name)!.Says));
        Assert.Equal("as-before", compared.Why.Code);
        Assert.Equal(row.Compared.Rollout, Assert.Single(world.World.Scheduler.Run(() => world.Book.OfReleaseAsync(EngineWorld.Release("1.1").Digest, CancellationToken.None))).Compared.Rollout);
        world.For(TimeSpan.FromHours(1));
        Assert.Single(world.Compared());
    }

    [Fact]
    public void A_slower_release_is_worse_metric_by_metric()
    {
        var world = new Desk { Slow = version => version == "1.1" ? 1 : 0 }.Serving();
        world.Ship("1.1", Policy with { Judge = null });
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.All(["latency-p50", "latency-p90", "latency-p99"], name => Assert.Equal(Change.Worse, compared.Find(name)!.Says));
        Assert.Equal(Change.Alike, compared.Find("errors")!.Says);
        Assert.Equal("worse-than-before", compared.Why.Code);
        Assert.Contains("p99 5.02 ms → 502 ms", compared.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_that_is_taken_back_has_the_candidate_while_it_had_traffic()
    {
        var world = new Desk { Bad = version => version == "1.1" ? 3 : 0 }.Serving();
        world.Ship("1.1", until: RolloutPhase.RolledBack);
        world.For(TimeSpan.FromSeconds(10));
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.Equal(RolloutPhase.RolledBack, compared.Outcome);
        Assert.Equal((Change.Worse, 0.0, 0.6), (compared.Find("errors")!.Says, compared.Find("errors")!.Before, compared.Find("errors")!.After));
        Assert.DoesNotContain(world.World.Scheduler.Run(() => world.Book.PastAsync(EngineWorld.Shop, CancellationToken.None)).Releases, release => release.Version == "1.1");
    }

    [Fact]
    public void The_first_release_is_measured_and_has_nothing_to_be_compared_with()
    {
        var world = new Desk();
        world.Ship("1.0");
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.Equal((null, "only-after-measured"), (compared.Before, compared.Why.Code));
        Assert.NotNull(compared.Find("latency-p99")!.After);
        Assert.All(compared.Changes, change => Assert.Equal(Change.Unknown, change.Says));
    }

    [Fact]
    public void A_rollout_without_a_guard_is_watched_for_half_a_minute_and_no_longer()
    {
        var world = new Desk().Serving();
        world.Ship("1.1", Policy with { Guard = Duration.Zero });
        var ended = world.World.Rollout.EndedAt!.Value;
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.InRange((compared.At - ended).TotalSeconds, 25, 40);
        Assert.InRange(compared.After!.Length.TotalSeconds, 30, 36);
    }

    [Fact]
    public void An_edge_that_does_not_answer_after_the_end_is_waited_for_a_minute_and_then_said_to_be_missing()
    {
        var world = new Desk().Serving();
        world.World.Deploy("1.1", Policy with { Judge = null, Guard = Duration.Zero, Steps = [new(Weight.Full, Duration.Zero)] });
        world.World.Until(() => world.World.Now.State.Rollout is { Phase: RolloutPhase.Completed, Release.Version: "1.1" });
        world.World.Traffic.IsReachable = false;
        world.For(TimeSpan.FromSeconds(90));
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.InRange((compared.At - world.World.Rollout.EndedAt!.Value).TotalSeconds, 58, 70);
        Assert.True(compared.After is null || compared.After.Short is not null);
    }

    [Fact]
    public void A_newer_rollout_ends_the_window_after_of_the_one_before_it()
    {
        var world = new Desk().Serving();
        var quick = Policy with { Judge = null, Guard = Duration.Zero, Steps = [new(Weight.Full, Duration.Zero)] };
        world.World.Deploy("1.1", quick);
        world.World.Until(() => world.World.Now.State.Rollout is { Phase: RolloutPhase.Completed, Release.Version: "1.1" });
        world.For(TimeSpan.FromSeconds(5));
        world.Ship("1.2", quick);
        Assert.Equal(["production/shop/2", "production/shop/3"], world.Compared().Select(row => row.Compared.Rollout));
        var first = world.Compared()[0].Compared;
        Assert.True(first.After is null || first.After.Short is not null, $"{first.Why}");
    }

    [Fact]
    public void Killed_between_before_and_after_the_next_one_completes_it()
    {
        var world = new Desk().Serving();
        world.World.Deploy("1.1", Policy);
        world.World.Until(() => world.World.Now.State.Rollout is { Phase: RolloutPhase.Shifting, Step: 0, ConfirmedAt: not null, Release.Version: "1.1" });
        world.For(TimeSpan.FromSeconds(3));
        world.Kill(TimeSpan.FromSeconds(20));
        world.World.UntilPhase(RolloutPhase.Completed);
        world.For(TimeSpan.FromMinutes(2));
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.InRange(compared.Before!.Length.TotalMinutes, 9, 10);
        Assert.Equal(Change.Alike, compared.Find("latency-p99")!.Says);
    }

    [Fact]
    public void Killed_until_long_after_the_end_the_window_is_recorded_as_missed_and_once()
    {
        var world = new Desk().Serving();
        world.World.Deploy("1.1", Policy with { Judge = null, Guard = Duration.Zero, Steps = [new(Weight.Full, Duration.Zero)] });
        world.World.Until(() => world.World.Now.State.Rollout is { Phase: RolloutPhase.Completed, Release.Version: "1.1" });
        world.For(TimeSpan.FromSeconds(3));
        world.Kill(TimeSpan.FromMinutes(30));
        world.For(TimeSpan.FromMinutes(5));
        world.Kill(TimeSpan.FromSeconds(1));
        world.For(TimeSpan.FromMinutes(5));
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.Equal((null, "after-missed"), (compared.After, compared.Why.Code));
    }

    [Fact]
    public void A_control_plane_that_has_just_begun_says_that_the_window_before_is_short()
    {
        var world = new Desk().Serving();
        world.Kill(TimeSpan.FromSeconds(1));
        world.For(TimeSpan.FromMinutes(2));
        world.Ship("1.1");
        var before = Assert.Single(world.Compared()).Compared.Before!;
        Assert.InRange(before.Length.TotalMinutes, 1.5, 3);
        Assert.Contains("the control plane had begun then", before.Short!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_queries_are_asked_for_at_both_ends_of_both_windows()
    {
        var world = new Desk { Metrics = new InMemoryMetrics() }.Serving();
        world.Ship("1.1");
        var checkouts = Assert.Single(world.Compared()).Compared.Find("checkouts")!;
        Assert.Equal((MeasureKind.Share, Change.Alike), (checkouts.Kind, checkouts.Says));
        Assert.Equal(0.25, checkouts.Before!.Value, 0.01);
        Assert.Equal(0.25, checkouts.After!.Value, 0.01);
    }

    [Fact]
    public void A_machine_whose_clock_was_set_leaves_declared_queries_out_of_the_window_it_was_set_in()
    {
        var world = new Desk { Metrics = new InMemoryMetrics() }.Serving();
        world.World.Time.Offset = TimeSpan.FromSeconds(-10);
        world.Ship("1.1");
        var checkouts = Assert.Single(world.Compared()).Compared.Find("checkouts")!;
        Assert.Equal((null, Change.Unknown), (checkouts.Before, checkouts.Says));
        Assert.Equal(0.25, checkouts.After!.Value, 0.01);
    }

    [Fact]
    public void A_metrics_source_that_never_answers_leaves_its_metrics_out_and_nothing_else()
    {
        var world = new Desk { Metrics = new Silent() }.Serving();
        world.Ship("1.1");
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.Null(compared.Find("checkouts"));
        Assert.Equal(Change.Alike, compared.Find("latency-p99")!.Says);
    }

    [Fact]
    public void A_release_that_is_worse_than_the_ones_before_it_is_noticed_until_another_serves()
    {
        var world = new Desk { Slow = version => version == "1.1" ? 1 : 0 }.Serving();
        for (var i = 0; i < 3; i++)
        {
            world.Ship("1.2", Policy with { Judge = null });
            world.Ship("1.0", Policy with { Judge = null });
        }
        Assert.Null(world.Here.NoticeOf(EngineWorld.Shop));
        world.Ship("1.1", Policy with { Judge = null });
        Assert.Contains("p99 502 ms, 99.9 times this service's usual 5.02 ms (7 releases)", world.Here.NoticeOf(EngineWorld.Shop)!.Sentence, StringComparison.Ordinal);
        world.Kill(TimeSpan.FromSeconds(1));
        world.For(TimeSpan.FromSeconds(10));
        Assert.Contains("p99 502 ms", world.Here.NoticeOf(EngineWorld.Shop)!.Sentence, StringComparison.Ordinal);
        world.Ship("1.2", Policy with { Judge = null });
        Assert.Null(world.Here.NoticeOf(EngineWorld.Shop));
    }

    [Fact]
    public void Cpu_and_memory_are_compared_where_they_are_known()
    {
        var world = new Desk();
        world.Usage = new Usage(world);
        world.Serving();
        world.Ship("1.1", Policy with { Guard = Duration.FromMinutes(9) });
        var compared = Assert.Single(world.Compared()).Compared;
        Assert.Equal((Change.Worse, Change.Alike), (compared.Find("memory")!.Says, compared.Find("cpu")!.Says));
        Assert.Equal(0.1, compared.Find("cpu")!.After!.Value, 0.01);
    }

    [Fact]
    public void The_read_model_is_derived_again_as_it_was()
    {
        var world = new Desk().Serving();
        world.Ship("1.1");
        Assert.Empty(world.World.Scheduler.Run(() => world.World.Ledger.VerifyAsync(CancellationToken.None)).Problems);
        Assert.Empty(world.World.Scheduler.Run(() => world.World.Ledger.ListAsync(BaselinesProjection.Name, BaselinesProjection.Open, CancellationToken.None)));
    }

    /// <summary>A world with a desk, and users who send ten requests a second.</summary>
    private sealed class Desk
    {
        private CancellationTokenSource _stop = new();

        public EngineWorld World { get; } = new();

        public BaselineDesk Here { get; private set; } = null!;

        public BaselineBook Book => new(World.Ledger);

        public Func<string, int> Slow { get; init; } = _ => 0;

        public Func<string, int> Bad { get; init; } = _ => 0;

        public IMetricsSource? Metrics { get; init; }

        public IWorkloadUsage? Usage { get; set; }

        private bool IsBegun { get; set; }

        /// <summary>A first release that has served for eleven minutes; its own comparison is not among <see cref="Compared"/>.</summary>
        public Desk Serving()
        {
            Ship("1.0", Policy with { Judge = null, Guard = Duration.Zero });
            For(TimeSpan.FromMinutes(11));
            return this;
        }

        public void Ship(string version, RolloutPolicy? policy = null, RolloutPhase until = RolloutPhase.Completed)
        {
            Begin();
            World.Deploy(version, policy ?? Policy);
            World.Until(() => World.Now.State is { Active: null, Rollout: { } rollout } && rollout.Release.Version == version && rollout.Phase == until);
            For(TimeSpan.FromSeconds(45));
        }

        public ImmutableArray<ComparedRow> Compared()
            => [.. World.Scheduler.Run(() => World.Ledger.ListAsync(BaselinesProjection.Name, "done/", CancellationToken.None)).Select(pair => FairwayJson.Read<ComparedRow>(pair.Value))
                .Where(row => row.Compared.Stable is not null || World.Now.State.RolloutCount == 1)];

        public void For(TimeSpan time) => World.Scheduler.RunFor(time);

        public void Kill(TimeSpan downFor)
        {
            World.Scheduler.Run(() =>
            {
                _stop.Cancel();
                return Task.CompletedTask;
            });
            World.Scheduler.Run(async () => await World.Engine.DisposeAsync());
            World.Scheduler.RunFor(downFor);
            World.Started();
            Raise();
        }

        private void Begin()
        {
            if (IsBegun) return;
            IsBegun = true;
            World.Ports = World.Ports with { Metrics = Metrics };
            World.Started();
            Raise();
            Serve();
        }

        private void Raise()
        {
            _stop = new();
            var (stop, desk) = (_stop.Token, new BaselineDesk(World.Ledger, World.Engine, Usage, Metrics, new EngineClock(World.Time)));
            Here = desk;
            World.Scheduler.Run(() => desk.LoadAsync(stop));
            _ = World.Scheduler.Start(async () =>
            {
                try
                {
                    await desk.RunAsync(stop);
                }
                catch (OperationCanceledException)
                {
                    // Killed.
                }
                return true;
            });
        }

        private void Serve() => World.Time.After(TimeSpan.FromSeconds(1), () =>
        {
            foreach (var arm in World.Traffic.RoutesOf(EngineWorld.Shop)?.Arms ?? [])
            {
                if (arm.Weight == Weight.Zero || arm.Targets is not [var target, ..]) continue;
                var requests = arm.Weight == Weight.Full ? 10 : 5;
                World.Traffic.Count(EngineWorld.Shop, arm, target.Instance, requests - Bad(arm.Version), Bad(arm.Version), Slow(arm.Version) * requests);
            }
            foreach (var version in (string[])["1.0", "1.1", "1.2"])
            {
                if (Metrics is not InMemoryMetrics metrics) continue;
                metrics.Set($"bad{{v=\"{version}\"}}", World.Time.Now, 5 * World.Time.Elapsed.TotalSeconds);
                metrics.Set($"all{{v=\"{version}\"}}", World.Time.Now, 20 * World.Time.Elapsed.TotalSeconds);
            }
            Serve();
        });
    }

    private sealed class Usage(Desk desk) : IWorkloadUsage
    {
        public Task<ImmutableArray<InstanceUsage>> MeasureAsync(Catalog.ServiceKey service, CancellationToken cancellation)
            => Task.FromResult<ImmutableArray<InstanceUsage>>([.. desk.World.Workloads.Observe(service).Select(one => new InstanceUsage(
                one.Id, Duration.FromSeconds(desk.World.Time.Elapsed.TotalSeconds / 10), (one.Release == EngineWorld.Release("1.1").Digest ? 90L : 50L) << 20, null))]);
    }

    private sealed class Silent : IMetricsSource
    {
        public async Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
            return [];
        }

        public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation) => AskAsync(expressions, cancellation);

        public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation) => throw new NotSupportedException();
    }
}
