using System.Diagnostics;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Groups;

/// <summary>
/// Ships several services as one: pure and level-triggered. The parts' rollouts go on in the group's order, each judged as any other; none completes before all
/// are fine; and when one is not, everything that changed goes back, the last first. What is asked of a service follows from what is seen there, at every look anew.
/// </summary>
public static class GroupDecider
{
    /// <summary>What to do about an observation.</summary>
    /// <param name="state">The last run; null when there never was one.</param>
    /// <param name="observation">What was seen or asked.</param>
    /// <param name="now">The time.</param>
    public static GroupDecision Decide(GroupRun? state, GroupObservation observation, Instant now)
    {
        var turn = new GroupTurn(state, now);
        return observation switch
        {
            GroupObservation.Asked asked => Begin(turn, asked),
            GroupObservation.Aborted aborted => Abort(turn, aborted.By),
            GroupObservation.RolledBack back => RollBack(turn, back.By),
            GroupObservation.Refused refused => Refuse(turn, refused),
            GroupObservation.Looked looked => Look(turn, looked.Facts),
            _ => throw new UnreachableException(observation.GetType().Name),
        };
    }

    private static GroupDecision Begin(GroupTurn turn, GroupObservation.Asked asked)
    {
        var (wish, facts) = (asked.Wish, asked.Facts);
        if (turn.State is { IsActive: true } active)
            return turn.Refuse(Refusal.Conflict, Why.Because("group-under-way", "{run} is under way; wait for its end, or abort it", ("run", active.Id)));
        if (wish.Members.Where(member => Sight(facts, member.Service) == PartSight.Busy).ToArray() is [_, ..] busy)
            return turn.Refuse(Refusal.Conflict, Why.Because("group-part-busy", "a rollout is under way or waits in {services}; wait for its end, or abort it",
                ("services", string.Join(", ", busy.Select(member => member.Service)))));
        var members = wish.Members.Select(member => Sight(facts, member.Service) == PartSight.Serving
            ? member with { Phase = GroupMemberPhase.Unchanged, Why = Why.Because("already-serving", "{version} serves already", ("version", member.Release.Version)) }
            : member).ToImmutableArray();
        if (members.All(member => member.Phase == GroupMemberPhase.Unchanged))
            return turn.Decide(Why.Because("group-already-serving", "every part of {group} serves in {environment} already", ("group", wish.Name), ("environment", wish.Environment)));
        if (Denied(members, facts) is { } denied) return turn.Refuse(Refusal.Refused, denied);
        var number = (turn.State?.Number ?? 0) + 1;
        var why = Why.Because("group-asked", "{who} ships {group} to {environment}: {parts}", ("who", wish.By.Name), ("group", wish.Name), ("environment", wish.Environment),
            ("parts", string.Join(", ", members.Select(member => $"{member.Service} {member.Release.Version}"))), ("reason", wish.By.Reason ?? ""));
        turn.Emit(new GroupEvent.Started($"{wish.Environment}/{wish.Name}/{number}", number, wish.From, members, wish.By, why, turn.Now));
        return turn.Decide(Pass(turn, facts) ?? why);
    }

    private static GroupDecision Abort(GroupTurn turn, Actor by)
    {
        if (turn.State is not { IsActive: true } run) return turn.Refuse(Refusal.Conflict, Why.Because("no-group-run", "no run is under way; there is nothing to abort"));
        var why = Why.Because("aborted", "aborted by {who}", ("who", by.Name), ("reason", by.Reason ?? ""));
        // Said once more while it goes back: what cannot go back stays, and a person has seen to it.
        if (run.Phase == GroupPhase.TakingBack)
            turn.Emit(new GroupEvent.Ended(GroupPhase.TakenBack, Why.Because("left-as-it-is", "{who} ended it before everything was back: {left}", ("who", by.Name),
                ("left", Left(run) is { Length: > 0 } left ? left : "nothing left"), ("reason", by.Reason ?? "")), turn.Now));
        else if (run.Phase == GroupPhase.Waiting) turn.Emit(new GroupEvent.Ended(GroupPhase.Stopped, why, turn.Now));
        else turn.Emit(new GroupEvent.Entered(GroupPhase.TakingBack, by, why, turn.Now));
        return turn.Decide(why);
    }

