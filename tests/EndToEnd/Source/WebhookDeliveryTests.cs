using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Fairway.Client.Wire;

namespace Fairway.Source;

/// <summary>A host that tells of a push: it is believed by its signature, fetched from, and told how the commit does.</summary>
public sealed class WebhookDeliveryTests
{
    private const string Secret = "It's a Secret";

    [Fact]
    public async Task A_signed_push_is_fetched_once_and_a_forged_one_never()
    {
        var upstream = Directory.CreateTempSubdirectory("fairway-upstream-").FullName;
        var secret = Path.Combine(upstream, "secret");
        await File.WriteAllTextAsync(secret, Secret + "\n");
        await using var house = await SourceHouse.OpenAsync($"fetch: {upstream}/shop.git, webhook: {{ github: \"file:{secret}\" }}");
        house.Must("clone", "-q", "--bare", ".", Path.Combine(upstream, "shop.git"));
        var head = house.Must("rev-parse", "HEAD").Trim();
        var body = $$"""{"ref":"refs/heads/main","before":"{{new string('0', 40)}}","after":"{{head}}","pusher":{"name":"anna"} }""";
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{house.Port}") };
        async Task<(HttpStatusCode, string)> Send(string signature, string delivery, string path = "/hooks/github/shop")
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("X-GitHub-Event", "push");
            request.Headers.Add("X-GitHub-Delivery", delivery);
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature);
            using var answer = await http.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        var right = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send("sha256=" + new string('0', 64), "d1")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send("", "d1")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send(right, "d1", "/hooks/gitlab/shop")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send(right, "d1", "/hooks/github/other")).Item1);
        Assert.Empty((await house.ShowAsync()).Refs);

        Assert.Equal(HttpStatusCode.Accepted, (await Send(right, "d1")).Item1);
        await Hammer.Until.TrueAsync(async () => (await house.ShowAsync()).Refs.Any(one => one.Commit == head), "it is fetched");
        Assert.Equal("anna", (await house.EventAsync("source-pushed.v1")).Actor);
        var (status, text) = await Send(right, "d1");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("heard before", text);
        Assert.Single((await house.ShowAsync()).Recent, record => record.Type == "source-hook-received.v1");
        Assert.Single((await house.ShowAsync()).Recent, record => record.Type == "source-hook-refused.v1");

        // A push whose word came while nobody listened is found by the next control plane.
        await house.KillAsync();
        house.Commit("b.txt", "more", "feat: another");
        house.Must("push", "-q", Path.Combine(upstream, "shop.git"), "main");
        var missed = house.Must("rev-parse", "HEAD").Trim();
        await house.StartAsync();
        await Hammer.Until.TrueAsync(async () => (await house.ShowAsync()).Refs.Any(one => one.Commit == missed), "what was missed is fetched");
        Directory.Delete(upstream, recursive: true);
    }

    [Fact]
    public async Task A_host_that_cannot_reach_this_machine_is_asked_every_so_often()
    {
        var upstream = Directory.CreateTempSubdirectory("fairway-upstream-").FullName;
        await using var house = await SourceHouse.OpenAsync($"fetch: {upstream}/shop.git, poll: 1s");
        await Hammer.Until.TrueAsync(async () => (await house.Client.GetStatusAsync(default)).ControlPlane.Problems.Any(problem => problem.Contains("cannot be fetched", StringComparison.Ordinal)), "it is said that there is nothing");
        house.Must("clone", "-q", "--bare", ".", Path.Combine(upstream, "shop.git"));
        var head = house.Must("rev-parse", "HEAD").Trim();
        await Hammer.Until.TrueAsync(async () => (await house.ShowAsync()).Refs.Any(one => one.Commit == head), "it is fetched");
        Assert.Equal("fairway", (await house.EventAsync("source-pushed.v1")).Actor);
        await Hammer.Until.TrueAsync(async () => (await house.Client.GetStatusAsync(default)).ControlPlane.Problems.All(problem => !problem.Contains("shop", StringComparison.Ordinal)), "nothing is wrong any more");
        Directory.Delete(upstream, recursive: true);
    }

    [Fact]
    public async Task A_host_that_was_away_is_told_later_and_exactly()
    {
        var upstream = Directory.CreateTempSubdirectory("fairway-upstream-").FullName;
        var secret = Path.Combine(upstream, "secret");
        await File.WriteAllTextAsync(secret, Secret);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var requests = new List<string>();
        var serving = ServeAsync(listener, requests);
        await using var house = await SourceHouse.OpenAsync(
            $"fetch: {upstream}/none.git, webhook: {{ gitlab: \"file:{secret}\" }}, status: {{ gitlab: acme/shop, token: \"file:{secret}\", api: \"http://127.0.0.1:{port}/api/v4\" }}");
        var head = house.Must("rev-parse", "HEAD").Trim();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{house.Port}/hooks/gitlab/shop")
        {
            Content = new StringContent($$"""{"ref":"refs/heads/main","before":"{{new string('0', 40)}}","after":"{{head}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Gitlab-Event", "Push Hook");
        request.Headers.Add("X-Gitlab-Token", Secret);
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        // There is nothing to fetch from, so the host learns of an error; the first try finds it ill.
        await house.EventAsync("source-status-sent.v1");
        listener.Stop();
        await serving;
        Assert.Equal(2, requests.Count);
        Assert.StartsWith($"POST /api/v4/projects/acme%2Fshop/statuses/{head} HTTP/1.1\r\n", requests[1]);
        Assert.Contains($"PRIVATE-TOKEN: {Secret}\r\n", requests[1]);
        Assert.Contains("""{"state":"failed","ref":"main","name":"fairway","description":"shop cannot be fetched""", requests[1]);
        Assert.Equal(0, (await house.ShowAsync()).WaitingStatuses);
        Directory.Delete(upstream, recursive: true);
    }

    // A server that is ill at first.
    private static async Task ServeAsync(TcpListener listener, List<string> requests)
    {
        while (true)
        {
            try
            {
                using var connection = await listener.AcceptTcpClientAsync();
                var stream = connection.GetStream();
                var kept = new StringBuilder();
                var buffer = new byte[8192];
                while (!(kept.ToString() is var text && text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var head
                    && text.Length - head - 4 >= int.Parse(text.Split("Content-Length: ")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture)))
                {
                    var read = await stream.ReadAsync(buffer);
                    if (read == 0) break;
                    kept.Append(Encoding.Latin1.GetString(buffer, 0, read));
                }
                requests.Add(kept.ToString());
                var status = requests.Count == 1 ? "503 Service Unavailable" : "201 Created";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"));
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
