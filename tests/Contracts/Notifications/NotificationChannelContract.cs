using Fairway.Kernel;
using Fairway.Notifications;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Contracts;

/// <summary>A channel under contract, and whoever receives at its other end.</summary>
public interface IChannelSubject : IDisposable
{
    /// <summary>The port.</summary>
    INotificationChannel Channel { get; }

    /// <summary>What it carries.</summary>
    ChannelKind Kind { get; }

    /// <summary>Where to.</summary>
    Destination To { get; }

    /// <summary>What came: the id that shows a repetition, if the receiver sees one, and the text that a person reads.</summary>
    IReadOnlyList<(string? Id, string Text)> Received { get; }

    /// <summary>The receiver says no for now.</summary>
    void RefuseForNow();

    /// <summary>The receiver says that nobody will ever be there.</summary>
    void RefuseForEver();

    /// <summary>The receiver's machine goes away.</summary>
    void Vanish();
}

/// <summary>What every <see cref="INotificationChannel"/> does, whatever carries the messages.</summary>
public abstract class NotificationChannelContract
{
    private protected abstract IChannelSubject Open();

    [Fact]
    public async Task A_message_says_what_happened_and_why()
    {
        using var subject = Open();
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(7, NotificationKind.RolledBack, "31 of its last 40 requests failed")])));

        var (_, text) = Assert.Single(subject.Received);
        Assert.Contains("shop 1.4 is taken back in production", text, StringComparison.Ordinal);
        Assert.Contains("31 of its last 40 requests failed", text, StringComparison.Ordinal);
        Assert.Contains("the new till", text, StringComparison.Ordinal);
        Assert.Contains("fix: rounding of prices", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sent_again_it_has_the_same_id_and_another_message_another()
    {
        using var subject = Open();
        var delivery = Delivery.Of([Message(7)]);
        await SendAsync(subject, delivery);
        await SendAsync(subject, delivery);
        await SendAsync(subject, Delivery.Of([Message(8)]));

        var ids = subject.Received.Select(one => one.Id).ToArray();
        Assert.Equal(ids[0], ids[1]);
        if (ids[0] is not null) Assert.NotEqual(ids[0], ids[2]);
    }

    [Fact]
    public async Task Many_notices_are_one_letter()
    {
        using var subject = Open();
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(1), Message(2), Message(3, NotificationKind.Completed)])));

        var (_, text) = Assert.Single(subject.Received);
        Assert.Contains("shop 1.4 serves production", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_away_or_busy_is_tried_again_and_who_is_gone_is_not()
    {
        using var busy = Open();
        busy.RefuseForNow();
        Assert.True((await SendAsync(busy, Delivery.Of([Message(7)])))!.Retryable);

        using var gone = Open();
        gone.RefuseForEver();
        Assert.False((await SendAsync(gone, Delivery.Of([Message(7)])))!.Retryable);

        using var away = Open();
        away.Vanish();
        var fault = (await SendAsync(away, Delivery.Of([Message(7)])))!;
        Assert.Equal((FaultKind.Unavailable, true), (fault.Kind, fault.Retryable));
    }

    [Fact]
    public async Task No_fault_holds_what_is_secret_of_the_destination()
    {
        using var subject = Open();
        subject.RefuseForNow();
        var refused = await SendAsync(subject, Delivery.Of([Message(7)]));
        subject.Vanish();
        var away = await SendAsync(subject, Delivery.Of([Message(7)]));

        foreach (var fault in new[] { refused!, away! })
        {
            Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("secret", subject.To.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Words_of_others_are_words_and_never_a_header_a_line_or_markup()
    {
        using var subject = Open();
        const string Hostile = "oops\r\nBcc: everybody@example.com\r\n\r\n.\r\nQUIT\r\n<!channel> \"}],\"x\":[{\" \u2028 ümlaut 🙂";
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(7, NotificationKind.Held, Hostile, version: "1.4\r\nBcc: x@example.com")])));
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(8)])));

        Assert.Equal(2, subject.Received.Count);
        Assert.DoesNotContain("<!channel>", Slack(subject), StringComparison.Ordinal);
        Assert.Contains("ümlaut 🙂", subject.Received[0].Text, StringComparison.Ordinal);
    }

    private protected static PendingMessage Message(long seq, NotificationKind kind = NotificationKind.Started, string why = "anna asked for it", string version = "1.4")
    {
        var at = Instant.FromUtc(2026, 3, 1, 12, 0);
        var notice = new Notice
        {
            Seq = seq, Kind = kind, At = at, Environment = "production", Service = "shop", Rollout = "production/shop/3", Version = version, Release = "sha256:aa", Previous = "1.3",
            By = new("anna", "the new till"), Why = Why.Because("because", "{text}", ("text", why)), Notes = ["fix: rounding of prices"],
        };
        return new(PendingMessage.IdOf(seq.ToString(System.Globalization.CultureInfo.InvariantCulture)), "p-1", at, notice);
    }

    private protected static Task<Fault?> SendAsync(IChannelSubject subject, Delivery delivery) => subject.Channel.SendAsync(delivery, subject.Kind, subject.To, default);

    private static string Slack(IChannelSubject subject) => subject.Kind == ChannelKind.Slack ? subject.Received[0].Text : "";
}
