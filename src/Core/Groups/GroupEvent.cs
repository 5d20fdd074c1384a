using System.Diagnostics;
using System.Text.Json.Serialization;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Groups;

/// <summary>What happened to a release group in an environment. Stream <c>group/environment/name</c>; the parts' rollouts are in their services' streams.</summary>
/// <param name="Why">In words.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Started), "group-started.v1")]
[JsonDerivedType(typeof(Held), "group-held.v1")]
[JsonDerivedType(typeof(Entered), "group-phase-entered.v1")]
[JsonDerivedType(typeof(Moved), "group-part-moved.v1")]
[JsonDerivedType(typeof(Ended), "group-ended.v1")]
public abstract record GroupEvent(Why Why, Instant At)
{
    /// <summary>What every such stream begins with.</summary>
    public const string StreamPrefix = "group/";

    /// <summary>A run began.</summary>
    /// <param name="Id"><c>environment/group/number</c>.</param>
    /// <param name="Number">From 1.</param>
    /// <param name="From">The environment it was promoted from; null when it was deployed.</param>
    /// <param name="Members">Its parts; what served already is <see cref="GroupMemberPhase.Unchanged"/>.</param>
    /// <param name="By">Who asked.</param>
    /// <param name="Why">In words.</param>
    /// <param name="At">When.</param>
    public sealed record Started(string Id, int Number, string? From, ImmutableArray<GroupMember> Members, Actor By, Why Why, Instant At) : GroupEvent(Why, At);

    /// <summary>Gates hold it, for something else than before.</summary>
    public sealed record Held(Why Why, Instant At) : GroupEvent(Why, At);

    /// <summary>It goes on, or turns round.</summary>
    public sealed record Entered(GroupPhase Phase, Actor? By, Why Why, Instant At) : GroupEvent(Why, At);

    /// <summary>A part is somewhere else than before.</summary>
    public sealed record Moved(string Service, GroupMemberPhase Phase, string? Rollout, Why Why, Instant At) : GroupEvent(Why, At);

    /// <summary>It reached its end: completed, taken back or stopped.</summary>
    public sealed record Ended(GroupPhase Phase, Why Why, Instant At) : GroupEvent(Why, At);

    /// <summary>A group's stream.</summary>
    public static string StreamOf(string environment, string name) => $"{StreamPrefix}{environment}/{name}";

    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(GroupEvent happened)
        => new(happened.At, EventTypes<GroupEvent>.Name(happened), happened switch
        {
            Started e => e.By.Name,
            Entered { By: { } by } => by.Name,
            _ => "fairway",
        }, null, EventTypes<GroupEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    public static GroupEvent? Read(LedgerEvent record) => EventTypes<GroupEvent>.Read(record.Type, record.Data);

    /// <summary>The last run after one more event; null before the first.</summary>
    public static GroupRun? Apply(GroupRun? state, GroupEvent happened, long version) => happened switch
    {
        Started e => Begin(e) with { Version = version },
        _ when state is null => null,
        Held e => state with { Why = e.Why, Version = version },
        Entered e => state with { Phase = e.Phase, Why = e.Why, TakenBackFor = e.Phase == GroupPhase.TakingBack ? e.Why : state.TakenBackFor, EndedAt = null, Version = version },
        Moved e => state with
        {
            Members = [.. state.Members.Select(member => member.Service == e.Service ? member with { Phase = e.Phase, Rollout = e.Rollout ?? member.Rollout, Why = e.Why } : member)],
            Version = version,
        },
        Ended e => state with { Phase = e.Phase, Why = e.Why, EndedAt = e.At, Version = version },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    private static GroupRun Begin(Started e)
    {
        var parts = e.Id.Split('/');
        return new()
        {
            Id = e.Id, Environment = parts[0], Name = parts[1], Number = e.Number, From = e.From, Members = e.Members, Phase = GroupPhase.Waiting, By = e.By, StartedAt = e.At, Why = e.Why,
        };
    }
}
