using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Notifications;

namespace Fairway.Api;

/// <summary>People are told: from a subscription over the real API to a real receiver.</summary>
public sealed class NotificationTests
{
    [Fact]
    public async Task Who_subscribed_hears_of_a_rollout_from_its_beginning_to_its_end_signed()
    {
        using var hook = new Hook();
        await using var house = await ApiHouse.OpenAsync();
        var subscribed = await house.Client.SubscribeAsync(new("webhook", hook.Url, Services: ["shop"]), default);
        await house.ServingAsync("1.0");
        await Until.TrueAsync(() => Task.FromResult(hook.Kinds.Contains("completed")), () => $"told: {string.Join(' ', hook.Kinds)}; {Problems(house)}");

        Assert.Equal("started", hook.Kinds[0]);
        Assert.Equal("completed", hook.Kinds[^1]);
        Assert.StartsWith("whsec_", subscribed.Key, StringComparison.Ordinal);
        Assert.All(hook.Posts, post => Assert.Equal(Sign(subscribed.Key!, post), post.Signature));
        Assert.Equal(hook.Posts.Count, hook.Posts.Select(post => post.Id).Distinct().Count());
    }

    [Fact]
    public async Task What_could_not_be_sent_is_sent_after_a_restart_with_the_same_id()
    {
        using var hook = new Hook { Status = 503 };
        await using var house = await ApiHouse.OpenAsync();
        await house.Client.SubscribeAsync(new("webhook", hook.Url, On: ["completed"]), default);
        await house.ServingAsync("1.0");
        await Until.TrueAsync(() => Task.FromResult(!hook.Posts.IsEmpty), "the first try");
        await Until.TrueAsync(async () => (await house.Client.GetStatusAsync(default)).ControlPlane.Problems.Any(problem => problem.Contains("127.0.0.1", StringComparison.Ordinal)), "status says so");
        await house.StopAsync();
        hook.Status = 200;
        await house.StartAsync();
        await Until.TrueAsync(() => Task.FromResult(!hook.Accepted.IsEmpty), "it got through");

        Assert.Single(hook.Posts.Select(post => post.Id).Distinct());
        Assert.Single(hook.Accepted);
        await Until.TrueAsync(async () => (await house.Client.GetSubscriptionsAsync(null, default)).Subscriptions is [{ Waiting: 0 }], "nothing waits");
    }

