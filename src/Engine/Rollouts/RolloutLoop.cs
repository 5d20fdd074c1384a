using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// One service's loop: observe → decide → commit → dispatch, one message at a time. It wakes for a command, a settled effect, a change of
/// instances, the
/// decider's next wake, and a look tick; the state it decides on is always the one in the ledger.
/// </summary>
public sealed class RolloutLoop
{
    private readonly EnginePorts _ports;
    private readonly EngineSettings _settings;
    private readonly EngineClock _clock;
    private readonly Mailbox<LoopMessage> _mailbox;
    private readonly EffectDispatcher _dispatcher;
    private readonly WorldObserver _observer;
    private readonly ServiceStream _stream;
    private readonly Signal _changed = new();
    private readonly Queue<LoopMessage.Settled> _unrecorded = new();
    private int _woken;
    private bool _lookAgain;
    private TaskCompletionSource? _halt;
    private Instant _lookDue;
    private Instant? _retryAt;
    private int _failures;
    private StableWatch _stableWatch = new(new Judgement.JudgeMemory());
    private volatile ServiceSnapshot _snapshot;

    /// <summary>A loop for a service; <see cref="RunAsync"/> makes it live.</summary>
    public RolloutLoop(ServiceKey key, EnginePorts ports, EngineSettings settings, EngineClock clock)
    {
        Key = key;
        _ports = ports;
        _settings = settings;
        _clock = clock;
        _mailbox = new(settings.Mailbox);
        _stream = new(key, ports.Ledger);
        _dispatcher = new(key, ports, settings, clock.Time, async (id, outcome, ct) => await _mailbox.PostAsync(new LoopMessage.Settled(id, outcome), ct));
        _observer = new(key, ports, settings, clock, async (saw, ct) => await _mailbox.PostAsync(saw, ct));
        _snapshot = new(_stream.State, null, null, [], null, null);
    }

    /// <summary>The service in its environment.</summary>
    public ServiceKey Key { get; }

    /// <summary>What it knows now.</summary>
    public ServiceSnapshot Current => _snapshot;

    /// <summary>Ends at the next change of <see cref="Current"/>; take it before reading.</summary>
    public Task NextChange => _changed.Next;

    /// <summary>Instances may have changed: look at once. Any number of calls before the look are one.</summary>
    public void Wake()
    {
        // A full mailbox means turns to come, and each of them looks at the flag.
        if (Interlocked.Exchange(ref _woken, 1) == 0) _mailbox.TryPost(LoopMessage.Woken.Up);
    }

