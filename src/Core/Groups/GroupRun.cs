using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Groups;

/// <summary>Where a group's run is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GroupPhase>))]
public enum GroupPhase
{
    /// <summary>A gate holds one of its parts; nothing has shipped.</summary>
    Waiting,

    /// <summary>Its parts' rollouts go on; none of them completes.</summary>
    Shipping,

    /// <summary>All parts are fine: each is told to complete.</summary>
    Finishing,

    /// <summary>Every part serves the new release.</summary>
    Completed,

    /// <summary>A part is not fine, or a person says so: what changed goes back, the last first.</summary>
    TakingBack,

    /// <summary>Everything that had changed is taken back.</summary>
    TakenBack,

    /// <summary>It ended before anything had changed.</summary>
    Stopped,
}

/// <summary>Where a part of a run is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GroupMemberPhase>))]
public enum GroupMemberPhase
{
    /// <summary>It was not begun.</summary>
    Waiting,

    /// <summary>The release served already: nothing is to be done, forwards or backwards.</summary>
    Unchanged,

    /// <summary>Asked for.</summary>
    Begun,

    /// <summary>All its traffic is on the new release, and its guard is over.</summary>
    Fine,

    /// <summary>Its rollout completed.</summary>
    Completed,

    /// <summary>The new release does not serve there any more.</summary>
    Back,
}

/// <summary>One service's part in a run.</summary>
/// <param name="Service">Which.</param>
/// <param name="Release">What it is to serve.</param>
/// <param name="Before">The version that served when the run began; null when none did.</param>
/// <param name="After">Services of the run that must have all their traffic before it begins.</param>
public sealed record GroupMember(string Service, Release Release, string? Before, ImmutableArray<string> After)
{
    /// <summary>Where it is.</summary>
    public GroupMemberPhase Phase { get; init; }

    /// <summary>Its rollout; null before that is known.</summary>
    public string? Rollout { get; init; }

    /// <summary>Why it is there; null when nothing was said.</summary>
    public Why? Why { get; init; }
}

/// <summary>Several services shipped as one: the fold of its events. Each group has its stream, and in it one run after the other.</summary>
public sealed record GroupRun
{
    /// <summary><c>environment/group/number</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The group.</summary>
    public required string Name { get; init; }

    /// <summary>Where.</summary>
    public required string Environment { get; init; }

    /// <summary>Of the group there, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The environment it was promoted from; null when it was deployed.</summary>
    public string? From { get; init; }

    /// <summary>Its parts, in order.</summary>
    public required ImmutableArray<GroupMember> Members { get; init; }

    /// <summary>Where it is.</summary>
    public GroupPhase Phase { get; init; }

    /// <summary>Who asked for it.</summary>
    public required Actor By { get; init; }

    /// <summary>When.</summary>
    public required Instant StartedAt { get; init; }

    /// <summary>When it reached an end; null while it goes on.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>Why the last decision was taken.</summary>
    public required Why Why { get; init; }

    /// <summary>Why it is taken back; null while it goes forward.</summary>
    public Why? TakenBackFor { get; init; }

    /// <summary>Version of its stream.</summary>
    public long Version { get; init; }

    /// <summary>Whether it has not reached an end.</summary>
    [JsonIgnore]
    public bool IsActive => Phase is GroupPhase.Waiting or GroupPhase.Shipping or GroupPhase.Finishing or GroupPhase.TakingBack;

    /// <summary>A part.</summary>
    public GroupMember? Find(string service) => Members.FirstOrDefault(member => member.Service == service);
}