    private static GroupDecision RollBack(GroupTurn turn, Actor by)
    {
        var why = Why.Because("taken-back", "taken back by {who}", ("who", by.Name), ("reason", by.Reason ?? ""));
        switch (turn.State?.Phase)
        {
            case GroupPhase.Completed or GroupPhase.Shipping or GroupPhase.Finishing:
                turn.Emit(new GroupEvent.Entered(GroupPhase.TakingBack, by, why, turn.Now));
                return turn.Decide(why);
            case GroupPhase.TakingBack:
                return turn.Decide(Why.Because("already-going-back", "{run} is going back already", ("run", turn.State.Id)));
            case GroupPhase.Waiting:
                return Abort(turn, by);
            default:
                return turn.Refuse(Refusal.Conflict, Why.Because("nothing-to-take-back", "no run completed here that could be taken back"));
        }
    }

    private static GroupDecision Refuse(GroupTurn turn, GroupObservation.Refused refused)
    {
        if (turn.State is not { Phase: GroupPhase.Shipping } run || run.Find(refused.Service) is not { Phase: GroupMemberPhase.Waiting }) return turn.Decide(refused.Why);
        turn.Move(refused.Service, GroupMemberPhase.Back, null, refused.Why);
        turn.Emit(new GroupEvent.Entered(GroupPhase.TakingBack, null, Because(refused.Service, refused.Why), turn.Now));
        return turn.Decide(turn.State.Why);
    }

    private static GroupDecision Look(GroupTurn turn, GroupFacts facts)
    {
        if (turn.State is not { IsActive: true }) return turn.Decide(turn.State?.Why ?? Why.Because("no-group-run", "it was never shipped"));
        var why = turn.State.Why;
        // Each phase may end at once; a bounded number.
        for (var phase = turn.State.Phase; ; phase = turn.State.Phase)
        {
            why = phase switch
            {
                GroupPhase.Waiting => Pass(turn, facts) ?? turn.State.Why,
                GroupPhase.Shipping => Ship(turn, facts),
                GroupPhase.Finishing => Finish(turn, facts),
                GroupPhase.TakingBack => TakeBack(turn, facts),
                _ => turn.State.Why,
            };
            if (turn.State.Phase == phase) return turn.Decide(why);
        }
    }

    // Nothing ships before every gate lets its part pass.
    private static Why? Pass(GroupTurn turn, GroupFacts facts)
    {
        var run = turn.State!;
        if (Denied(run.Members, facts) is { } denied)
        {
            turn.Emit(new GroupEvent.Ended(GroupPhase.Stopped, denied, turn.Now));
            return denied;
        }
        if (run.Members.Where(member => member.Phase == GroupMemberPhase.Waiting && facts.Gates.GetValueOrDefault(member.Service)?.Answer != GateAnswer.Allow).ToArray() is [_, ..] held)
        {
            var waits = Why.Because("group-gate-holds", "nothing ships yet: {reasons}", ("reasons",
                string.Join("; ", held.Select(member => $"{member.Service}: {facts.Gates.GetValueOrDefault(member.Service)?.Why.Sentence ?? "its gate was not asked"}"))));
            if (run.Why.Code != waits.Code || Print(facts, held) != Print(run.Why))
                turn.Emit(new GroupEvent.Held(waits with { Facts = waits.Facts.Add(new("rules", Print(facts, held))) }, turn.Now));
            return waits;
        }
        turn.Emit(new GroupEvent.Entered(GroupPhase.Shipping, null, Why.Because("group-shipping", "every gate lets its part pass"), turn.Now));
        return null;
    }

