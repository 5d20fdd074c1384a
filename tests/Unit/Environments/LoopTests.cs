using Fairway.Access;
using Fairway.Catalog;
using Fairway.Engine;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Environments;

/// <summary>The real loops of promotions and environments for a time, beside the real engine, killed at moments that a seed draws.</summary>
public sealed class LoopTests
{
    private static readonly RolloutPolicy Quick = new() { Strategy = Strategy.BlueGreen, Guard = Duration.FromSeconds(5) };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_release_soaks_and_goes_on_by_itself_once_however_often_the_control_plane_is_killed(int seed)
    {
        var house = new House(seed, [new("staging"), new("production") { After = ["staging"], Promotion = PromotionMode.Auto, Gates = new() { Soak = Duration.FromMinutes(10) } }]);
        house.Deploy("staging", "1.0");
        house.Until(() => house.Serves("production") == "1.0", TimeSpan.FromHours(2));
        Assert.Single(house.Begun("production"), started => started.Release.Version == "1.0");
        var (completed, begun) = (house.Ended("staging").At, house.Begun("production")[0].At);
        Assert.True(begun - completed >= Duration.FromMinutes(10), $"it soaked for {begun - completed}");
        Assert.Equal("fairway", house.Begun("production")[0].By.Name);
    }

    [Fact]
    public void An_error_of_our_own_is_told_and_ends_no_loop()
    {
        var house = new House(0, [new("staging"), new("production") { After = ["staging"], Promotion = PromotionMode.Auto }]) { Looking = () => throw new InvalidOperationException("what a mess") };
        house.Deploy("staging", "1.0");
        house.Until(() => house.Problem is { Message: "shop to production: InvalidOperationException: what a mess; tried again" }, TimeSpan.FromMinutes(5));
        house.Run(TimeSpan.FromMinutes(5));
        Assert.Null(house.Serves("production"));
        house.Looking = null;
        house.Until(() => house.Serves("production") == "1.0", TimeSpan.FromMinutes(5));
        Assert.Null(house.Problem);
    }

    [Fact]
    public void A_rollback_is_not_undone()
    {
        var house = new House(7, [new("staging"), new("production") { After = ["staging"], Promotion = PromotionMode.Auto }]);
        foreach (var version in (string[])["1.0", "1.1"])
        {
            house.Deploy("staging", version);
            house.Until(() => house.Serves("production") == version, TimeSpan.FromHours(1));
        }
        house.World.Command(RolloutCommand.Rollback, new("production", "shop"));
        house.Until(() => house.Serves("production") == "1.0", TimeSpan.FromHours(1));
        house.Run(TimeSpan.FromHours(3));
        Assert.Equal(("1.0", 3), (house.Serves("production"), house.Begun("production").Length));
    }