    /// <summary>Asks for a decision; the answer comes after it is stored.</summary>
    /// <exception cref="ServiceBusyException">Too many wait.</exception>
    /// <exception cref="LedgerException">The decision could not be stored; nothing happened.</exception>
    public async Task<CommandReply> AskAsync(RolloutObservation what, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<CommandReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.TryPost(new LoopMessage.Asked(what, reply))) throw new ServiceBusyException(Key.ToString());
        // Not WaitAsync, which goes by the pool: a loop that asks stays on its scheduler.
        await using var left = cancellation.Register(() => reply.TrySetCanceled(cancellation));
        return await reply.Task;
    }

    /// <summary>Stops the service's instances and decides nothing more; ends when none is left.</summary>
    /// <exception cref="ServiceBusyException">Too many commands wait.</exception>
    /// <exception cref="LedgerException">It could not be recorded; nothing was stopped.</exception>
    public async Task HaltAsync(Actor by, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.TryPost(new LoopMessage.Halt(by, done))) throw new ServiceBusyException(Key.ToString());
        await done.Task.WaitAsync(cancellation);
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var alarm = new Alarm(_clock.Time, Wake);
        try
        {
            await LoadAsync(cancellation);
            while (true)
            {
                Send(cancellation);
                Look(cancellation);
                alarm.RingAfter(NextAlarm() - _clock.Now);
                await TurnAsync(await _mailbox.TakeAsync(cancellation), cancellation);
            }
        }
        finally
        {
            _mailbox.Close();
            while (_mailbox.TryTake(out var left))
                Answer(left, new OperationCanceledException("the control plane is ending"));
            _halt?.TrySetCanceled(CancellationToken.None);
            await _dispatcher.DrainAsync();
            await _observer.DrainAsync();
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await _stream.LoadAsync(cancellation);
                _stableWatch = StableWatch.Of(_stream.State);
                var quarantine = await QuarantineLog.LoadAsync(_ports.Ledger, Key, cancellation);
                Publish(_snapshot with { State = _stream.State, Problem = null, Quarantine = quarantine });
                _lookDue = _clock.Now;
                return;
            }
            catch (LedgerException error)
            {
                Publish(_snapshot with { Problem = error.Fault });
                while (_mailbox.TryTake(out var message)) Answer(message, error);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                // What the ledger holds of it cannot be read: nothing is done on half a state.
                await QuarantineAsync(error, cancellation);
                return;
            }
            await Task.Delay(Backoff.Ledger.After(attempt, Key.ToString()).ToTimeSpan(), _clock.Time, cancellation);
        }
    }

    private void Look(CancellationToken cancellation)
    {
        var woken = Interlocked.Exchange(ref _woken, 0) == 1;
        if (!woken && _clock.Now < _lookDue) return;
        // What changed while a look is underway may have changed behind its back.
        if (!_observer.TryStart(_stream.State, cancellation) && woken) _lookAgain = true;
    }

    /// <summary>One message, whole: what is wrong with it is wrong with this service only.</summary>
    private async Task TurnAsync(LoopMessage message, CancellationToken cancellation)
    {
        try
        {
            switch (message)
            {
                case LoopMessage.Asked asked:
                    await AnswerAsync(asked, cancellation);
                    break;
                case LoopMessage.Settled settled:
                    _unrecorded.Enqueue(settled);
                    if (!IsHeldBack) await RecordOutcomesAsync(cancellation);
                    break;
                case LoopMessage.Saw saw:
                    await SeeAsync(saw, cancellation);
                    break;
                case LoopMessage.Halt halt:
                    await HaltAsync(halt, cancellation);
                    break;
                case LoopMessage.Woken:
                    if (!IsHeldBack) await RecordOutcomesAsync(cancellation);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException(message.GetType().Name);
            }
        }
        catch (LedgerException error)
        {
            HoldBack(error.Fault);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            await QuarantineAsync(error, cancellation);
        }
    }

    private async Task AnswerAsync(LoopMessage.Asked asked, CancellationToken cancellation)
    {
        try
        {
            if (_halt is not null) throw new OperationCanceledException("the control plane is shutting down");
            if (_snapshot.Quarantine is not null)
            {
                await LiftAsync(asked, cancellation);
                return;
            }
            var deploy = asked.What as RolloutObservation.DeployRequested;
            if (deploy is not null) await KeepLearnedAsync(cancellation);
            if (deploy is not null && _ports.Gate is { } gate) deploy = deploy with { Gate = await gate(GateQuestions.Of(Key, deploy, Gates.GateMoment.Request), cancellation) };
            var decision = await DecideAsync(deploy ?? asked.What, cancellation);
            var queued = deploy is not null && (decision.Next.Queued?.Release.Digest == deploy.Release.Digest || decision.Next.Behind.Any(one => one.Release.Digest == deploy.Release.Digest));
            asked.Reply.TrySetResult(new(decision.Why, decision.Refused, decision.Next.Rollout, queued, _stream.Seq) { Gate = deploy?.Gate });
        }
        catch (OperationCanceledException error)
        {
            asked.Reply.TrySetException(error);
        }
        catch (Exception error)
        {
            asked.Reply.TrySetException(error);
            throw;
        }
    }

    /// <summary>A quarantined service hears only <c>resume</c>, which lets it act again on what the ledger then holds.</summary>
    private async Task LiftAsync(LoopMessage.Asked asked, CancellationToken cancellation)
    {
        var quarantine = _snapshot.Quarantine!;
        if (asked.What is not RolloutObservation.Commanded { Command: RolloutCommand.Resume } resume)
        {
            asked.Reply.TrySetResult(new(QuarantineLog.Refusal(quarantine), Refusal.Refused, _stream.State.Rollout, Queued: false, _stream.Seq));
            return;
        }
        await _stream.LoadAsync(cancellation);
        var seq = await QuarantineLog.LiftAsync(_ports.Ledger, Key, resume.By, _clock.Now, cancellation);
        Publish(_snapshot with { State = _stream.State, Quarantine = null });
        _lookDue = _clock.Now;
        asked.Reply.TrySetResult(new(QuarantineLog.Lifted(quarantine), null, _stream.State.Rollout, Queued: false, seq));
    }

    private async Task HaltAsync(LoopMessage.Halt halt, CancellationToken cancellation)
    {
        try
        {
            var plan = Shutdown.Plan(_stream.State, halt.By, _clock.Now);
            while (!plan.Events.IsEmpty && !await _stream.AppendAsync(plan, isBeginning: true, cancellation))
            {
                await _stream.LoadAsync(cancellation);
                plan = Shutdown.Plan(_stream.State, halt.By, _clock.Now);
            }
            _halt = halt.Done;
            Publish(_snapshot with { State = _stream.State });
            _lookDue = _clock.Now;
        }
        catch (Exception error)
        {
            halt.Done.TrySetException(error);
            throw;
        }
    }

    /// <summary>Nobody waits for an answer that will not come.</summary>
    private static void Answer(LoopMessage message, Exception error)
    {
        if (message is LoopMessage.Asked asked) asked.Reply.TrySetException(error);
        else if (message is LoopMessage.Halt halt) halt.Done.TrySetException(error);
    }

    /// <summary>
    /// Outcomes are kept until they are in the ledger: a hook that ran for minutes is not run again because the disk was full for seconds.
    /// </summary>
    private async Task RecordOutcomesAsync(CancellationToken cancellation)
    {
        while (_unrecorded.TryPeek(out var next))
        {
            if (_snapshot.Quarantine is null && _stream.State.Outbox.ContainsKey(next.Id))
                await DecideAsync(new RolloutObservation.EffectSettled(next.Id, next.Outcome), cancellation);
            Invariant.Check(_snapshot.Quarantine is not null || !_stream.State.Outbox.ContainsKey(next.Id), $"effect {next.Id} of {Key} ended and is still awaited");
            _unrecorded.Dequeue();
            _dispatcher.Forget(next.Id);
        }
    }

    private async Task SeeAsync(LoopMessage.Saw saw, CancellationToken cancellation)
    {
        if (!_observer.Take(saw)) return;
        var now = _clock.Now;
        if (saw.World is not { } world)
        {
            Publish(_snapshot with { Problem = saw.Problem });
            _lookDue = now + _settings.ActiveLook;
            return;
        }
        Publish(_snapshot with { World = world, LookedAt = now, Rates = _observer.Rates.Add(now, world.Edge) });
        // What was seen before the last decision says nothing about the world after it.
        var isStale = saw.Version != _stream.State.Version;
        if (_halt is not null)
        {
            if (world.Instances.IsEmpty && !_stream.State.Outbox.Values.Any(effect => effect is RolloutEffect.SetInstances)) _halt.TrySetResult();
        }
        else if (!isStale && _snapshot.Quarantine is null && !IsHeldBack)
        {
            _stableWatch = _stableWatch.Look(_stream.State, world, now);
            if (_stableWatch.IsDue(now)) await KeepLearnedAsync(cancellation);
            else await DecideAsync(new RolloutObservation.Looked(world), cancellation);
        }
        var atOnce = isStale || _lookAgain || _stream.State.Version != saw.Version;
        _lookAgain = false;
        _lookDue = atOnce ? now : now + (IsCalm ? _settings.IdleLook : _settings.ActiveLook);
        if (IsCalm) _clock.Follow();
    }

    /// <summary>What the judge learned of the stable release goes into the ledger: a rollout is judged by what stands there.</summary>
    private async Task KeepLearnedAsync(CancellationToken cancellation)
    {
        if (!_stableWatch.IsFresh || _stream.State.Active is not null) return;
        await DecideAsync(new RolloutObservation.Learned(_stableWatch.Memory), cancellation);
        _stableWatch = _stableWatch.Kept();
    }

    /// <summary>
    /// Decides, stores, and sends what the decision asks for. A conflict means that the state was not the ledger's: decided again on that.
    /// </summary>
    private async Task<Decision> DecideAsync(RolloutObservation observation, CancellationToken cancellation)
    {
        while (true)
        {
            var decision = RolloutDecider.Decide(_stream.State, observation, _clock.Now);
            var stored = decision.Events.IsEmpty || await _stream.AppendAsync(decision, observation is RolloutObservation.DeployRequested or RolloutObservation.Commanded or RolloutObservation.Grouped, cancellation);
            if (!stored) await _stream.LoadAsync(cancellation);
            if (_snapshot.Problem is not null) Recovered();
            if (!ReferenceEquals(_snapshot.State, _stream.State))
            {
                Publish(_snapshot with { State = _stream.State });
                // What follows from a change is decided on the world as it is then.
                _lookDue = _clock.Now;
            }
            // A look at the world before somebody else's decision is not looked at again.
            if (!stored && observation is not RolloutObservation.Looked) continue;
            Send(cancellation);
            return decision;
        }
    }

    /// <summary>Everything in the outbox is on its way, routes first: a rollback is as fast as its routes.</summary>
    private void Send(CancellationToken cancellation)
    {
        if (_snapshot.Quarantine is not null && _halt is null) return;
        foreach (var effect in _stream.State.Outbox.Values)
            if (effect is RolloutEffect.SetRoutes) _dispatcher.Start(effect, cancellation);
        foreach (var effect in _stream.State.Outbox.Values) _dispatcher.Start(effect, cancellation);
    }

    private Instant NextAlarm()
    {
        var next = _lookDue;
        if (_observer.GivenUpAt is { } givenUp) next = givenUp;
        // A wake before the last look was answered by it.
        else if (RolloutDecider.NextWake(_stream.State) is { } wake && (_snapshot.LookedAt is not { } looked || wake > looked)) next = Instant.Min(next, wake);
        return _retryAt is { } retry && _unrecorded.Count > 0 ? Instant.Min(next, retry) : next;
    }

    private bool IsCalm => _halt is null && !RolloutDecider.IsWatching(_stream.State) && _stream.State.Outbox.IsEmpty && _snapshot.Problem is null;

    private bool IsHeldBack => _retryAt is { } retry && _clock.Now < retry;

    private void HoldBack(Fault fault)
    {
        _failures++;
        var wait = Backoff.Ledger.After(_failures, Key.ToString());
        _retryAt = _clock.Now + wait;
        _lookDue = _retryAt.Value;
        Publish(_snapshot with { Problem = fault });
    }

    private void Recovered()
    {
        _failures = 0;
        _retryAt = null;
        Publish(_snapshot with { Problem = null });
    }

    private async Task QuarantineAsync(Exception error, CancellationToken cancellation)
    {
        var quarantine = new Quarantine($"{error.GetType().Name}: {error.Message}", _clock.Now, _stream.State.Version);
        Publish(_snapshot with { Quarantine = quarantine });
        try
        {
            await QuarantineLog.RecordAsync(_ports.Ledger, Key, quarantine, cancellation);
        }
        catch (LedgerException full)
        {
            // It holds in memory; a control plane started later finds the same error again.
            Publish(_snapshot with { Problem = full.Fault });
        }
    }

    private void Publish(ServiceSnapshot snapshot)
    {
        _snapshot = snapshot;
        _changed.Raise();
    }
}
