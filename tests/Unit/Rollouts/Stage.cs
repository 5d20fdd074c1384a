using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// A service on a stage: the real decider, a clock moved by hand, and a world that does at once what it is asked, unless told otherwise. Every decision is checked
/// for having a whole reason and for being the fold of its events as they are read back from JSON.
/// </summary>
internal sealed class Stage
{
    private readonly List<InstanceView> _instances = [];
    private readonly Dictionary<string, (string Release, long Good, long Bad, long InFlight)> _counted = [];
    private readonly Dictionary<string, ImmutableSortedDictionary<int, long>> _timed = [];
    private ServiceState _reread;
    private int _port = 5000;

    public Stage(ServiceSpec service)
    {
        Service = service;
        State = _reread = new() { Key = service.Key };
    }

    public static Actor Anna { get; } = new("anna", "because");

    public ServiceSpec Service { get; set; }

    public ServiceState State { get; private set; }

    public Instant Now { get; set; } = Instant.FromUtc(2026, 1, 1, 12, 0);

    public bool EdgeAnswers { get; set; } = true;

    public string Epoch { get; set; } = "one";

    public long Generation { get; set; }

    /// <summary>Whether new instances are ready when next looked at.</summary>
    public bool StartsWell { get; set; } = true;

    /// <summary>Whether the edge does what it is asked.</summary>
    public bool EdgeObeys { get; set; } = true;

    /// <summary>Whether the runtime does what it is asked.</summary>
    public bool RuntimeObeys { get; set; } = true;

    /// <summary>How hooks end; null leaves them running.</summary>
    public Func<HookKind, EffectOutcome?> HookEnds { get; set; } = _ => new(null, ExitCode: 0);

    /// <summary>How an attempt of a check ends; null leaves it running.</summary>
    public Func<RolloutEffect.Verify, EffectOutcome?> Checks { get; set; } = _ => Given.Found(passed: true);

    /// <summary>How a stage of migrations ends; null leaves it running.</summary>
    public Func<RolloutEffect.Migrate, EffectOutcome?> Migrates { get; set; } = _ => EffectOutcome.Done;

    /// <summary>How preparing ends.</summary>
    public Func<Release, Fault?> Prepares { get; set; } = _ => null;

    public List<RolloutEvent> Ledger { get; } = [];

    public List<RolloutEffect> Sent { get; } = [];

    public Decision Last { get; private set; } = null!;

    public Rollout Rollout => State.Rollout!;

    public IReadOnlyList<InstanceView> Instances => _instances;

    /// <summary>The routes last asked for.</summary>
    public ServiceRoutes Routes => State.Routes!;

    /// <summary>What the metrics source last said.</summary>
    public MetricsView? Metrics { get; set; }

    public WorldView World => new([.. _instances], EdgeAnswers ? new(Epoch, Generation, [.. _counted.Select(row => Counters(row.Key, row.Value))]) : null)
    {
        Metrics = Metrics,
        Gates = Gate is null ? null : new([.. Asked().Select(asked => Says(asked.Release, asked.Moment))]),
    };

    /// <summary>What the gate says to everything; null is no gate.</summary>
    public GateAnswer? Gate { get; set; }

    /// <summary>Whether the gate that refuses opens again by itself.</summary>
    public Instant? GateOpens { get; set; }

    private GateVerdict? GateNow(string version) => Gate is null ? null : Says(Release(version), GateMoment.Request);

    private GateVerdict Says(Release release, GateMoment moment) => new(State.Key, release.Digest, release.Version, moment, Gate!.Value,
        [new("approvals", Gate.Value, Why.Because(Gate == GateAnswer.Allow ? "approved" : "approvals-missing", "0 of 1 approval")) { Until = GateOpens }]);

    private IEnumerable<(Release Release, GateMoment Moment)> Asked()
    {
        if (State.Queued is { } queued) yield return (queued.Release, GateMoment.Queue);
        if (State.Active is { } active) yield return (active.Release, GateMoment.Traffic);
    }

    public static Release Release(string version) => new($"sha256:{version}", "shop", version, $"sha256:files-{version}", new() { Command = ["run"] }, Instant.FromUtc(2026, 1, 1, 0, 0));

