using System.Text.Json.Serialization;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Source;

/// <summary>How commits came here.</summary>
public enum SourceWay
{
    /// <summary>Somebody pushed.</summary>
    Push,

    /// <summary>A host told of them, and they were fetched.</summary>
    Webhook,

    /// <summary>Somebody asked for a fetch.</summary>
    Fetch,
}

/// <summary>What happened in a repository; stream <c>source/REPOSITORY</c>.</summary>
[JsonDerivedType(typeof(Pushed), "source-pushed.v1")]
[JsonDerivedType(typeof(PushRefused), "source-push-refused.v1")]
[JsonDerivedType(typeof(HookReceived), "source-hook-received.v1")]
[JsonDerivedType(typeof(HookRefused), "source-hook-refused.v1")]
[JsonDerivedType(typeof(TriggerAnswered), "source-trigger-answered.v1")]
[JsonDerivedType(typeof(StatusPlanned), "source-status-planned.v1")]
[JsonDerivedType(typeof(StatusSent), "source-status-sent.v1")]
[JsonDerivedType(typeof(StatusGivenUp), "source-status-given-up.v1")]
public abstract record SourceEvent
{
    /// <summary>The repository's name.</summary>
    public required string Repository { get; init; }

    /// <summary>Who.</summary>
    public required string By { get; init; }

    /// <summary>When.</summary>
    public required Instant At { get; init; }

    /// <summary>Streams of repositories.</summary>
    public const string StreamPrefix = "source/";

    /// <summary>Its stream.</summary>
    [JsonIgnore]
    public string Stream => StreamPrefix + Repository;

    /// <summary>As a record to append.</summary>
    public NewEvent Record() => new(At, EventTypes<SourceEvent>.Name(this), By, null, EventTypes<SourceEvent>.Data(this));

    /// <summary>Branches and tags moved.</summary>
    /// <param name="Id">Of the push; unguessable, and in no stream but this.</param>
    /// <param name="Way">How.</param>
    /// <param name="Updates">Which.</param>
    public sealed record Pushed(string Id, SourceWay Way, ImmutableArray<RefUpdate> Updates) : SourceEvent;

    /// <summary>A push was not taken; nothing of it is kept.</summary>
    /// <param name="Id">Of the push.</param>
    /// <param name="Updates">What it wanted; empty when it was ended before it said so.</param>
    /// <param name="Reasons">Why.</param>
    public sealed record PushRefused(string Id, ImmutableArray<RefUpdate> Updates, ImmutableArray<PushRefusal> Reasons) : SourceEvent;

    /// <summary>A host told of something, and it was really that host.</summary>
    /// <param name="Host">Who.</param>
    /// <param name="Delivery">The delivery's id; another one with it does nothing.</param>
    /// <param name="Kind">The host's word for what it is, such as <c>push</c>.</param>
    /// <param name="Sentence">What was done with it.</param>
    public sealed record HookReceived(SourceHost Host, string Delivery, string Kind, string Sentence) : SourceEvent;

    /// <summary>Somebody without the secret told of something. Recorded at most once a minute: a stranger must not fill the ledger.</summary>
    /// <param name="Host">Who it was said to be.</param>
    /// <param name="Reason">Why it was not believed.</param>
    /// <param name="More">How many were not recorded since the last one that was.</param>
    public sealed record HookRefused(SourceHost Host, string Reason, int More) : SourceEvent;

    /// <summary>What whoever starts pipelines said to a new commit.</summary>
    /// <param name="Push">The push's id.</param>
    /// <param name="Ref">Which ref.</param>
    /// <param name="Commit">The commit.</param>
    /// <param name="Started">Whether anything was started.</param>
    /// <param name="Sentence">In words.</param>
    public sealed record TriggerAnswered(string Push, string Ref, string Commit, bool Started, string Sentence) : SourceEvent;

    /// <summary>A host is to be told a commit's status; it waits until it was.</summary>
    /// <param name="Status">What.</param>
    public sealed record StatusPlanned(CommitStatus Status) : SourceEvent;

    /// <summary>The host was told.</summary>
    /// <param name="Id">The status's.</param>
    public sealed record StatusSent(string Id) : SourceEvent;

    /// <summary>The host will not be told.</summary>
    /// <param name="Id">The status's.</param>
    /// <param name="Reason">Why.</param>
    public sealed record StatusGivenUp(string Id, string Reason) : SourceEvent;
}

/// <summary>How a commit does.</summary>
public enum CommitState
{
    /// <summary>Something runs, or will.</summary>
    Pending,

    /// <summary>All is well.</summary>
    Success,

    /// <summary>It has a fault.</summary>
    Failure,

    /// <summary>Nothing could be found out.</summary>
    Error,
}

/// <summary>What a host is told of a commit.</summary>
/// <param name="Id">Of this telling.</param>
/// <param name="Commit">Full hash.</param>
/// <param name="Ref">The branch or tag, without <c>refs/heads/</c>; null when none.</param>
/// <param name="State">How it does.</param>
/// <param name="Context">Which of the commit's statuses; a later one of the same name replaces it.</param>
/// <param name="Description">One sentence; at most 140 characters are told.</param>
/// <param name="Url">Where more of it is; null when nowhere.</param>
/// <param name="At">When it was so.</param>
public sealed record CommitStatus(string Id, string Commit, string? Ref, CommitState State, string Context, string Description, string? Url, Instant At);
