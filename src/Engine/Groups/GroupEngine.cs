using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Groups;

/// <summary>The answer to a word about a group.</summary>
/// <param name="Run">The last run after it; null when there never was one.</param>
/// <param name="Why">The decision's reason.</param>
/// <param name="Refused">Set when it was not taken.</param>
/// <param name="Gates">What the gates said of each part, when they were asked.</param>
public sealed record GroupReply(GroupRun? Run, Why Why, Refusal? Refused, ImmutableArray<GateVerdict> Gates);

/// <summary>
/// Ships release groups: observe → decide → commit → ask. All that is asked of services follows from what is seen there, at every look anew, so a kill at any
/// moment is only a delay. One message at a time: people's words come between looks.
/// </summary>
/// <param name="ledger">Where the runs are kept.</param>
/// <param name="rollouts">The parts' services.</param>
/// <param name="ask">The gates.</param>
/// <param name="service">How a service is configured in an environment now; null when it is not there.</param>
/// <param name="place">A release as it runs in an environment.</param>
/// <param name="clock">The time.</param>
public sealed class GroupEngine(
    ILedger ledger, RolloutEngine rollouts, AskGate ask, Func<ServiceKey, ServiceSpec?> service, Func<Release, string, Release> place, EngineClock clock)
{
    private const int MostWaiting = 64;
    private static readonly Duration LookEvery = Duration.FromSeconds(1);
    private readonly Mailbox<Message?> _mailbox = new(MostWaiting);
    private volatile ImmutableSortedDictionary<string, GroupRun> _all = ImmutableSortedDictionary<string, GroupRun>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>What decides. Another one only proves that the simulator notices a wrong one.</summary>
    public Func<GroupRun?, GroupObservation, Instant, GroupDecision> Decide { get; init; } = GroupDecider.Decide;

    /// <summary>What keeps it from acting now; null when it acts.</summary>
    public Fault? Problem { get; private set; }

    /// <summary>The last run of each group in each environment.</summary>
    public ImmutableArray<GroupRun> All => [.. _all.Values];

    /// <summary>The last run of a group; null when it was never shipped there.</summary>
    public GroupRun? Find(string environment, string name) => _all.GetValueOrDefault($"{environment}/{name}");

    /// <summary>A run's parts as they are now, in order.</summary>
    public ImmutableArray<SeenPart> See(GroupRun run) => [.. run.Members.Select(member => See(run.Environment, run.Id, member))];

    /// <summary>Reads the runs.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var rows = await ledger.ListAsync(GroupsProjection.Name, "", cancellation);
        _all = rows.Select(row => FairwayJson.Read<GroupRun>(row.Value)).ToImmutableSortedDictionary(run => $"{run.Environment}/{run.Name}", run => run, StringComparer.Ordinal);
    }

    /// <summary>Somebody wants a group shipped: all gates are asked at once, and nothing ships when one denies.</summary>
    /// <exception cref="ServiceBusyException">Too many words wait.</exception>
    /// <exception cref="LedgerException">It could not be recorded; nothing happened.</exception>
    public Task<GroupReply> ShipAsync(GroupWish wish, CancellationToken cancellation) => SayAsync(wish.Environment, wish.Name, wish, null, cancellation);

    /// <summary>A person ends what is under way: what changed goes back.</summary>
    /// <exception cref="ServiceBusyException">Too many words wait.</exception>
    /// <exception cref="LedgerException">It could not be recorded; nothing happened.</exception>
    public Task<GroupReply> AbortAsync(string environment, string name, Actor by, CancellationToken cancellation)
        => SayAsync(environment, name, null, new GroupObservation.Aborted(by), cancellation);

    /// <summary>A person takes the last run back, completed or not.</summary>
    /// <exception cref="ServiceBusyException">Too many words wait.</exception>
    /// <exception cref="LedgerException">It could not be recorded; nothing happened.</exception>
    public Task<GroupReply> RollBackAsync(string environment, string name, Actor by, CancellationToken cancellation)
        => SayAsync(environment, name, null, new GroupObservation.RolledBack(by), cancellation);

    /// <summary>Goes on with what is under way until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var alarm = new Alarm(clock.Time, () => _mailbox.TryPost(null));
        try
        {
            while (true)
            {
                alarm.RingAfter(LookEvery);
                if (await _mailbox.TakeAsync(cancellation) is { } message) await AnswerAsync(message, cancellation);
                await LookAsync(cancellation);
            }
        }
        finally
        {
            _mailbox.Close();
            while (_mailbox.TryTake(out var left)) left?.Reply.TrySetException(new OperationCanceledException("the control plane is ending"));
        }
    }

    private async Task<GroupReply> SayAsync(string environment, string name, GroupWish? wish, GroupObservation? what, CancellationToken cancellation)
    {
        var message = new Message(environment, name, wish, what, new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_mailbox.TryPost(message)) throw new ServiceBusyException($"{environment}/{name}");
        await using var left = cancellation.Register(() => message.Reply.TrySetCanceled(cancellation));
        return await message.Reply.Task;
    }

    private async Task AnswerAsync(Message message, CancellationToken cancellation)
    {
        try
        {
            if (message.Wish is { } wish && !IsKnown(wish.Environment, wish.Members))
            {
                message.Reply.TrySetResult(new(Find(message.Environment, message.Name), Why.Because("group-not-seen", "not every part has been looked at since the control plane began; ask again in a moment"),
                    Refusal.Conflict, []));
                return;
            }
            var what = message.What ?? new GroupObservation.Asked(message.Wish!, await FactsAsync(message.Wish!, cancellation));
            var decision = await DecideAsync(message.Environment, message.Name, what, cancellation);
            message.Reply.TrySetResult(new(decision.Next, decision.Why, decision.Refused, what is GroupObservation.Asked asked ? [.. asked.Facts.Gates.Values] : []));
        }
        catch (OperationCanceledException error)
        {
            message.Reply.TrySetException(error);
            if (cancellation.IsCancellationRequested) throw;
        }
        catch (Exception error)
        {
            // Who asked is told; the loop goes on.
            message.Reply.TrySetException(error);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        Fault? problem = null;
        foreach (var run in All)
        {
            if (!run.IsActive) continue;
            try
            {
                await LookAsync(run, cancellation);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                problem = LoopFault.Of(error, $"release group {run.Id}");
            }
        }
        Problem = problem;
    }

    private async Task LookAsync(GroupRun run, CancellationToken cancellation)
    {
        if (!IsKnown(run.Environment, run.Members)) return;
        var gates = ImmutableSortedDictionary<string, GateVerdict>.Empty;
        if (run.Phase == GroupPhase.Waiting) gates = await AskAsync(run.Environment, run.Members, run.By, GateMoment.DryRun, cancellation);
        var decision = await DecideAsync(run.Environment, run.Name, new GroupObservation.Looked(new(Parts(run.Environment, run.Id, run.Members), gates)), cancellation);
        foreach (var wanted in decision.Asks) await SendAsync(decision.Next!, wanted, cancellation);
    }

    private async Task SendAsync(GroupRun run, GroupAsk wanted, CancellationToken cancellation)
    {
        var key = new ServiceKey(run.Environment, wanted.Service);
        var member = run.Find(wanted.Service)!;
        var by = new Actor("fairway", run.TakenBackFor?.Sentence ?? $"a part of {run.Id}");
        switch (wanted.Kind)
        {
            case GroupAskKind.Deploy:
                var refused = service(key) is not { } spec
                    ? Why.Because("not-configured", "{service} is not in {environment} any more", ("service", wanted.Service), ("environment", run.Environment))
                    : await DeployAsync(key, new(place(member.Release, run.Environment), spec, null, run.By, Automatic: false) { Group = run.Id }, cancellation);
                if (refused is not null) await DecideAsync(run.Environment, run.Name, new GroupObservation.Refused(wanted.Service, refused), cancellation);
                break;
            case GroupAskKind.Finish:
                await rollouts.AskAsync(key, new RolloutObservation.Grouped(GroupWord.Finish, run.Id, member.Release.Digest, by), cancellation);
                break;
            case GroupAskKind.TakeBack:
                await rollouts.AskAsync(key, new RolloutObservation.Grouped(GroupWord.TakeBack, run.Id, member.Release.Digest, by), cancellation);
                break;
            case GroupAskKind.Retire:
                await rollouts.AskAsync(key, new RolloutObservation.Commanded(RolloutCommand.Retire, by), cancellation);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(wanted.Kind.ToString());
        }
    }

    private async Task<Why?> DeployAsync(ServiceKey key, RolloutObservation.DeployRequested request, CancellationToken cancellation)
        => await rollouts.AskAsync(key, request, cancellation) is { Refused: not null } reply ? reply.Why : null;

    // A conflict means that somebody else wrote to the group's stream: decided again on what the ledger holds.
    private async Task<GroupDecision> DecideAsync(string environment, string name, GroupObservation what, CancellationToken cancellation)
    {
        while (true)
        {
            var state = Find(environment, name);
            var decision = Decide(state, what, clock.Now);
            if (decision.Events.IsEmpty) return decision;
            var result = await ledger.AppendAsync(GroupEvent.StreamOf(environment, name), state?.Version ?? 0, [.. decision.Events.Select(GroupEvent.Write)], cancellation);
            var next = result.Done ? decision.Next : await GroupsProjection.LoadAsync(ledger, environment, name, cancellation);
            if (next is not null) _all = _all.SetItem($"{environment}/{name}", next);
            if (result.Done) return decision;
        }
    }

    private async Task<GroupFacts> FactsAsync(GroupWish wish, CancellationToken cancellation)
    {
        var parts = Parts(wish.Environment, "", wish.Members);
        var shipping = wish.Members.Where(member => parts[member.Service].Sight != PartSight.Serving).ToImmutableArray();
        return new(parts, await AskAsync(wish.Environment, shipping, wish.By, GateMoment.Request, cancellation));
    }

    // All at once, whatever the first says: a person reads once what all is missing.
    private async Task<ImmutableSortedDictionary<string, GateVerdict>> AskAsync(
        string environment, ImmutableArray<GroupMember> members, Actor by, GateMoment moment, CancellationToken cancellation)
    {
        var verdicts = ImmutableSortedDictionary.CreateBuilder<string, GateVerdict>(StringComparer.Ordinal);
        foreach (var member in members)
            if (member.Phase == GroupMemberPhase.Waiting)
                verdicts[member.Service] = await ask(GateQuestions.Of(new(environment, member.Service), member.Release, by, moment), cancellation);
        return verdicts.ToImmutable();
    }

    private ImmutableSortedDictionary<string, SeenPart> Parts(string environment, string run, ImmutableArray<GroupMember> members)
        => members.ToImmutableSortedDictionary(member => member.Service, member => See(environment, run, member), StringComparer.Ordinal);

    // Before a service's first look nothing is known of it: a part that is not seen yet is not gone.
    private bool IsKnown(string environment, ImmutableArray<GroupMember> members)
        => members.All(member => rollouts.Find(new(environment, member.Service)) is not { Current.LookedAt: null });

    private SeenPart See(string environment, string run, GroupMember member)
        => SeenPart.Of(rollouts.Find(new(environment, member.Service))?.Current.State, run, member.Release.Digest, clock.Now);

    private sealed record Message(string Environment, string Name, GroupWish? Wish, GroupObservation? What, TaskCompletionSource<GroupReply> Reply);
}