    public Decision Do(RolloutObservation observation)
    {
        Last = RolloutDecider.Decide(State, observation, Now);
        Assert.DoesNotContain("{", Last.Why.Sentence, StringComparison.Ordinal);
        Assert.NotEmpty(Last.Why.Sentence);
        foreach (var happened in Last.Events)
        {
            var record = RolloutEventCodec.Write(happened, RolloutEventCodec.ActorOf(happened), null);
            _reread = RolloutEvolver.Apply(_reread, EventTypes<RolloutEvent>.Read(record.Type, CanonicalJson.Canonicalize(record.Data))!);
            Ledger.Add(happened);
        }
        Assert.Equal(FairwayJson.Write(Last.Next), FairwayJson.Write(_reread));
        State = Last.Next;
        return Last;
    }

    public Decision Look() => Do(new RolloutObservation.Looked(World));

    public Decision Deploy(string version, Strategy? strategy = null, bool automatic = false, bool force = false)
        => Do(new RolloutObservation.DeployRequested(Release(version), Service, strategy, Anna, automatic, force) { Gate = GateNow(version) });

    public Decision Say(RolloutCommand command, string? target = null) => Do(new RolloutObservation.Commanded(command, Anna, target));

    /// <summary>The world does what is in the outbox and answers.</summary>
    public void Obey()
    {
        foreach (var effect in State.Outbox.Values)
        {
            EffectOutcome? outcome;
            switch (effect)
            {
                case RolloutEffect.SetInstances set when RuntimeObeys:
                    Run(set);
                    outcome = EffectOutcome.Done;
                    break;
                case RolloutEffect.SetRoutes routes when EdgeObeys:
                    Generation = routes.Id;
                    outcome = EffectOutcome.Done;
                    break;
                case RolloutEffect.PrepareRelease prepare:
                    outcome = new(Prepares(prepare.Release));
                    break;
                case RolloutEffect.Migrate migrate:
                    outcome = Migrates(migrate);
                    break;
                case RolloutEffect.RunHook hook:
                    outcome = HookEnds(hook.Hook);
                    break;
                case RolloutEffect.Verify verify:
                    outcome = Checks(verify);
                    break;
                default:
                    continue;
            }
            Sent.Add(effect);
            if (outcome is not null) Do(new RolloutObservation.EffectSettled(effect.Id, outcome));
        }
    }

    /// <summary>Looks and obeys until nothing more happens without time passing.</summary>
    public Stage Settle()
    {
        for (var turns = 0; turns < 50; turns++)
        {
            var version = State.Version;
            Look();
            Obey();
            if (version == State.Version) return this;
        }
        throw new InvalidOperationException($"does not settle: {Last.Why}");
    }

    /// <summary>Time passes, second by second.</summary>
    public Stage Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Now += Duration.FromSeconds(1);
            Settle();
        }
        return this;
    }

    /// <summary>Time passes until the rollout has ended and what it left is drained.</summary>
    public Stage Finish()
    {
        for (var i = 0; i < 3_600 && State.Active is not null; i++) Pass(1);
        Assert.Null(State.Active);
        return this;
    }

    public void Change(SlotName slot, Func<InstanceView, InstanceView> change)
    {
        for (var i = 0; i < _instances.Count; i++)
            if (_instances[i].Slot == slot) _instances[i] = change(_instances[i]);
    }

    public void ChangeOne(SlotName slot, int ordinal, Func<InstanceView, InstanceView> change)
        => Change(slot, one => one.Ordinal == ordinal ? change(one) : one);

    public void Lose(SlotName slot) => _instances.RemoveAll(one => one.Slot == slot);

    /// <summary>The edge counts requests of a slot's first instance, or of the one at a place.</summary>
    public void Count(SlotName slot, long good, long bad = 0, int? ordinal = null)
    {
        var instance = _instances.First(one => one.Slot == slot && (ordinal is null || one.Ordinal == ordinal));
        var before = _counted.GetValueOrDefault(instance.Id, (instance.Release, 0, 0, 0));
        _counted[instance.Id] = before with { Good = before.Good + good, Bad = before.Bad + bad };
    }

    /// <summary>The edge times exchanges of a slot's first instance.</summary>
    public void Time(SlotName slot, params (long Microseconds, long Count)[] latencies)
    {
        var instance = _instances.First(one => one.Slot == slot).Id;
        var timed = _timed.GetValueOrDefault(instance, ImmutableSortedDictionary<int, long>.Empty);
        foreach (var (microseconds, count) in latencies)
            timed = timed.SetItem(LatencyBuckets.IndexOf(microseconds), timed.GetValueOrDefault(LatencyBuckets.IndexOf(microseconds)) + count);
        _timed[instance] = timed;
    }

    /// <summary>Requests that a slot's instances hold open.</summary>
    public void Hold(SlotName slot, long inFlight)
    {
        foreach (var instance in _instances.Where(one => one.Slot == slot))
            _counted[instance.Id] = _counted.GetValueOrDefault(instance.Id, (instance.Release, 0, 0, 0)) with { InFlight = inFlight };
    }

    public void EdgeRestarts(bool keepsTable)
    {
        Epoch += "'";
        _counted.Clear();
        _timed.Clear();
        if (!keepsTable) Generation = 0;
    }

    public IEnumerable<T> Happened<T>() where T : RolloutEvent => Ledger.OfType<T>();

    private void Run(RolloutEffect.SetInstances set)
    {
        _instances.RemoveAll(one => one.Slot == set.Slot && (one.Release != set.Release.Digest || one.Ordinal >= set.Count));
        for (var ordinal = 0; ordinal < set.Count; ordinal++)
            if (!_instances.Exists(one => one.Slot == set.Slot && one.Ordinal == ordinal))
                _instances.Add(new($"shop-{set.Slot}-{ordinal}-{set.Id}", set.Slot, ordinal, set.Release.Digest, StartsWell ? InstancePhase.Ready : InstancePhase.Starting,
                    "127.0.0.1", _port++, 0, Now, 1, null, null, null));
    }

    private InstanceCounters Counters(string instance, (string Release, long Good, long Bad, long InFlight) row) => new()
    {
        Environment = "test", Service = "shop", Release = row.Release, Version = row.Release, Instance = instance, Requests = [0, 0, row.Good, 0, 0, row.Bad], InFlight = row.InFlight,
        Latency = _timed.GetValueOrDefault(instance, ImmutableSortedDictionary<int, long>.Empty),
    };
}

