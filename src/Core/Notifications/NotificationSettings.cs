using NodaTime;

namespace Fairway.Notifications;

/// <summary>How a mail server is spoken to.</summary>
public enum MailSecurity
{
    /// <summary>In the clear first, then TLS by <c>STARTTLS</c>; without it nothing is sent.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>In the clear: for a relay on this machine.</summary>
    None,
}

/// <summary>The mail server.</summary>
public sealed record MailSettings
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port.</summary>
    public int Port { get; init; } = 587;

    /// <summary>How it is spoken to.</summary>
    public MailSecurity Security { get; init; }

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>Whom to sign in as; null signs in nobody.</summary>
    public string? User { get; init; }

    /// <summary>Where the password is: <c>env:NAME</c> or <c>file:/path</c>.</summary>
    public string? Password { get; init; }

    /// <summary>File with the certificates (PEM) that the server's is checked with, relative to the main file's folder; null is the system's.</summary>
    public string? Authority { get; init; }
}

/// <summary>A subscription of the configuration.</summary>
public sealed record ConfiguredSubscription
{
    /// <summary>How.</summary>
    public ChannelKind Channel { get; init; }

    /// <summary>A mail address, a URL, or where the URL is: <c>env:NAME</c> or <c>file:/path</c>.</summary>
    public string Address { get; init; } = "";

    /// <summary>Where a webhook's signing key is: <c>env:NAME</c> or <c>file:/path</c>; null signs nothing.</summary>
    public string? SigningKey { get; init; }

    /// <summary>Only these services; empty is all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Only these environments; empty is all.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>Only these kinds; empty is all.</summary>
    public ImmutableArray<NotificationKind> On { get; init; } = [];

    /// <summary>Made of all of it: one that is changed is another one.</summary>
    public string Id => "c-" + PendingMessage.IdOf(string.Join('\n', Channel, Address, SigningKey, string.Join(',', Services), string.Join(',', Environments),
        string.Join(',', On)))[..16];

    /// <summary>As the ledger keeps it.</summary>
    /// <param name="since">It is told of what comes after this position.</param>
    /// <param name="now">When it was first known.</param>
    public Subscription AsSubscription(long since, Instant now) => new()
    {
        Id = Id, Channel = Channel, Shown = Conceal(Channel, Address), Services = Services, Environments = Environments, On = On, At = now, Since = since,
    };

    /// <summary>What may be seen of an address: of a URL only where it leads, for the rest of it is often a secret.</summary>
    public static string Conceal(ChannelKind channel, string address) => channel == ChannelKind.Mail || !address.Contains("://", StringComparison.Ordinal)
        ? address
        : Uri.TryCreate(address, UriKind.Absolute, out var url) ? $"{url.Scheme}://{url.Authority}/…" : "(a URL)";
}

/// <summary>Who is told of what.</summary>
public sealed record NotificationSettings
{
    /// <summary>The mail server; null when no mails are sent.</summary>
    public MailSettings? Mail { get; init; }

    /// <summary>Who is told.</summary>
    public ImmutableArray<ConfiguredSubscription> Subscriptions { get; init; } = [];
}
