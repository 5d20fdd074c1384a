using NodaTime;

namespace Fairway.Notifications;

/// <summary>How somebody is told.</summary>
public enum ChannelKind
{
    /// <summary>A mail.</summary>
    Mail,

    /// <summary>A signed POST (Standard Webhooks 1.0).</summary>
    Webhook,

    /// <summary>An incoming webhook that takes what Slack's take (Slack, Mattermost, Rocket.Chat, Discord's <c>/slack</c>).</summary>
    Slack,
}

/// <summary>What somebody can be told of.</summary>
public enum NotificationKind
{
    /// <summary>A rollout began.</summary>
    Started,

    /// <summary>A step was passed: more of the traffic is on the new release.</summary>
    Promoted,

    /// <summary>A rollout stands still for something that a person should know.</summary>
    Held,

    /// <summary>A release is taken back, or a service goes back to a former one.</summary>
    RolledBack,

    /// <summary>A rollout was ended by a person or by a newer release.</summary>
    Aborted,

    /// <summary>The new release serves all traffic.</summary>
    Completed,
}

/// <summary>Who is told of what, as the ledger keeps it: without anything secret.</summary>
public sealed record Subscription
{
    /// <summary>Its identity: letters, digits and hyphens.</summary>
    public required string Id { get; init; }

    /// <summary>How.</summary>
    public required ChannelKind Channel { get; init; }

    /// <summary>To whom, as people may see it: a mail address, the host of a URL, or where the URL is kept.</summary>
    public required string Shown { get; init; }

    /// <summary>Only these services; empty is all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Only these environments; empty is all.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>Only these kinds; empty is all.</summary>
    public ImmutableArray<NotificationKind> On { get; init; } = [];

    /// <summary>Who asked; null for one of the configuration.</summary>
    public string? By { get; init; }

    /// <summary>When it was first known.</summary>
    public required Instant At { get; init; }

    /// <summary>Position in the ledger: it is told of what comes after.</summary>
    public long Since { get; init; }

    /// <summary>Whether it asked for this.</summary>
    public bool Wants(Notice notice)
        => (Services.IsDefaultOrEmpty || Services.Contains(notice.Service, StringComparer.Ordinal))
            && (Environments.IsDefaultOrEmpty || Environments.Contains(notice.Environment, StringComparer.Ordinal))
            && (On.IsDefaultOrEmpty || On.Contains(notice.Kind))
            && notice.Seq > Since;
}

/// <summary>Where a message goes, with what is secret of it: only in memory, while it is sent.</summary>
/// <param name="Address">A mail address, or a URL.</param>
/// <param name="SigningKey">What a webhook's messages are signed with; null signs nothing.</param>
public sealed record Destination(string Address, string? SigningKey)
{
    /// <summary>Nothing secret.</summary>
    public override string ToString() => "(concealed)";
}