/// <summary>Beginnings of stories.</summary>
internal static class Given
{
    /// <summary>A service that nothing was deployed of.</summary>
    public static Stage Service(
        Strategy strategy = Strategy.Canary, int instances = 1, int[]? weights = null, int? pause = 60, int guard = 60, int maxSurge = 1, int maxUnavailable = 0,
        Func<RolloutPolicy, RolloutPolicy>? policy = null)
    {
        var rollout = new RolloutPolicy
        {
            Strategy = strategy, Instances = instances, Guard = Duration.FromSeconds(guard), MaxSurge = maxSurge, MaxUnavailable = maxUnavailable,
            Steps = [.. (weights ?? [10, 50, 100]).Select(weight => new CanaryStep(Weight.FromPercent(weight), weight == 100 ? Duration.Zero : pause is { } s ? Duration.FromSeconds(s) : null))],
        };
        return new(new()
        {
            Key = new("test", "shop"), Workload = new() { Command = ["run"] }, Routes = [new(null, "/", ImmutableSortedDictionary<string, string>.Empty)],
            Rollout = policy?.Invoke(rollout) ?? rollout,
        });
    }

    /// <summary>A service with a release that serves and nothing else going on.</summary>
    public static Stage Serving(this Stage stage, string version)
    {
        stage.Deploy(version);
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
        for (var i = 0; i < 3_600 && stage.State[stage.State.Stable!.Value.Other()].Instances > 0; i++) stage.Pass(10);
        return stage;
    }

    /// <summary>A rollout of a release, as far as it goes without time passing.</summary>
    public static Stage RollingOut(this Stage stage, string version, Strategy? strategy = null)
    {
        stage.Deploy(version, strategy);
        return stage.Settle();
    }

    /// <summary>A rollout of 1.1 over 1.0.</summary>
    public static Stage Rollout(
        Strategy strategy = Strategy.Canary, int instances = 1, int[]? weights = null, int? pause = 60, int guard = 60, int maxSurge = 1, int maxUnavailable = 0,
        Func<RolloutPolicy, RolloutPolicy>? policy = null)
        => Service(strategy, instances, weights, pause, guard, maxSurge, maxUnavailable, policy).Serving("1.0").RollingOut("1.1");

    /// <summary>The share that the routes last asked for give to a version.</summary>
    public static decimal Share(this Stage stage, string version)
    {
        foreach (var arm in stage.Routes.Arms)
            if (arm.Version == version) return arm.Weight.Percent;
        return 0;
    }

    /// <summary>What an attempt of a check found.</summary>
    public static EffectOutcome Found(bool passed, string got = "status 503") => passed ? EffectOutcome.Done with { Check = new(true, "status 2xx", "status 200", 12) }
        : new(new Fault(FaultKind.Failed, Blame.Release, Retryable: false, "not as declared")) { Check = new(false, "status 2xx", got, 12) };

    public static Fault Fault(Blame who = Blame.Release, bool retryable = false, FaultKind kind = FaultKind.Failed) => new(kind, who, retryable, "it did not work");
}
