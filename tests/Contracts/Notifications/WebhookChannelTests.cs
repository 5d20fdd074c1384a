using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Adapters.Webhook;
using Fairway.Notifications;
using Fairway.Ports;

namespace Fairway.Contracts;

public sealed class WebhookChannelTests : NotificationChannelContract
{
    private const string Key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public async Task A_message_is_signed_over_its_id_time_and_body()
    {
        using var subject = new Subject(ChannelKind.Webhook);
        await SendAsync(subject, Delivery.Of([Message(7)]));
        var (path, headers, body) = Assert.Single(subject.Server.Posts);

        Assert.Equal("/hooks/top-secret-path", path);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}."), .. body];
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Key["whsec_".Length..]), signed)), headers["webhook-signature"]);
        Assert.Equal(headers["webhook-id"], headers["idempotency-key"]);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("rollout.started", json.RootElement.GetProperty("type").GetString());
        Assert.Equal("because", json.RootElement.GetProperty("notices")[0].GetProperty("why").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var subject = new Subject(ChannelKind.Webhook);
        subject.Server.Status = 302;
        Assert.Contains("redirect", (await SendAsync(subject, Delivery.Of([Message(7)])))!.Message, StringComparison.Ordinal);
        Assert.Single(subject.Server.Posts);
    }

    private protected override IChannelSubject Open() => new Subject(ChannelKind.Webhook);

    internal sealed class Subject(ChannelKind kind) : IChannelSubject
    {
        private readonly WebhookChannel _channel = new(TimeProvider.System);

        public HookServer Server { get; } = new();

        public INotificationChannel Channel => _channel;

        public ChannelKind Kind => kind;

        public Destination To => new(Server.Url, kind == ChannelKind.Webhook ? Key : null);

        public IReadOnlyList<(string? Id, string Text)> Received => [.. Server.Posts.Select(post =>
        {
            // What a program reads is the JSON's strings, whatever stands in them.
            using var json = JsonDocument.Parse(post.Body);
            return (post.Headers.GetValueOrDefault("webhook-id"), string.Join('\n', Strings(json.RootElement)));
        })];

        public void RefuseForNow() => Server.Status = 503;

        public void RefuseForEver() => Server.Status = 410;

        public void Vanish() => Server.Stop();

        public void Dispose()
        {
            Server.Dispose();
            _channel.Dispose();
        }

        private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Strings(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
            JsonValueKind.String => [element.GetString()!],
            _ => [],
        };
    }
}

public sealed class SlackChannelTests : NotificationChannelContract
{
    private protected override IChannelSubject Open() => new WebhookChannelTests.Subject(ChannelKind.Slack);
}
