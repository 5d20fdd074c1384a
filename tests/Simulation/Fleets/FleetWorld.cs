using System.Globalization;
using Fairway.Access;
using Fairway.Adapters.InMemory;
using Fairway.Artifacts;
using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Groups;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>
/// One history of a fleet by the real loops of rollouts, groups, promotions and environments, on one thread and a virtual clock. The control plane is killed now
/// and then, before and after appends and effects, and another begins on what the ledger holds.
/// </summary>
internal sealed class FleetWorld
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(6);
    private static readonly ImmutableArray<EnvironmentSettings> Settings =
        [new("staging"), new("production") { After = ["staging"], Promotion = PromotionMode.Auto, Gates = new() { Soak = FleetPlan.Soak } }];

    private readonly FleetPlan _plan;
    private readonly FleetMutant _mutant;
    private readonly List<string>? _trace;
    private readonly TurnScheduler _scheduler;
    private readonly Prng _network;
    private readonly Prng _users;
    private CancellationTokenSource _loops = new();
    private RolloutEngine _engine = null!;
    private GroupEngine _groups = null!;
    private EphemeralEnvironments _ephemeral = null!;
    private Life _life = null!;
    private int _lives;
    private bool _isUp;
    private bool _isHealed;
    private Exception? _broken;

    public FleetWorld(FleetPlan plan, FleetMutant? mutant = null, bool traces = false)
    {
        (_plan, _mutant, _trace) = (plan, mutant ?? FleetMutant.None, traces ? [] : null);
        Rules = new();
        (_network, _users) = (Prng.For(plan.Seed, "network"), Prng.For(plan.Seed, "users"));
        _scheduler = new(Time);
        Ledger = new([new ServicesProjection(), new RolloutsProjection(), new QuarantinesProjection(), new ReleasesProjection(), new AttestationsProjection(), new GatesProjection(),
            new FreezesProjection(), new ShippedProjection(), new EnvironmentsProjection(), new GroupsProjection(), new BaselinesProjection()]);
        Workloads = new(Time) { Programs = plan.ProgramOf };
        Hooks = new(Time);
        foreach (var service in plan.Group.Services.Append(FleetPlan.Solo))
            foreach (var version in (string[])["1.0", "1.1", "1.2"]) Artifacts.Add(plan.Release(service, version).Artifact);
    }

    public VirtualTime Time { get; } = new();

    public InMemoryLedger Ledger { get; }

    public InMemoryWorkloads Workloads { get; }

    public InMemoryTraffic Traffic { get; } = new();

    public InMemoryArtifacts Artifacts { get; } = new();

    public InMemoryHooks Hooks { get; }

    public FleetRules Rules { get; }

    public IReadOnlyList<string> Trace => _trace ?? [];

    /// <summary>Runs the history to its end; throws when a rule breaks.</summary>
    public void Run()
    {
        Raise();
        Serve();
        foreach (var service in _plan.Group.Services.Append(FleetPlan.Solo))
            if (!_plan.New.Contains(service)) Time.After(TimeSpan.FromSeconds(1), () => Deploy(service == FleetPlan.Solo ? "staging" : "production", service, "1.0"));
        foreach (var (at, what) in _plan.Inputs) Time.After(at, () => Happen(what));
        Until(() => Time.Elapsed >= _plan.Horizon, _plan.Horizon + TimeSpan.FromMinutes(1));
        Heal();
        Until(IsAtRest, Limit);
        var last = Ledger.Records.Length;
        Until(() => false, TimeSpan.FromMinutes(8));
        Rules.AtEnd(key => Workloads.Observe(key).Length, _ephemeral.All);
        BrokenRuleException.Check(_scheduler.Strays == 0, "one-thread", $"{_scheduler.Strays} tasks left the scheduler");
        if (_trace is not null) Note("end", $"{last} records, {_lives} lives");
    }

    /// <summary>Records are stored.</summary>
    public void Stored(string stream, ImmutableArray<LedgerEvent> records)
    {
        if (_trace is not null)
            foreach (var record in records) Note(stream, record.Type + " " + (GroupEvent.Read(record)?.Why.Sentence ?? ""));
        try
        {
            Rules.Stored(stream, records);
        }
        catch (BrokenRuleException broken)
        {
            _broken ??= broken;
        }
    }

    private void Note(string who, string what) => _trace?.Add(string.Create(CultureInfo.InvariantCulture, $"{Time.Elapsed,-16:d\\.hh\\:mm\\:ss\\.fff} {who,-22} {what}"));

    private void Until(Func<bool> holds, TimeSpan within)
    {
        var end = Time.Elapsed + within;
        while (true)
        {
            _scheduler.Drain();
            if (_broken is not null) throw _broken;
            if (holds()) return;
            if (Time.Step(end)) continue;
            _scheduler.Drain();
            break;
        }
    }

    private bool IsAtRest() => _isUp && Rules.Run is not { IsActive: true } && _ephemeral.All.IsEmpty
        && _plan.Group.Services.Append(FleetPlan.Solo).All(service => Rules.Find("production", service) is not { } state || state is { Active: null, Queued: null });

    // The control plane begins, on what the ledger holds.
    private void Raise()
    {
        Note("-", "control plane begins");
        _loops = new();
        _life = new(Time, ++_lives, Pass);
        var clock = new EngineClock(Time);
        GateKeeper keeper = null!;
        AskGate gate = async (request, cancellation) => Rule(request) ?? (_plan.Group.Services.Contains(request.Key.Service)
            ? new(request.Key, request.Release, request.Version, request.Moment, GateAnswer.Allow, []) : await keeper.AskAsync(request, cancellation));
        var ports = FleetWires.Of(this, _life) with { Gate = gate };
        var engine = _engine = new(ports, new() { ActiveLook = Duration.FromSeconds(2), IdleLook = Duration.FromSeconds(20) }, clock);
        var lasting = Settings.SelectMany(one => _plan.Group.Services.Append(FleetPlan.Solo).Select(service => _plan.Spec(new(one.Name, service)))).ToImmutableArray();
        var ephemeral = _ephemeral = new(ports.Ledger, engine, () => Settings, () => lasting, clock);
        keeper = new(ports.Ledger, Artifacts, clock, new()
        {
            Environment = name => Settings.FirstOrDefault(one => one.Name == name), Environments = () => [.. Settings.Select(one => one.Name)], Freezes = () => [],
            Snapshot = key => engine.Find(key)?.Current,
        });
        var promotions = new PromotionEngine(engine, keeper, new(ports.Ledger, Artifacts, clock), ports.Ledger, new()
        {
            Environments = () => Settings, Service = key => lasting.FirstOrDefault(spec => spec.Key == key), Services = () => [FleetPlan.Solo],
        }, clock);
        var groups = _groups = new(ports.Ledger, engine, gate, key => lasting.FirstOrDefault(spec => spec.Key == key), (release, _) => release, clock) { Decide = _mutant.Decide };
        var baselines = new BaselineDesk(ports.Ledger, engine, null, null, clock);
        var ends = _loops.Token;
        _scheduler.Start(async () =>
        {
            await engine.StartAsync(CancellationToken.None);
            await ephemeral.LoadAsync(CancellationToken.None);
            await groups.LoadAsync(CancellationToken.None);
            await baselines.LoadAsync(CancellationToken.None);
            if (ends.IsCancellationRequested) return true;
            _isUp = true;
            _ = _scheduler.Start(() => UntilKilled(promotions.RunAsync, ends));
            _ = _scheduler.Start(() => UntilKilled(ephemeral.RunAsync, ends));
            _ = _scheduler.Start(() => UntilKilled(groups.RunAsync, ends));
            _ = _scheduler.Start(() => UntilKilled(baselines.RunAsync, ends));
            return true;
        });
    }

    private GateVerdict? Rule(GateRequest request)
    {
        if (_plan.Held is { } held && held.Service == request.Key.Service && request.Version == "1.1" && Time.Elapsed < held.Until) return Say(request, GateAnswer.Hold);
        return _plan.Denied is { } denied && denied.Service == request.Key.Service && request.Version == "1.1" && Time.Elapsed >= denied.From && !_isHealed ? Say(request, GateAnswer.Deny) : null;
    }

    private static GateVerdict Say(GateRequest request, GateAnswer answer)
        => new(request.Key, request.Release, request.Version, request.Moment, answer, [new("drawn", answer, Why.Because("drawn", "the gate says {answer}", ("answer", answer)))]);

    private void Pass(Life life, string point)
    {
        if (!_isUp || _isHealed || !_network.Chance(_plan.KillAtPoint)) return;
        Note("-", "killed " + point);
        Kill(_network.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(2)));
    }

    private void Kill(TimeSpan downFor)
    {
        if (!_isUp) return;
        _isUp = false;
        _life.End();
        var (engine, loops) = (_engine, _loops);
        // Not within the call of the one that is killed.
        _scheduler.Start(async () =>
        {
            End(loops);
            await engine.DisposeAsync();
            return true;
        });
        Time.After(downFor, Raise);
    }

    // Its callbacks run here, on the one thread, and not beside it.
    private static void End(CancellationTokenSource loops) => loops.Cancel();

    // What waits for a person finds one, and nothing fails any more.
    private void Heal()
    {
        Note("-", "faults stop");
        _isHealed = true;
        Traffic.IsReachable = true;
        Attend();
    }

    private void Attend() => Time.After(TimeSpan.FromMinutes(2), () =>
    {
        foreach (var service in _plan.Group.Services)
            if (Rules.Find("production", service)?.Active is { Paused: true }) Command(service, RolloutCommand.Resume);
        Attend();
    });

    private void Happen(FleetInput what)
    {
        Note("-", what.ToString());
        switch (what)
        {
            case FleetInput.Ship:
                Ask(() => _groups.ShipAsync(new("shop", "production", null, [.. _plan.Group.Services.Select(Member)], new("anna")), CancellationToken.None));
                break;
            case FleetInput.Word word:
                Ask(() => word.Abort ? _groups.AbortAsync("production", "shop", new("anna"), CancellationToken.None) : _groups.RollBackAsync("production", "shop", new("anna"), CancellationToken.None));
                break;
            case FleetInput.Command command:
                Command(command.Service, command.What);
                break;
            case FleetInput.Deploy deploy:
                Deploy(deploy.Environment, deploy.Service, deploy.Version);
                break;
            case FleetInput.Kill kill:
                if (Workloads.Observe(new("production", kill.Service)) is [var first, ..]) Workloads.Kill(new("production", kill.Service), first.Id);
                break;
            case FleetInput.EdgeSilent silent:
                Traffic.IsReachable = false;
                Time.After(silent.For, () => Traffic.IsReachable = true);
                break;
            case FleetInput.Crash crash:
                Kill(crash.DownFor);
                break;
            case FleetInput.Branch branch:
                var anna = new Standing(new("anna", "anna", PrincipalKind.Session, [new(Role.Deployer, null)]), []);
                Ask(() => _ephemeral.CreateAsync(anna, "branch", "staging", branch.Life, null, CancellationToken.None));
                Time.After(TimeSpan.FromSeconds(20), () => Deploy("branch", FleetPlan.Solo, "1.0"));
                break;
            default:
                throw new System.Diagnostics.UnreachableException(what.GetType().Name);
        }
    }

    private GroupMember Member(string service) => new(service, _plan.Release(service, "1.1"), Rules.Find("production", service)?.StableRelease?.Version, _plan.Group.Before(service));

    private void Command(string service, RolloutCommand what)
        => Ask(() => _engine.AskAsync(new("production", service), new RolloutObservation.Commanded(what, new("anna")), CancellationToken.None));

    private void Deploy(string environment, string service, string version)
    {
        if (environment == "branch" && (!_isUp || _ephemeral.All.All(one => one.EndingSince is not null))) return;
        Ask(() => _engine.AskAsync(new(environment, service), new RolloutObservation.DeployRequested(_plan.Release(service, version), _plan.Spec(new(environment, service)), null, new("anna"),
            Automatic: false), CancellationToken.None));
    }

    // A person who finds nobody there tries again; one whose answer is lost does not.
    private void Ask<T>(Func<Task<T>> ask)
    {
        if (!_isUp)
        {
            Time.After(TimeSpan.FromSeconds(5), () => Ask(ask));
            return;
        }
        _scheduler.Start(async () =>
        {
            try
            {
                var answer = await ask();
                Note("answer", answer is GroupReply group ? $"{group.Refused} {group.Why}" : answer is CommandReply reply ? $"{reply.Refused} {reply.Why}" : "");
            }
            catch (OperationCanceledException)
            {
                // Killed meanwhile.
            }
            return true;
        });
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

    // Users: a few requests to each arm by its weight.
    private void Serve() => Time.After(TimeSpan.FromSeconds(2), () =>
    {
        foreach (var key in _plan.Group.Services.Select(service => new ServiceKey("production", service)).Append(new("staging", FleetPlan.Solo)).Append(new("production", FleetPlan.Solo)))
            foreach (var arm in Traffic.RoutesOf(key)?.Arms ?? [])
            {
                if (arm.Targets.FirstOrDefault(target => target.State == TargetState.Active) is not { } target || !_users.Chance(arm.Weight.BasisPoints / 5_000.0)) continue;
                var isBad = _users.Chance(_plan.ProgramOf(_plan.Release(key.Service, arm.Version)).ErrorRatio);
                Traffic.Count(key, arm, target.Instance, isBad ? 0 : 6, isBad ? 6 : 0);
            }
        Serve();
    });
}