    [Fact]
    public async Task A_restart_tells_nothing_twice_and_nothing_of_before_the_subscription()
    {
        using var hook = new Hook();
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        await house.Client.SubscribeAsync(new("webhook", hook.Url), default);
        var release = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", null, release.Digest, Strategy: "blueGreen"), default);
        await house.PhaseAsync(RolloutPhases.Completed);
        await Until.TrueAsync(() => Task.FromResult(hook.Kinds.Contains("completed")), "the end is told");
        await house.StopAsync();
        await house.StartAsync();
        var next = await house.ReleaseAsync("1.2");
        await house.Client.DeployAsync(new("shop", null, next.Digest, Strategy: "blueGreen"), default);
        await Until.TrueAsync(() => Task.FromResult(hook.Kinds.Count(kind => kind == "completed") == 2), "the next end is told");

        Assert.DoesNotContain("1.0", hook.Notices.Select(notice => notice.GetProperty("version").GetString()));
        Assert.Equal(hook.Notices.Count, hook.Notices.Select(notice => notice.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Nothing_secret_of_an_address_is_in_the_ledger_the_status_or_the_list()
    {
        using var hook = new Hook { Status = 500 };
        await using var house = await ApiHouse.OpenAsync();
        await house.Client.SubscribeAsync(new("slack", hook.Url), default);
        await house.ServingAsync("1.0");
        await Until.TrueAsync(() => Task.FromResult(!hook.Posts.IsEmpty), "the first try");
        await Until.TrueAsync(async () => (await house.Client.GetStatusAsync(default)).ControlPlane.Problems.Count > 0, "status says so");

        Assert.DoesNotContain(house.Ledger.Records, record => record.Data.Contains("very-secret", StringComparison.Ordinal));
        var status = JsonSerializer.Serialize(await house.Client.GetStatusAsync(default), WireJson.Default.StatusInfo);
        var list = JsonSerializer.Serialize(await house.Client.GetSubscriptionsAsync(null, default), WireJson.Default.SubscriptionPage);
        Assert.DoesNotContain("very-secret", status + list, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(house.Data.Path, "destinations")))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_subscription_of_the_configuration_is_there_and_only_the_configuration_ends_it()
    {
        using var hook = new Hook();
        await using var house = await ApiHouse.OpenAsync();
        house.Configuration.Notifications = new() { Subscriptions = [new() { Channel = ChannelKind.Webhook, Address = hook.Url, On = [NotificationKind.Completed] }] };
        await house.ServingAsync("1.0");
        await Until.TrueAsync(() => Task.FromResult(hook.Kinds.Contains("completed")), "the end is told");
        var known = Assert.Single((await house.Client.GetSubscriptionsAsync(null, default)).Subscriptions);
        Assert.Equal((null, false), (known.By, known.To.Contains("very-secret", StringComparison.Ordinal)));
        Assert.Equal("configured-subscription", (await Assert.ThrowsAsync<FairwayException>(() => house.Client.UnsubscribeAsync(known.Id, default))).Code);
    }

    [Fact]
    public async Task Who_unsubscribed_hears_no_more_and_the_address_is_forgotten()
    {
        using var hook = new Hook();
        await using var house = await ApiHouse.OpenAsync();
        var subscribed = await house.Client.SubscribeAsync(new("webhook", hook.Url), default);
        await house.Client.UnsubscribeAsync(subscribed.Subscription.Id, default);
        await house.ServingAsync("1.0");

        Assert.Empty((await house.Client.GetSubscriptionsAsync(null, default)).Subscriptions);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(house.Data.Path, "destinations")));
        Assert.DoesNotContain(house.Ledger.Records, record => record.Type == "notifications-planned.v1");
    }

    [Theory]
    [InlineData("mail", "anna@example.com\r\nBcc: x@example.com", "address-invalid")]
    [InlineData("mail", "anna", "address-invalid")]
    [InlineData("mail", "a <anna@example.com>", "address-invalid")]
    [InlineData("webhook", "file:///etc/passwd", "address-invalid")]
    [InlineData("webhook", "http://user:word@127.0.0.1/", "address-invalid")]
    [InlineData("webhook", "env:SECRET", "address-invalid")]
    [InlineData("pigeon", "coop", "unknown-channel")]
    [InlineData("1", "http://127.0.0.1/", "unknown-channel")]
    public async Task An_address_that_cannot_be_one_is_refused_and_not_repeated(string channel, string address, string code)
    {
        await using var house = await ApiHouse.OpenAsync();
        var error = await Assert.ThrowsAsync<FairwayException>(() => house.Client.SubscribeAsync(new(channel, address), default));

        Assert.Equal((code, 422), (error.Code, error.Status));
        Assert.DoesNotContain(address, error.Detail, StringComparison.Ordinal);
        Assert.Empty(house.Ledger.Records);
    }

    private static string Problems(ApiHouse house) => string.Join("; ", house.Client.GetStatusAsync(default).GetAwaiter().GetResult().ControlPlane.Problems);

    private static string Sign(string key, (string Id, string At, string? Signature, byte[] Body) post)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{post.Id}.{post.At}."), .. post.Body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key["whsec_".Length..]), signed));
    }

    /// <summary>Takes what is posted.</summary>
    private sealed class Hook : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly int _port;

        public Hook()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                _port = ((IPEndPoint)free.LocalEndpoint).Port;
            }
            _listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
            _listener.Start();
            _ = ServeAsync();
        }

        public string Url => $"http://127.0.0.1:{_port}/very-secret";

        public int Status { get; set; } = 200;

        public ConcurrentQueue<(string Id, string At, string? Signature, byte[] Body)> Posts { get; } = [];

        public ConcurrentQueue<byte[]> Accepted { get; } = [];

        public IReadOnlyList<JsonElement> Notices => [.. Accepted.SelectMany(body => JsonDocument.Parse(body).RootElement.GetProperty("notices").EnumerateArray())];

        public IReadOnlyList<string> Kinds => [.. Notices.Select(notice => notice.GetProperty("kind").GetString()!)];

        public void Dispose() => _listener.Abort();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    var headers = context.Request.Headers;
                    Posts.Enqueue((headers["webhook-id"] ?? "", headers["webhook-timestamp"] ?? "", headers["webhook-signature"], body.ToArray()));
                    if (Status == 200) Accepted.Enqueue(body.ToArray());
                    context.Response.StatusCode = Status;
                    context.Response.Close();
                }
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The test is over.
            }
        }
    }
}