    [Fact]
    public void A_release_that_was_taken_back_where_it_came_from_is_not_promoted()
    {
        var house = new House(8, [new("staging"), new("production") { After = ["staging"], Promotion = PromotionMode.Auto, Gates = new() { Soak = Duration.FromMinutes(30) } }]);
        house.Deploy("staging", "1.0");
        house.Until(() => house.Serves("production") == "1.0", TimeSpan.FromHours(2));
        house.Deploy("staging", "1.1");
        house.Until(() => house.Serves("staging") == "1.1", TimeSpan.FromHours(1));
        house.World.Command(RolloutCommand.Rollback, new("staging", "shop"));
        house.Run(TimeSpan.FromHours(3));
        Assert.Equal(("1.0", "1.0", 1), (house.Serves("staging"), house.Serves("production"), house.Begun("production").Length));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void An_environment_for_a_time_leaves_nothing_behind_however_often_the_control_plane_is_killed(int seed)
    {
        var house = new House(seed, [new("staging")]);
        var made = house.World.Scheduler.Run(() => house.Ephemeral.CreateAsync(Gates.Given.Standing("anna", "deployer"), "pr-1", "staging", Duration.FromMinutes(20), null, default));
        Assert.Null(made.Refused);
        house.Deploy("pr-1", "1.0");
        house.Until(() => house.Serves("pr-1") == "1.0", TimeSpan.FromMinutes(15));
        Assert.NotEmpty(house.World.Workloads.Observe(new("pr-1", "shop")));
        house.Until(() => house.Ephemeral.All.IsEmpty, TimeSpan.FromHours(1));
        Assert.Empty(house.World.Workloads.Observe(new("pr-1", "shop")));
        Assert.Empty(house.World.Traffic.RoutesOf(new("pr-1", "shop"))?.Arms ?? []);
        house.Run(TimeSpan.FromMinutes(10));
        Assert.Empty(house.World.Workloads.Observe(new("pr-1", "shop")));
    }

    [Fact]
    public void A_held_deploy_goes_on_when_another_person_approves_it_and_survives_a_kill_meanwhile()
    {
        var house = new House(0, [new("production") { Gates = new() { Approvals = [new(1, Role.Approver)] } }]);
        var key = new ServiceKey("production", "shop");
        Assert.True(house.Deploy("production", "1.0").Queued);
        house.Run(TimeSpan.FromMinutes(5));
        house.Kill();
        house.Run(TimeSpan.FromMinutes(5));
        var request = GateQuestions.Of(key, EngineWorld.Release("1.0"), new("anna"), GateMoment.DryRun);
        Assert.NotNull(house.World.Scheduler.Run(() => house.Desk.ApproveAsync(Gates.Given.Standing("anna", "admin"), request, null, default)).Refused);
        Assert.Empty(house.Begun("production"));
        Assert.Null(house.World.Scheduler.Run(() => house.Desk.ApproveAsync(Gates.Given.Standing("ben", "approver"), request, "fine", default)).Refused);
        house.Until(() => house.Serves("production") == "1.0", TimeSpan.FromMinutes(10));
        Assert.Equal("anna", house.Begun("production").Single().By.Name);
    }

    /// <summary>The engine's world with gates, promotions and environments, and a hand that kills it.</summary>
    private sealed class House
    {
        private readonly Random _draw;
        private readonly ImmutableArray<EnvironmentSettings> _settings;
        private readonly bool _kills;
        private CancellationTokenSource _life = new();
        private PromotionEngine _promotions = null!;

        public House(int seed, ImmutableArray<EnvironmentSettings> settings)
        {
            (_draw, _settings, _kills) = (new(seed), settings, seed > 0);
            Begin();
        }

        public EngineWorld World { get; } = new();

        /// <summary>Called at every look of the promotions; may throw.</summary>
        public Action? Looking { get; set; }

        public Fault? Problem => _promotions.Problem;

        public EphemeralEnvironments Ephemeral { get; private set; } = null!;

        public GateDesk Desk { get; private set; } = null!;

        public string? Serves(string environment) => World.Engine.Find(new(environment, "shop"))?.Current.State.StableRelease?.Version;

        public CommandReply Deploy(string environment, string version) => World.Deploy(version, Quick, new(environment, "shop"));

        public ImmutableArray<RolloutEvent.RolloutStarted> Begun(string environment) => [.. Events(environment).OfType<RolloutEvent.RolloutStarted>()];

        public RolloutEvent.RolloutEnded Ended(string environment) => Events(environment).OfType<RolloutEvent.RolloutEnded>().Last();

        /// <summary>Runs until it holds, killed now and then.</summary>
        public void Until(Func<bool> holds, TimeSpan within)
        {
            for (var left = within; left > TimeSpan.Zero && !holds();)
            {
                var span = TimeSpan.FromSeconds(_kills ? _draw.Next(1, 240) : 30);
                World.Scheduler.RunFor(span);
                left -= span;
                if (_kills && !holds()) Kill();
            }
            Assert.True(holds());
        }

        public void Run(TimeSpan span) => World.Scheduler.RunFor(span);

        public void Kill()
        {
            _life.Cancel();
            World.Scheduler.Run(async () => await World.Engine.DisposeAsync());
            Begin();
        }

        private IEnumerable<RolloutEvent> Events(string environment)
            => World.Scheduler.Run(() => World.Ledger.ReadStreamAsync(new ServiceKey(environment, "shop").Stream, 0, 1_000, default)).Select(RolloutEventCodec.Read).OfType<RolloutEvent>();

        private void Begin()
        {
            _life = new();
            var clock = new EngineClock(World.Time);
            GateKeeper keeper = null!;
            World.Ports = World.Ports with { Gate = (request, cancellation) => keeper.AskAsync(request, cancellation) };
            World.Started();
            Func<ImmutableArray<ServiceSpec>> lasting = () => [.. _settings.Select(one => EngineWorld.Service(new(one.Name, "shop"), Quick))];
            Ephemeral = new(World.Ledger, World.Engine, () => _settings, lasting, clock);
            keeper = new(World.Ledger, World.Artifacts, clock, new()
            {
                Environment = name => _settings.FirstOrDefault(one => one.Name == name), Environments = () => [.. _settings.Select(one => one.Name)], Freezes = () => [],
                Snapshot = key => World.Engine.Find(key)?.Current,
            });
            Desk = new(World.Ledger, keeper, clock, key => World.Engine.Find(key)?.Wake(), World.Engine.WakeAll);
            _promotions = new(World.Engine, keeper, new(World.Ledger, World.Artifacts, clock), World.Ledger, new()
            {
                Environments = () => _settings, Services = () => ["shop"],
                Service = key =>
                {
                    Looking?.Invoke();
                    return lasting().FirstOrDefault(spec => spec.Key == key);
                },
            }, clock);
            World.Scheduler.Run(() => Ephemeral.LoadAsync(default));
            _ = World.Scheduler.Start(() => UntilKilled(_promotions.RunAsync, _life.Token));
            _ = World.Scheduler.Start(() => UntilKilled(Ephemeral.RunAsync, _life.Token));
        }

        private static async Task<bool> UntilKilled(Func<CancellationToken, Task> run, CancellationToken life)
        {
            try
            {
                await run(life);
            }
            catch (OperationCanceledException)
            {
                // Killed.
            }
            return true;
        }
    }
}
