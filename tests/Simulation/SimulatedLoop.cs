using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>
/// The engine's loop, one message at a time, without threads: observe → decide → commit → dispatch. It keeps to what the real one does: a look that began before
/// the last commit is looked at again, effects go out once until they are settled, and after a crash everything in the outbox goes out again under its id.
/// </summary>
internal sealed class SimulatedLoop
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ObserveLimit = TimeSpan.FromSeconds(5);

    private readonly World _world;
    private readonly List<RolloutEvent> _ledger = [];
    private readonly HashSet<long> _underWay = [];
    private int _incarnation;
    private bool _isUp;
    private bool _isLooking;
    private bool _lookAgain;
    private int _alarm;

    public SimulatedLoop(World world, SimulatedService service)
    {
        (_world, Service) = (world, service);
        State = new() { Key = service.Key };
        Name = service.Key.Service;
    }

    public SimulatedService Service { get; }

    public string Name { get; }

    /// <summary>What the ledger adds up to.</summary>
    public ServiceState State { get; private set; }

    public IReadOnlyList<RolloutEvent> Ledger => _ledger;

    public string LastEvent => _ledger.Count == 0 ? "none" : EventText.Of(_ledger[^1]);

    public bool IsAtRest => _isUp && State.Active is null && State.Queued is null && State.Outbox.IsEmpty && State.A.DrainTo is null && State.B.DrainTo is null;

    public string Explain() => $"{Name}: {RolloutDecider.Explain(State, null, _world.Time.Now).Sentence}, outbox {State.Outbox.Count}";

    public void Start() => Restart();

    public void Crash()
    {
        _isUp = false;
        _incarnation++;
        _underWay.Clear();
        _isLooking = false;
    }

    public void Restart()
    {
        if (_isUp) return;
        _isUp = true;
        _incarnation++;
        var state = Replay();
        if (_world.Mutant.Reloaded is { } spoil) state = spoil(state);
        else _world.Safety.OnReload(State, state);
        State = state;
        Send();
        Look();
    }

    public void Wake()
    {
        if (!_isUp) return;
        if (_isLooking) _lookAgain = true;
        else Soon(TimeSpan.Zero);
    }

    public void Ask(RolloutObservation what)
    {
        // A person who finds nobody there tries again.
        if (!_isUp) _world.Time.After(TimeSpan.FromSeconds(5), () => Ask(what));
        else if (!Decide(what)) Soon(TimeSpan.FromSeconds(1));
    }

    private ServiceState Replay()
    {
        var state = new ServiceState { Key = Service.Key };
        // JSON is slow: one world in sixteen goes through it, so that what is stored is proven to be all there is.
        var throughJson = _world.Scenario.Seed % 16 == 0;
        foreach (var happened in _ledger)
            state = RolloutEvolver.Apply(state, throughJson ? Reread(happened) : happened);
        return state;
    }

    private static RolloutEvent Reread(RolloutEvent happened)
    {
        var record = RolloutEventCodec.Write(happened, RolloutEventCodec.ActorOf(happened), null);
        return EventTypes<RolloutEvent>.Read(record.Type, record.Data) ?? throw new BrokenRuleException("codec", $"{record.Type} cannot be read");
    }

    private void Look()
    {
        if (!_isUp || _isLooking) return;
        _isLooking = true;
        var (incarnation, version) = (_incarnation, State.Version);
        ImmutableArray<Workloads.InstanceView> instances = default;
        EdgeView? edge = null;
        var readAt = TimeSpan.Zero;
        var missing = 2;
        var edgeDelay = _world.Delay();
        _world.Time.After(_world.Delay(), () =>
        {
            instances = _world.Workloads.Observe(Service.Key);
            Join();
        });
        _world.Time.After(edgeDelay < ObserveLimit ? edgeDelay : ObserveLimit, () =>
        {
            if (edgeDelay < ObserveLimit) (edge, readAt) = (_world.Edge.Observe(Service.Key), _world.Time.Elapsed);
            Join();
        });

        void Join()
        {
            if (--missing > 0 || incarnation != _incarnation) return;
            _isLooking = false;
            var isStale = version != State.Version;
            if (edge is not null) _world.Safety.OnRead(Service, readAt);
            var isDone = isStale || Decide(new RolloutObservation.Looked(new(instances, edge)));
            if (incarnation != _incarnation) return;
            if (isDone && !isStale && edge is not null) _world.Safety.OnLook(Service, readAt);
            var atOnce = isStale || _lookAgain || version != State.Version;
            _lookAgain = false;
            Soon(!isDone ? TimeSpan.FromSeconds(1) : atOnce ? TimeSpan.FromMilliseconds(1)
                : RolloutDecider.IsWatching(State) || !State.Outbox.IsEmpty ? _world.Scenario.LookEvery : _world.IsAtRest ? TimeSpan.FromMinutes(4) : TimeSpan.FromSeconds(60));
        }
    }

    // The next look, or before it the decider's own alarm.
    private void Soon(TimeSpan delay)
    {
        if (RolloutDecider.NextWake(State) is { } wake && wake > _world.Time.Now)
        {
            var until = (wake - _world.Time.Now).ToTimeSpan();
            if (until < delay) delay = until;
        }
        var (alarm, incarnation) = (++_alarm, _incarnation);
        _world.Time.After(delay, () =>
        {
            if (alarm == _alarm && incarnation == _incarnation) Look();
        });
    }

    /// <summary>Decides, stores, sends; false when it could not be stored.</summary>
    private bool Decide(RolloutObservation observation)
    {
        var incarnation = _incarnation;
        _world.Decisions++;
        var before = State;
        var decision = _world.Mutant.Decide(before, observation, _world.Time.Now);
        _world.Safety.OnDecision(Service, before, observation, decision);
        if (_world.IsTracing && decision.Refused is { } refused) _world.Note(Name, "refused", $"{refused}: {decision.Why}");
        if (decision.Events.IsEmpty) return true;

        if (_world.Mutant.SendsBeforeCommit) Send(decision.Next);
        if (CrashesNow()) return false;
        if (_world.Network.Chance(_world.Faults.StoreFails))
        {
            _world.Note(Name, "ledger", "append failed");
            return false;
        }
        _ledger.AddRange(decision.Events);
        State = decision.Next;
        if (_world.IsTracing)
            foreach (var happened in decision.Events) _world.Note(Name, "event", EventText.Of(happened));
        _world.Safety.OnCommit(Service, decision);
        if (_world.Scenario.HasRegrets) Regret(before, decision);
        if (CrashesNow()) return true;
        Send();
        if (observation is not RolloutObservation.Looked && incarnation == _incarnation) Soon(TimeSpan.FromMilliseconds(1));
        return true;
    }

    private void Regret(ServiceState before, Decision decision)
    {
        foreach (var happened in decision.Events)
            if (before.Active is not null && happened is RolloutEvent.EffectIssued { Effect: RolloutEffect.SetInstances set } && set.Slot == before.Stable
                && set.Count < before[set.Slot].Instances && _world.People.Chance(0.5))
                _world.Time.After(_world.People.LogUniform(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5)),
                    () => Ask(new RolloutObservation.Commanded(RolloutCommand.Abort, new("anna"))));
    }

    private bool CrashesNow()
    {
        if (!_world.Network.Chance(_world.Faults.CrashAroundCommit)) return false;
        _world.CrashControlPlane(_world.Network.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(2)));
        return true;
    }

    private void Send() => Send(State);

    private void Send(ServiceState state)
    {
        foreach (var effect in state.Outbox.Values)
            if (_underWay.Add(effect.Id)) Dispatch(effect);
    }

    private void Dispatch(RolloutEffect effect)
    {
        var (incarnation, isAnswered) = (_incarnation, false);
        var epoch = _world.Edge.Epoch;
        var faults = _world.Faults;
        if (_world.Network.Chance(faults.LostEffect)) _world.Note(Name, "lost", EventText.Of(effect));
        else
        {
            _world.Time.After(_world.Delay(effect), () => Arrive(effect, epoch, Answer));
            if (_world.Network.Chance(faults.Doubled)) _world.Time.After(_world.Delay(effect), () => Arrive(effect, epoch, Answer));
        }
        var limit = effect switch
        {
            RolloutEffect.RunHook hook => hook.Spec.Timeout.ToTimeSpan() + AnswerLimit,
            RolloutEffect.Verify verify => verify.Limit.ToTimeSpan() + AnswerLimit,
            RolloutEffect.Migrate migrate => Migrating.LimitOf(migrate.Database, migrate.Stage).ToTimeSpan() + AnswerLimit,
            _ => AnswerLimit,
        };
        _world.Time.After(limit, () =>
        {
            if (isAnswered || incarnation != _incarnation) return;
            if (_world.Scenario.GivesUp) Settle(new(new Fault(FaultKind.Timeout, Blame.Platform, Retryable: true, "no answer in time")));
            else Again();
        });

        void Answer(EffectOutcome outcome)
        {
            if (_world.Network.Chance(faults.LostAnswer)) return;
            _world.Time.After(_world.Delay(), () =>
            {
                isAnswered = true;
                // An answer may find another incarnation than the one that asked: it must not matter.
                Settle(outcome);
            });
        }

        void Settle(EffectOutcome outcome)
        {
            if (!_isUp) return;
            if (!Decide(new RolloutObservation.EffectSettled(effect.Id, outcome)))
            {
                var again = _incarnation;
                _world.Time.After(TimeSpan.FromSeconds(1), () =>
                {
                    if (again == _incarnation) Settle(outcome);
                });
                return;
            }
            _underWay.Remove(effect.Id);
        }

        void Again()
        {
            _underWay.Remove(effect.Id);
            if (State.Outbox.ContainsKey(effect.Id) && _underWay.Add(effect.Id)) Dispatch(effect);
        }
    }

    private void Arrive(RolloutEffect effect, string epoch, Action<EffectOutcome> answer)
    {
        if (_world.IsTracing) _world.Note(Name, "arrives", EventText.Of(effect));
        if (_world.Network.Chance(_world.Faults.Failing))
        {
            answer(new(new Fault(FaultKind.Exhausted, Blame.Platform, Retryable: true, "no room")));
            return;
        }
        switch (effect)
        {
            case RolloutEffect.SetInstances set:
                answer(new(_world.Workloads.Apply(Service.Key, set)));
                break;
            case RolloutEffect.SetRoutes routes:
                // A connection dies with the edge it led to.
                answer(new(epoch == _world.Edge.Epoch ? _world.Edge.Apply(Service.Key, routes) : new(FaultKind.Unavailable, Blame.Platform, Retryable: true, "connection reset")));
                break;
            case RolloutEffect.PrepareRelease prepare:
                answer(new(_world.Artifacts.Prepare(prepare.Release)));
                break;
            case RolloutEffect.Migrate migrate:
                _world.Time.After(_world.Network.LogUniform(TimeSpan.FromSeconds(0.05), TimeSpan.FromSeconds(20)), () => answer(_world.Migrations.Run(Service.Key, migrate)));
                break;
            case RolloutEffect.Verify verify:
                var (takes, found) = _world.Safety.Verifications.Find(verify);
                _world.Time.After(takes, () => answer(_world.Safety.Verifications.Given(verify, found)));
                break;
            case RolloutEffect.RunHook hook:
                var script = _world.Hooks.Run(Service.Key, hook);
                _world.Time.After(script.Takes.ToTimeSpan(), () =>
                {
                    _world.Hooks.End(Service.Key, hook.Id, script.Outcome);
                    answer(script.Outcome);
                });
                break;
            default:
                throw new System.Diagnostics.UnreachableException(effect.GetType().Name);
        }
    }
}
