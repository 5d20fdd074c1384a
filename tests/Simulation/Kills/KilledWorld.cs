using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;
using static Fairway.Simulation.BrokenRuleException;

namespace Fairway.Simulation;

/// <summary>
/// One telling of a story by the real engine, on one thread and a virtual clock. The control plane is killed at given points, and another
/// begins on what the ledger holds; runtime, edge, users and hooks' outcomes outlive it.
/// </summary>
internal sealed class KilledWorld
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);
    private static readonly EngineSettings Settings = new() { ActiveLook = Duration.FromSeconds(1) };

    private readonly Story _story;
    private readonly Kills _kills;
    private readonly Memory _memory;
    private InMemoryLedger _opened;
    private readonly TurnScheduler _scheduler;
    private readonly List<string> _points = [];
    private readonly HashSet<(string Rollout, HookKind Hook, long Check)> _hooksEnded = [];
    private RolloutEngine _engine = null!;
    private Life _life = null!;
    private Task<bool>? _starting;
    private Task<CommandReply>? _asking;
    private int _lives;
    private int _told;
    private bool _isUnanswered;
    private Decision? _decision;
    private RolloutObservation? _observation;
    private ImmutableArray<InstanceView> _instances = [];
    private EdgeView? _edge;
    private TimeSpan _edgeReadAt;
    private Exception? _broken;

    public KilledWorld(Story story, Kills kills, Memory? memory = null, Mutant? mutant = null, bool traces = false)
    {
        (_story, _kills, _memory) = (story, kills, memory ?? new());
        Around = new(story.Scenario, mutant ?? Mutant.None, traces);
        _scheduler = new(Around.Time);
        Ledger = new([]);
        _opened = _memory.Open([]);
        State = new() { Key = Service.Key };
        Around.Hooks.Scripts = story.Script;
        Probes = new(Around.Time)
        {
            Scripts = asked =>
            {
                var answer = story.Answer(asked);
                foreach (var effect in State.Outbox.Values.OfType<RolloutEffect.Verify>())
                    if (effect.Check.Http is not null && effect.Addresses.IsEmpty == (asked.Address == Story.Edge)) Given(effect, answer.Reply!.Status == 200);
                return answer;
            },
        };
        Around.Hooks.OnEnd = (_, hook) => Keep(() =>
        {
            Check(_hooksEnded.Add((hook.RolloutId, hook.Hook, hook.Hook == HookKind.Verify ? hook.Id : 0)), "hook-once", $"{hook.Hook} of {hook.RolloutId} ran to its end again");
            if (State.Outbox.GetValueOrDefault(hook.Id) is RolloutEffect.Verify check) Given(check, story.Fails != hook.Hook);
        });
        // What throws inside a port is the port's fault to the engine: kept here, it ends the run.
        Around.Workloads.Stopping = (key, instance, effect) => Keep(() => Around.Safety.OnStopping(key, instance, effect));
        Around.Migrations.OnRun = (key, migrate, file) => Keep(() => Around.Safety.Databases.OnRun(key, migrate, file));
        Around.Edge.OnApply = (key, routes) => Keep(() => Around.Safety.OnRoutes(key, routes));
    }

    public Surroundings Around { get; }

    /// <summary>Requests of checks.</summary>
    public InMemoryProbes Probes { get; }

    /// <summary>The records.</summary>
    public InMemoryLedger Ledger { get; private set; }

    /// <summary>Their read models: derived when somebody reads them, which is when a control plane begins.</summary>
    public InMemoryLedger ReadModels => _opened.Records.Length == State.Version ? _opened : _opened = _memory.Open(Ledger.Records);

    /// <summary>What the ledger adds up to.</summary>
    public ServiceState State { get; private set; }

    /// <summary>Every point at which the control plane could have been killed, in order.</summary>
    public IReadOnlyList<string> Points => _points;

    /// <summary>The first of them that is the story's own; what comes before is told in the first story.</summary>
    public int FirstPoint { get; private set; }

    private void Given(RolloutEffect.Verify check, bool passes) => Around.Safety.Verifications.Given(
        check, passes ? EffectOutcome.Done : new(new Fault(FaultKind.Failed, Blame.Release, Retryable: false, "not as declared")));

    private SimulatedService Service => Around.Scenario.Services[0];

    private bool IsUp => _starting is { IsCompleted: true } && !_life.IsOver;

    private bool IsAtRest => IsUp && _told == _story.Acts.Length && _asking is null
        && State is { Active: null, Queued: null, Outbox.IsEmpty: true, A: { DrainTo: null, WarmUntil: null }, B: { DrainTo: null, WarmUntil: null } }
        && State.Database?.Contract is null;

    /// <summary>Tells the story to its quiet end; throws when a rule breaks.</summary>
    public void Run()
    {
        new TrafficGenerator(Around, Service).Start();
        Raise();
        while (true)
        {
            _scheduler.Drain();
            if (_broken is not null) throw _broken;
            if (Speak()) continue;
            if (IsAtRest) break;
            if (!Around.Time.Step(Limit))
                throw new BrokenRuleException("liveness", $"no end after {Limit}, act {_told} of {_story.Acts.Length}: {RolloutDecider.Explain(State, null, Around.Time.Now).Sentence}");
        }
        var version = State.Version;
        _scheduler.RunFor(Settled);
        if (_broken is not null) throw _broken;
        Check(State.Version == version, "quiet", $"{State.Version - version} events after the end");
        AtEnd();
    }

    /// <summary>A decision is about to be stored; false when a rule broke.</summary>
    public bool Decided(string stream, long version, ImmutableArray<NewEvent> events) => Keep(() =>
    {
        if (stream.StartsWith("quarantine/", StringComparison.Ordinal)) throw new BrokenRuleException("quarantine", events[0].Data);
        Check(version == State.Version, "conflict", $"appended at {version}, the ledger is at {State.Version}");
        var happened = events.Select(one => _memory.Read(one, keeps: _kills.At.IsEmpty)).ToImmutableArray();
        var next = happened.Aggregate(State, RolloutEvolver.Apply);
        _decision = new(next, happened, [.. happened.OfType<RolloutEvent.EffectIssued>().Select(e => e.Effect)], EventReason.Of(happened[^1]));
        _observation = happened[0] is RolloutEvent.EffectSettled settled ? new RolloutObservation.EffectSettled(settled.EffectId, settled.Outcome)
            : events[0].Cause is null ? _story.Acts[_told].What : new RolloutObservation.Looked(new(_instances, _edge));
        Around.Safety.OnDecision(Service, State, _observation, _decision);
    });

    /// <summary>It is stored.</summary>
    public void Stored(AppendResult result, ImmutableArray<NewEvent> events) => Keep(() =>
    {
        Check(result.Done, "conflict", $"{events.Length} events were not stored, the stream is at {result.Conflict}");
        State = _decision!.Next;
        if (Around.IsTracing)
            foreach (var happened in _decision.Events) Around.Note(Service.Key.Service, "event", EventText.Of(happened));
        Around.Safety.OnCommit(Service, _decision);
        if (_observation is RolloutObservation.Looked) Around.Safety.OnLook(Service, _edgeReadAt);
    });

    public async Task<ImmutableArray<InstanceView>> SeeInstancesAsync()
        => _instances = await Around.Workloads.ObserveAsync(Service.Key, CancellationToken.None);

    public async Task<EdgeView?> SeeEdgeAsync()
    {
        _edge = await Around.Edge.ObserveAsync(Service.Key, CancellationToken.None);
        _edgeReadAt = Around.Time.Elapsed;
        Around.Safety.OnRead(Service, _edgeReadAt);
        return _edge;
    }

    /// <summary>The control plane begins, on what the ledger holds.</summary>
    private void Raise()
    {
        Around.Note("-", "start", $"control plane, ledger at {State.Version}");
        _life = new(Around.Time, ++_lives, Pass);
        var engine = _engine = new(Wires.Of(this, _life), Settings, new EngineClock(Around.Time));
        _starting = _scheduler.Start(async () =>
        {
            await engine.StartAsync(CancellationToken.None);
            return true;
        });
    }

    private void Pass(Life life, string point)
    {
        _points.Add(point);
        if (!_kills.At.Contains(_points.Count - 1)) return;
        Around.Note("-", "killed", point);
        life.End();
        // The reply is lost with who would have given it.
        (_asking, _starting) = (null, null);
        // A hook goes on beside a control plane that is killed, unless the machine goes down with it.
        if (_points.Count % 2 == 0) Around.Hooks.Crash();
        if (Around.Mutant.LosesLastAppend) Lose();
        var engine = _engine;
        _scheduler.Start(async () =>
        {
            await engine.DisposeAsync();
            return true;
        });
        Around.Time.After(_kills.DownFor, Raise);
    }

    private void Lose()
    {
        var records = Ledger.Records;
        var last = records.Length == 0 ? 0 : records.Length - _decision!.Events.Length;
        Ledger = new([], null, records[..last]);
        State = RolloutEventCodec.Replay(Service.Key, Ledger.Records);
    }

    /// <summary>Somebody says what the story has them say, and says it again when nobody answered.</summary>
    private bool Speak()
    {
        if (!IsUp) return false;
        if (_asking is { IsCompleted: true } answered)
        {
            if (answered.Exception is { } error) throw error.InnerException!;
            var reply = answered.GetAwaiter().GetResult();
            if (reply.Refused is { } refused) Around.Note(Service.Key.Service, "refused", $"{refused}: {reply.Why}");
            (_asking, _isUnanswered) = (null, false);
            _told++;
        }
        if (_asking is not null || _told == _story.Acts.Length || (!_isUnanswered && !_story.Acts[_told].When(State))) return false;
        var act = _story.Acts[_told];
        Around.Note(Service.Key.Service, "asked", act.Text);
        if (_told == 1 && FirstPoint == 0) FirstPoint = _points.Count;
        _isUnanswered = true;
        var engine = _engine;
        _asking = _scheduler.Start(() => engine.AskAsync(Service.Key, act.What, CancellationToken.None));
        return true;
    }

    private void AtEnd()
    {
        Around.Safety.AtRest(Service, State);
        Check(_scheduler.Strays == 0, "one-thread", $"{_scheduler.Strays} tasks left the scheduler");
        var live = FairwayJson.Write(_engine.Of(Service.Key).Current.State);
        Check(live == FairwayJson.Write(State), "rebuild", $"the engine's state is not the ledger's");
        var report = _scheduler.Run(() => Ledger.VerifyAsync(CancellationToken.None));
        Check(report.Problems.IsEmpty, "chain", $"{string.Join("; ", report.Problems)}");
        if (_story.End is not { } end) return;
        Check(State.StableRelease?.Version == end.Stable, "end", $"{State.StableRelease?.Version} serves, not {end.Stable}");
        Check(State.Rollout!.Phase == end.Last, "end", $"the last rollout {State.Rollout.Phase}, not {end.Last}");
        Check(State.Rejected.Values.Count() == (end.Rejects ? 1 : 0), "end", $"rejected: {string.Join(", ", State.Rejected.Keys)}");
    }

    private bool Keep(Action act)
    {
        try
        {
            act();
            return _broken is null;
        }
        catch (Exception error)
        {
            _broken ??= error;
            return false;
        }
    }
}

/// <summary>Where a control plane is killed.</summary>
/// <param name="At">Numbers of points, counted from 0; none is not at all.</param>
/// <param name="DownFor">Until the next begins.</param>
internal sealed record Kills(ImmutableArray<int> At, TimeSpan DownFor)
{
    public static Kills None { get; } = new([], TimeSpan.Zero);
}
