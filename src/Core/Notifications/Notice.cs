using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Notifications;

/// <summary>Something that people may want to be told: one record of the ledger, in words.</summary>
public sealed record Notice
{
    /// <summary>The record's position in the ledger: with the kind it is the notice's identity.</summary>
    public required long Seq { get; init; }

    /// <summary>What kind.</summary>
    public required NotificationKind Kind { get; init; }

    /// <summary>When it was decided.</summary>
    public required Instant At { get; init; }

    /// <summary>Such as <c>production</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>Such as <c>shop</c>.</summary>
    public required string Service { get; init; }

    /// <summary><c>environment/service/number</c>.</summary>
    public required string Rollout { get; init; }

    /// <summary>The release being shipped.</summary>
    public required string Version { get; init; }

    /// <summary>Its digest.</summary>
    public required string Release { get; init; }

    /// <summary>The stable release before it; null for the first.</summary>
    public string? Previous { get; init; }

    /// <summary>Whether the rollout takes the service back to a former release.</summary>
    public bool IsRollback { get; init; }

    /// <summary>Who asked for the rollout, and why in their words.</summary>
    public required Actor By { get; init; }

    /// <summary>The decision's reason, with its numbers.</summary>
    public required Why Why { get; init; }

    /// <summary>What is new in the release, a line each; empty when nothing is known.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>A line that says it all but the reason.</summary>
    public string Title => Kind switch
    {
        NotificationKind.Started => $"{Service} {Version} is being rolled out to {Environment}{(Previous is null ? "" : $", after {Previous}")}",
        NotificationKind.Promoted => $"{Service} {Version} goes on in {Environment}",
        NotificationKind.Held => $"{Service} {Version} is held in {Environment}",
        NotificationKind.RolledBack when IsRollback => $"{Service} goes back to {Version} in {Environment}{(Previous is null ? "" : $", from {Previous}")}",
        NotificationKind.RolledBack => $"{Service} {Version} is taken back in {Environment}",
        NotificationKind.Aborted => $"{Service} {Version} was given up in {Environment}",
        NotificationKind.Completed => $"{Service} {Version} serves {Environment}",
        _ => throw new System.Diagnostics.UnreachableException(Kind.ToString()),
    };
}