    private static Why Ship(GroupTurn turn, GroupFacts facts)
    {
        foreach (var member in turn.State!.Members) Follow(turn, member, facts);
        if (Lost(turn.State!, facts) is { } lost) return TurnRound(turn, lost);
        var run = turn.State!;
        if (run.Members.All(member => member.Phase == GroupMemberPhase.Unchanged || Sight(facts, member.Service) is PartSight.Fine or PartSight.Completed or PartSight.MovedOn))
        {
            turn.Emit(new GroupEvent.Entered(GroupPhase.Finishing, null, Why.Because("group-fine", "every part is fine: each may complete"), turn.Now));
            return turn.State!.Why;
        }
        foreach (var member in run.Members)
            if (member.Phase == GroupMemberPhase.Waiting && Sight(facts, member.Service) == PartSight.Untouched && member.After.All(before => IsThere(run, facts, before)))
                turn.Ask(member.Service, GroupAskKind.Deploy);
        return Why.Because("group-ships", "{parts}", ("parts", Tell(run, facts)));
    }

    private static Why Finish(GroupTurn turn, GroupFacts facts)
    {
        foreach (var member in turn.State!.Members) Follow(turn, member, facts);
        if (Lost(turn.State!, facts) is { } lost) return TurnRound(turn, lost);
        var run = turn.State!;
        if (run.Members.All(member => member.Phase is GroupMemberPhase.Unchanged or GroupMemberPhase.Completed))
        {
            turn.Emit(new GroupEvent.Ended(GroupPhase.Completed, Why.Because("group-completed", "every part serves: {parts}",
                ("parts", string.Join(", ", run.Members.Select(member => $"{member.Service} {member.Release.Version}")))), turn.Now));
            return turn.State!.Why;
        }
        foreach (var member in run.Members)
            if (Sight(facts, member.Service) is PartSight.Fine or PartSight.Guarding) turn.Ask(member.Service, GroupAskKind.Finish);
        return Why.Because("group-finishes", "every part is fine; {parts}", ("parts", Tell(run, facts)));
    }

    private static Why TakeBack(GroupTurn turn, GroupFacts facts)
    {
        var run = turn.State!;
        var asked = false;
        foreach (var member in run.Members.Reverse())
        {
            if (!IsOut(member, facts)) continue;
            // The last first: what comes after a part, directly or further on, is back before it goes.
            if (Followers(run, member.Service).Any(follower => IsOut(run.Find(follower)!, facts))) continue;
            asked = true;
            if (Sight(facts, member.Service) is PartSight.GoingBack) continue;
            turn.Ask(member.Service, Sight(facts, member.Service) == PartSight.Completed && member.Before is null ? GroupAskKind.Retire : GroupAskKind.TakeBack);
        }
        foreach (var member in run.Members)
            if (member.Phase is not (GroupMemberPhase.Unchanged or GroupMemberPhase.Back or GroupMemberPhase.Waiting) && !IsOut(member, facts))
                turn.Move(member.Service, GroupMemberPhase.Back, null, Why.Because("part-back", Sight(facts, member.Service) == PartSight.MovedOn
                    ? "a later release took its place" : "{before} serves", ("before", member.Before ?? "nothing")));
        if (asked) return Why.Because("group-goes-back", "going back, the last first ({reason}): {parts}", ("reason", run.TakenBackFor?.Sentence ?? ""), ("parts", Tell(run, facts)));
        run = turn.State!;
        var changed = run.Members.Any(member => member.Phase is GroupMemberPhase.Back && member.Rollout is not null);
        turn.Emit(new GroupEvent.Ended(changed ? GroupPhase.TakenBack : GroupPhase.Stopped, Why.Because(changed ? "group-taken-back" : "group-stopped",
            changed ? "every part is back: {reason}" : "nothing had changed: {reason}", ("reason", run.TakenBackFor?.Sentence ?? "")), turn.Now));
        return turn.State!.Why;
    }

