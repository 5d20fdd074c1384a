using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Groups;

/// <summary>What a decision about a release group looks at.</summary>
public abstract record GroupObservation
{
    private GroupObservation()
    {
    }

    /// <summary>Somebody wants a group shipped.</summary>
    /// <param name="Wish">What.</param>
    /// <param name="Facts">Its parts and their gates now.</param>
    public sealed record Asked(GroupWish Wish, GroupFacts Facts) : GroupObservation;

    /// <summary>A person ends what is under way.</summary>
    public sealed record Aborted(Actor By) : GroupObservation;

    /// <summary>A person takes a completed run back.</summary>
    public sealed record RolledBack(Actor By) : GroupObservation;

    /// <summary>A service refused a part's release.</summary>
    public sealed record Refused(string Service, Why Why) : GroupObservation;

    /// <summary>What its parts look like now.</summary>
    public sealed record Looked(GroupFacts Facts) : GroupObservation;
}

/// <summary>What somebody wants shipped as one.</summary>
/// <param name="Name">The group.</param>
/// <param name="Environment">Where to.</param>
/// <param name="From">The environment it comes from; null when it is deployed.</param>
/// <param name="Members">Its parts, in order.</param>
/// <param name="By">Who.</param>
public sealed record GroupWish(string Name, string Environment, string? From, ImmutableArray<GroupMember> Members, Actor By);

/// <summary>What is.</summary>
/// <param name="Parts">Each part, by its service.</param>
/// <param name="Gates">What the gates say of each part that is not there yet, by its service; empty once it ships: then each is asked in its own rollout.</param>
public sealed record GroupFacts(ImmutableSortedDictionary<string, SeenPart> Parts, ImmutableSortedDictionary<string, GateVerdict> Gates);

/// <summary>What a part's service is asked.</summary>
public enum GroupAskKind
{
    /// <summary>To ship the release, as a part of the run.</summary>
    Deploy,

    /// <summary>To complete.</summary>
    Finish,

    /// <summary>To go back to the release before.</summary>
    TakeBack,

    /// <summary>To leave: nothing served there before the run.</summary>
    Retire,
}

/// <summary>Something asked of a part's service. Asked again at every look until it is seen to be done, so that nothing is lost in a crash.</summary>
public sealed record GroupAsk(string Service, GroupAskKind Kind);

/// <summary>What to do about a release group.</summary>
/// <param name="Next">The run after <paramref name="Events"/>; null when there never was one.</param>
/// <param name="Events">What to append.</param>
/// <param name="Asks">What to ask once the events are stored.</param>
/// <param name="Why">The reason.</param>
/// <param name="Refused">Set when a person's word was not taken; there are no events then.</param>
public sealed record GroupDecision(GroupRun? Next, ImmutableArray<GroupEvent> Events, ImmutableArray<GroupAsk> Asks, Why Why, Refusal? Refused = null);
