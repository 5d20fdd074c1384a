using System.Collections.Concurrent;
using System.Net;
using Fairway.Traffic;

namespace Fairway.Edge;

/// <summary>Deploys as the data path sees them: tables swapped under load, old instances ended the moment they hold nothing.</summary>
public sealed class ForwardingSwapTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Swaps_under_load_lose_no_request()
    {
        await using var edge = await TestEdge.StartAsync();
        var instance = CountingInstance();
        edge.Route(new TrafficPolicy(), instance.Port);
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var answered = 0;
        var clients = Enumerable.Range(0, 64).Select(i => Task.Run(() => LoadAsync(edge, 1 + (i % 2), failures, () => Interlocked.Increment(ref answered), stop.Token))).ToArray();
        for (var swap = 0; swap < 30; swap++)
        {
            var before = Volatile.Read(ref answered);
            var old = instance;
            instance = CountingInstance();
            edge.Route(new TrafficPolicy(), [TestEdge.Active(instance.Port), TestEdge.Draining(old.Port)]);
            await Eventually.HoldsAsync(() => edge.CountersOf(old.Port).InFlight == 0, "the old instance holds nothing");
            // It is told that it may go, and goes at once, connections and all.
            await old.DisposeAsync();
            edge.Route(new TrafficPolicy(), instance.Port);
            await Eventually.HoldsAsync(() => Volatile.Read(ref answered) > before + 100, "requests go on being answered");
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(failures);
        await instance.DisposeAsync();
    }

    [Fact]
    public async Task An_instance_killed_under_load_costs_only_what_may_not_be_repeated()
    {
        await using var edge = await TestEdge.StartAsync();
        await using var stable = CountingInstance();
        var failures = new ConcurrentQueue<string>();
        var answered = 0;
        using var stop = new CancellationTokenSource();
        var doomed = CountingInstance();
        edge.Route(new TrafficPolicy(), stable.Port, doomed.Port);
        var clients = Enumerable.Range(0, 32).Select(i => Task.Run(
            () => LoadAsync(edge, 1 + (i % 2), failures, () => Interlocked.Increment(ref answered), stop.Token, onlyGet: true))).ToArray();
        for (var kill = 0; kill < 5; kill++)
        {
            var before = Volatile.Read(ref answered);
            await Eventually.HoldsAsync(() => Volatile.Read(ref answered) > before + 200, "requests are answered");
            await doomed.DisposeAsync();
            before = Volatile.Read(ref answered);
            await Eventually.HoldsAsync(() => Volatile.Read(ref answered) > before + 200, "requests are answered without it");
            doomed = CountingInstance();
            edge.Route(new TrafficPolicy(), stable.Port, doomed.Port);
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(failures);
        await doomed.DisposeAsync();
    }

    [Fact]
    public async Task An_upload_and_a_stream_that_began_before_a_swap_end_whole_on_the_old_instance()
    {
        var finish = new SemaphoreSlim(0);
        await using var old = new ScriptedInstance(async (wire, _) =>
        {
            var head = await wire.ReadToAsync("\r\n\r\n");
            if (head.StartsWith("POST", StringComparison.Ordinal))
            {
                Assert.Equal("first second", await wire.ReadAsync(12));
                await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
                return;
            }
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
            await finish.WaitAsync(Eventually.Limit);
            await wire.SendAsync("data: 2\n\n");
        });
        await using var young = CountingInstance();
        await using var edge = await TestEdge.StartAsync(new(), old.Port);
        using var upload = await Wire.ConnectAsync(edge.Address);
        await upload.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nfirst ");
        using var client = edge.Client();
        using var stream = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(old.Port).InFlight == 2, "both are under way");
        edge.Route(new TrafficPolicy(), [TestEdge.Active(young.Port), TestEdge.Draining(old.Port)]);
        Assert.Equal("new", await client.GetStringAsync("/", Cancellation));
        await upload.SendAsync("second");
        Assert.Equal("old", (await upload.ReadResponseAsync()).Body);
        finish.Release();
        Assert.Equal("data: 1\n\ndata: 2\n\n", await stream.Content.ReadAsStringAsync(Cancellation));
        await Eventually.HoldsAsync(() => edge.CountersOf(old.Port).InFlight == 0, "the old instance holds nothing");
        Assert.Equal(2, edge.CountersOf(old.Port).Requests[2]);
    }

    private static async Task LoadAsync(
        TestEdge edge, int version, ConcurrentQueue<string> failures, Action answered, CancellationToken stop, bool onlyGet = false)
    {
        using var client = edge.Client(version);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                using var content = new StringContent(new string('x', i % 3000));
                using var response = onlyGet || i % 3 != 0 ? await client.GetAsync($"/{i}", CancellationToken.None) : await client.PostAsync($"/{i}", content, CancellationToken.None);
                if (response.StatusCode != HttpStatusCode.OK) failures.Enqueue($"{response.StatusCode} {string.Join(',', response.Headers.TryGetValues("Fairway-Error", out var error) ? error : [])}");
                else if (await response.Content.ReadAsStringAsync(CancellationToken.None) != "new") failures.Enqueue("wrong body");
            }
            catch (HttpRequestException failure)
            {
                failures.Enqueue(failure.ToString());
            }
            answered();
        }
    }

    // Reads each request whole and answers.
    private static ScriptedInstance CountingInstance() => new(async (wire, _) =>
    {
        while (await wire.TryReadHeadAsync() is { } head)
        {
            if (new RawResponse(head)["Content-Length"] is { } length) await wire.ReadAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
        }
    });
}