    // What is seen of a part goes on record once.
    private static void Follow(GroupTurn turn, GroupMember member, GroupFacts facts)
    {
        var seen = facts.Parts[member.Service];
        if (member.Phase == GroupMemberPhase.Unchanged) return;
        switch (seen.Sight)
        {
            case PartSight.Serving when member.Phase == GroupMemberPhase.Waiting || member is { Phase: GroupMemberPhase.Begun, Rollout: null }:
                turn.Move(member.Service, GroupMemberPhase.Unchanged, null, Why.Because("already-serving", "{version} serves already", ("version", member.Release.Version)));
                break;
            case PartSight.Rolling or PartSight.Guarding when member.Phase == GroupMemberPhase.Waiting || (member.Rollout is null && seen.Rollout is not null):
                turn.Move(member.Service, GroupMemberPhase.Begun, seen.Rollout, Why.Because("part-begun", "{version} is on its way", ("version", member.Release.Version)));
                break;
            case PartSight.Fine when member.Phase is GroupMemberPhase.Waiting or GroupMemberPhase.Begun:
                turn.Move(member.Service, GroupMemberPhase.Fine, seen.Rollout, Why.Because("part-fine", "{version} has all traffic and passed its guard", ("version", member.Release.Version)));
                break;
            case PartSight.Completed or PartSight.MovedOn when member.Phase != GroupMemberPhase.Completed:
                turn.Move(member.Service, GroupMemberPhase.Completed, seen.Rollout, Why.Because("part-completed", "{version} serves", ("version", member.Release.Version)));
                break;
            default:
                break;
        }
    }

    // The first part that went back, or is gone although it was begun.
    private static (string Service, SeenPart Seen)? Lost(GroupRun run, GroupFacts facts)
    {
        foreach (var member in run.Members)
        {
            var seen = facts.Parts[member.Service];
            var gone = seen.Sight is PartSight.Untouched or PartSight.Busy or PartSight.Serving && member.Phase is not (GroupMemberPhase.Waiting or GroupMemberPhase.Unchanged);
            if (seen.Sight is PartSight.GoingBack or PartSight.Back || gone) return (member.Service, seen);
        }
        return null;
    }

    private static Why TurnRound(GroupTurn turn, (string Service, SeenPart Seen) lost)
    {
        var why = lost.Seen.Why ?? Why.Because("part-gone", "it is no longer there");
        if (turn.State!.Find(lost.Service) is { Phase: GroupMemberPhase.Waiting }) turn.Move(lost.Service, GroupMemberPhase.Begun, lost.Seen.Rollout, why);
        turn.Emit(new GroupEvent.Entered(GroupPhase.TakingBack, null, Because(lost.Service, why), turn.Now));
        return turn.State!.Why;
    }

    private static Why Because(string service, Why why) => Why.Because("part-lost", "{service} is not fine: {reason}", ("service", service), ("reason", why.Sentence), ("code", why.Code));

    // Whether the new release is there, or may still come.
    private static bool IsOut(GroupMember member, GroupFacts facts)
        => member.Phase != GroupMemberPhase.Unchanged
            && Sight(facts, member.Service) is PartSight.Rolling or PartSight.Guarding or PartSight.Fine or PartSight.Completed or PartSight.GoingBack;

    private static bool IsThere(GroupRun run, GroupFacts facts, string service)
        => run.Find(service) is not { } member || member.Phase == GroupMemberPhase.Unchanged
            || Sight(facts, service) is PartSight.Guarding or PartSight.Fine or PartSight.Completed or PartSight.MovedOn or PartSight.Serving;

    private static HashSet<string> Followers(GroupRun run, string service)
    {
        var found = new HashSet<string>(StringComparer.Ordinal) { service };
        for (var before = 0; before != found.Count;)
        {
            before = found.Count;
            foreach (var member in run.Members)
                if (member.After.Any(found.Contains)) found.Add(member.Service);
        }
        found.Remove(service);
        return found;
    }

