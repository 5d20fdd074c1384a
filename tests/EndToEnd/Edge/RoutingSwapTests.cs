using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Traffic;

namespace Fairway.Edge;

public sealed class RoutingSwapTests
{
    [Fact]
    public async Task A_thousand_swaps_under_HTTP_1_and_2_lose_no_request()
    {
        await using var rig = await AdminRig.StartAsync();
        await using Origin a = await Origin.StartAsync("a"), b = await Origin.StartAsync("b");
        Target[] stable = [a.Target], next = [b.Target];
        await rig.PutAsync(Routes.Split(1, 0, stable, next));
        using var stop = new CancellationTokenSource();
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using HttpClient one = rig.Client(1), two = rig.Client(2);
        var clients = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var response = await (i % 2 == 0 ? one : two).GetAsync("/");
                var body = await response.Content.ReadAsStringAsync();
                answers.AddOrUpdate($"{(int)response.StatusCode} {body}", 1, (_, count) => count + 1);
            }
        })).ToArray();
        for (var generation = 2; generation <= 1000; generation++)
        {
            await rig.PutAsync((generation % 4) switch
            {
                0 => Routes.Split(generation, 5_000, stable, next),
                1 => Routes.Split(generation, 10_000, stable, next),
                2 => Routes.Split(generation, 0, stable, [.. next.Select(target => target with { State = TargetState.Draining })]),
                _ => Routes.To(generation, stable),
            });
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal("200 a 200 b", string.Join(' ', answers.Keys.Order(StringComparer.Ordinal)));
        var (counters, _) = await rig.Admin.CountersAsync(CancellationToken.None);
        Assert.Equal(1000, counters!.TableVersion);
        Assert.Equal(answers.Values.Sum(), counters.Instances.Sum(row => row.Requests.Sum()));
        Assert.All(counters.Instances, row => Assert.Equal(answers[$"200 {row.Instance}"], row.Requests[2]));
    }

    [Fact]
    public async Task After_the_confirmation_no_request_reaches_what_was_taken_back()
    {
        await using var rig = await AdminRig.StartAsync();
        await using Origin a = await Origin.StartAsync("a"), b = await Origin.StartAsync("b");
        using HttpClient one = rig.Client(1), two = rig.Client(2);
        for (var round = 0; round < 50; round++)
        {
            await rig.PutAsync(Routes.Split((round * 2) + 1, 10_000, [a.Target], [b.Target]));
            Assert.Equal("b", await one.GetStringAsync("/"));
            Assert.Equal("b", await two.GetStringAsync("/"));
            await rig.PutAsync(Routes.Split((round * 2) + 2, 0, [a.Target], [b.Target]));
            Assert.Equal("a", await one.GetStringAsync("/"));
            Assert.Equal("a", await two.GetStringAsync("/"));
        }
    }

    [Fact]
    public async Task A_request_in_flight_is_finished_by_the_instance_that_was_taken_back()
    {
        await using var rig = await AdminRig.StartAsync();
        await using Origin a = await Origin.StartAsync("a"), b = await Origin.StartAsync("b");
        await rig.PutAsync(Routes.Split(1, 10_000, [a.Target], [b.Target]));
        using var client = rig.Client();
        var held = client.GetStringAsync("/hold");
        await Until.HoldsAsync(() => b.Held == 1, "the request is held");
        await rig.PutAsync(Routes.To(2, a.Target));
        Assert.Equal("a", await client.GetStringAsync("/"));
        var (view, _) = await rig.Admin.ViewAsync(new("production", "shop"), CancellationToken.None);
        Assert.Equal(1, view!.Instances.Single(row => row.Instance == "b").InFlight);
        b.Release();
        Assert.Equal("b", await held);
        await Until.HoldsAsync(
            async () => (await rig.Admin.ViewAsync(new("production", "shop"), CancellationToken.None)).View!.Instances.Single(row => row.Instance == "b").InFlight == 0,
            "nothing is in flight on b");
    }

    [Fact]
    public async Task The_smoke_check_reaches_the_candidate_at_weight_0()
    {
        await using var rig = await AdminRig.StartAsync();
        await using Origin a = await Origin.StartAsync("a"), b = await Origin.StartAsync("b");
        await rig.PutAsync(Routes.Split(1, 0, [a.Target], [b.Target]));
        using var client = rig.Client();
        Assert.Equal("a", await client.GetStringAsync("/"));
        client.DefaultRequestHeaders.Add("Fairway-Preview", "candidate");
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_dead_instance_costs_no_request_while_another_lives()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var a = await Origin.StartAsync("a");
        var dead = await Origin.StartAsync("dead");
        await rig.PutAsync(Routes.To(1, a.Target, dead.Target));
        await dead.DisposeAsync();
        using var client = rig.Client();
        for (var i = 0; i < 100; i++) Assert.Equal("a", await client.GetStringAsync("/"));
        var (status, _) = await rig.Admin.StatusAsync(CancellationToken.None);
        Assert.True(status!.Instances.Single(one => one.Instance == "dead").Ejected);
        var (view, _) = await rig.Admin.ViewAsync(new("production", "shop"), CancellationToken.None);
        Assert.Equal(5, view!.Instances.Single(row => row.Instance == "dead").Retries);
        Assert.Equal(100, view.Instances.Single(row => row.Instance == "a").Requests[2]);
    }

    [Fact]
    public async Task One_cleartext_port_speaks_both_versions_however_the_bytes_come()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        using var one = rig.Client(1);
        using var two = rig.Client(2);
        Assert.Equal(HttpVersion.Version11, (await one.GetAsync("/")).Version);
        Assert.Equal(HttpVersion.Version20, (await two.GetAsync("/")).Version);
        Assert.StartsWith("HTTP/1.1 200", await TrickleAsync(rig, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"));
        // PUT begins as the HTTP/2 preface does.
        Assert.StartsWith("HTTP/1.1 200", await TrickleAsync(rig, "PUT / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 200", await TrickleAsync(rig, "PROPFIND / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"));
        // The HTTP/2 preface byte by byte, then an empty SETTINGS frame: the server answers with its own SETTINGS (type 4).
        var answer = await TrickleAsync(rig, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", readAtLeast: 9);
        Assert.Equal('\u0004', answer[3]);
    }

    private static async Task<string> TrickleAsync(AdminRig rig, string bytes, int readAtLeast = int.MaxValue)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, rig.Url.Port);
        var stream = client.GetStream();
        foreach (var letter in Encoding.Latin1.GetBytes(bytes))
        {
            await stream.WriteAsync(new[] { letter });
            await Task.Yield();
        }
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        var length = 0;
        while (length < readAtLeast && await stream.ReadAsync(buffer.AsMemory(length), limit.Token) is > 0 and var read) length += read;
        return Encoding.Latin1.GetString(buffer, 0, length);
    }
}
