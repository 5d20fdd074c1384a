using Fairway.Adapters.Git;
using Fairway.Adapters.Smtp;
using Fairway.Adapters.Webhook;
using Fairway.Api;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Notifications;

/// <summary>Telling people, made of the adapters of this machine.</summary>
public sealed class NotificationWiring : IAsyncDisposable
{
    private readonly IConfigurationInForce _configuration;
    private readonly WebhookChannel _webhooks;
    private readonly GitHistory _git;

    /// <summary>Builds it; nothing runs before <see cref="Start"/>.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="folder">Where people's destinations are kept.</param>
    /// <param name="clock">The engine's clock.</param>
    public NotificationWiring(ILedger ledger, IConfigurationInForce configuration, string folder, EngineClock clock)
    {
        _configuration = configuration;
        _webhooks = new(clock.Time);
        _git = new(clock.Time);
        Destinations = new(folder, () => configuration.Notifications);
        Book = new(ledger, clock);
        var channels = new Dictionary<ChannelKind, INotificationChannel>
        {
            [ChannelKind.Mail] = new SmtpChannel(Mail, clock.Time), [ChannelKind.Webhook] = _webhooks, [ChannelKind.Slack] = _webhooks,
        };
        Engine = new(
            new(ledger, channels.ToImmutableDictionary(), () => configuration.Notifications?.Subscriptions ?? [], Destinations.Find, NotesAsync), Book, clock);
    }

    /// <summary>Who is told of what.</summary>
    public SubscriptionBook Book { get; }

    /// <summary>Where people's messages go.</summary>
    public DestinationStore Destinations { get; }

    /// <summary>What follows the ledger and sends.</summary>
    public NotificationEngine Engine { get; }

    /// <summary>Begins.</summary>
    public void Start() => Engine.Start();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _webhooks.Dispose();
    }

    private (SmtpAccess? Access, Fault? Fault) Mail()
    {
        if (_configuration.Notifications?.Mail is not { } mail)
            return (null, new(FaultKind.NotFound, Blame.Configuration, Retryable: true, "no mail server is configured; give it as notifications.mail in fairway.yaml"));
        var folder = Path.GetDirectoryName(_configuration.File) ?? "/";
        if (mail.Password is null) return (new(mail, null, folder), null);
        var (password, fault) = DestinationStore.Resolve(mail.Password);
        return password is null ? (null, fault) : (new(mail, password, folder), null);
    }

    /// <summary>What git knows between two releases whose versions are its revisions.</summary>
    private async Task<ImmutableArray<string>> NotesAsync(RolloutEvent.RolloutStarted started, CancellationToken cancellation)
    {
        if (started.Previous is not { } previous || started.IsRollback || _configuration.File is not { } file) return [];
        var folder = Path.Combine(Path.GetDirectoryName(file)!, started.Service.Path);
        // The artifact's folder may be made by the build, and not be under git; the configuration's is then next.
        var notes = await _git.BetweenAsync(folder, previous.Version, started.Release.Version, cancellation);
        return notes.IsEmpty ? await _git.BetweenAsync(Path.GetDirectoryName(file)!, previous.Version, started.Release.Version, cancellation) : notes;
    }
}