    private static Why? Denied(ImmutableArray<GroupMember> members, GroupFacts facts)
    {
        if (members.Where(member => member.Phase == GroupMemberPhase.Waiting && facts.Parts[member.Service].Rejected is not null).ToArray() is [_, ..] rejected)
            return Why.Because("release-rejected", "nothing ships: {reasons}. Ship a release that mends it, or allow it again with `fairway unreject`", ("reasons", string.Join("; ",
                rejected.Select(member => $"{member.Release.Version} of {member.Service} was taken back: {facts.Parts[member.Service].Rejected!.Sentence}"))));
        var denied = members.Where(member => member.Phase == GroupMemberPhase.Waiting && facts.Gates.GetValueOrDefault(member.Service)?.Answer == GateAnswer.Deny).ToArray();
        return denied.Length == 0 ? null : Why.Because("group-gate-denies", "nothing ships: {reasons}",
            ("reasons", string.Join("; ", denied.Select(member => $"{member.Service}: {facts.Gates[member.Service].Why.Sentence}"))));
    }

    // What holds it, without numbers that grow with time.
    private static string Print(GroupFacts facts, GroupMember[] held) => string.Join(' ', held.Select(member => member.Service + ":"
        + string.Join(',', facts.Gates.GetValueOrDefault(member.Service)?.Rules.Where(rule => rule.Stops).Select(rule => $"{rule.Rule}/{rule.Why.Code}") ?? [])));

    private static string Print(Why why) => why.Facts.FirstOrDefault(fact => fact.Name == "rules")?.Value ?? "";

    private static PartSight Sight(GroupFacts facts, string service) => facts.Parts[service].Sight;

    private static string Left(GroupRun run)
        => string.Join(", ", run.Members.Where(member => member.Phase is GroupMemberPhase.Begun or GroupMemberPhase.Fine or GroupMemberPhase.Completed).Select(member => member.Service));

    private static string Tell(GroupRun run, GroupFacts facts) => string.Join(", ", run.Members.Select(member => member.Service + " " + (member.Phase == GroupMemberPhase.Unchanged ? "served already"
        : Sight(facts, member.Service) switch
        {
            PartSight.Untouched => "waits",
            PartSight.Busy => "waits for another rollout there",
            PartSight.Serving => "serves already",
            PartSight.Rolling => "is on its way",
            PartSight.Guarding => "is watched",
            PartSight.Fine => "is fine",
            PartSight.Completed => "serves",
            PartSight.MovedOn => "gave way to a later release",
            PartSight.GoingBack => "goes back",
            PartSight.Back => "is back",
            _ => throw new UnreachableException(),
        })));

    /// <summary>One decision in the making.</summary>
    private sealed class GroupTurn(GroupRun? state, Instant now)
    {
        private readonly ImmutableArray<GroupEvent>.Builder _events = ImmutableArray.CreateBuilder<GroupEvent>();
        private readonly ImmutableArray<GroupAsk>.Builder _asks = ImmutableArray.CreateBuilder<GroupAsk>();

        public GroupRun? State { get; private set; } = state;

        public Instant Now { get; } = now;

        public void Emit(GroupEvent happened)
        {
            State = GroupEvent.Apply(State, happened, (State?.Version ?? 0) + 1);
            _events.Add(happened);
        }

        public void Move(string service, GroupMemberPhase phase, string? rollout, Why why) => Emit(new GroupEvent.Moved(service, phase, rollout, why, Now));

        public void Ask(string service, GroupAskKind kind) => _asks.Add(new(service, kind));

        public GroupDecision Decide(Why why) => new(State, _events.ToImmutable(), _asks.ToImmutable(), why);

        public GroupDecision Refuse(Refusal refusal, Why why) => new(State, [], [], why, refusal);
    }
}
