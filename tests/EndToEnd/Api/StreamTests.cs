using System.Net;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;

namespace Fairway.Api;

public sealed class StreamTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_reader_of_events_that_comes_back_misses_nothing_and_sees_nothing_twice()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var seen = new List<EventInfo>();
        await ReadAsync(house, seen, until: 5);
        await house.StopAsync();
        await house.StartAsync();
        var release = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", null, release.Digest, Strategy: "blueGreen"), default);
        await house.PhaseAsync(RolloutPhases.Guarding);
        var total = house.Ledger.Records.Length;
        await ReadAsync(house, seen, until: total);

        Assert.Equal(Enumerable.Range(1, seen.Count), seen.Select(record => (int)record.Seq));
        Assert.Equal(house.Ledger.Records.Take(seen.Count).Select(record => record.Hash), seen.Select(record => record.Hash));
    }

    [Fact]
    public async Task A_browser_goes_on_at_the_last_id_it_saw()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        using var request = new HttpRequestMessage(HttpMethod.Get, "events?after=0");
        request.Headers.Add("Last-Event-ID", "3");
        using var answer = await house.Raw.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("id: 4", await reader.ReadLineAsync());
        Assert.StartsWith("event: ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("data: {\"seq\":4,", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_come_while_they_happen()
    {
        await using var house = await ApiHouse.OpenAsync();
        using var limit = new CancellationTokenSource(Limit);
        await using var events = house.Client.EventsAsync(0, limit.Token).GetAsyncEnumerator(limit.Token);
        var first = events.MoveNextAsync().AsTask();
        var release = await house.ReleaseAsync("1.0");

        Assert.True(await first);
        Assert.Equal("release-created.v1", events.Current.Type);
        Assert.Equal(release.Digest, events.Current.Data.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task A_watcher_sees_a_service_through_to_the_end_of_its_rollout()
    {
        await using var house = await ApiHouse.OpenAsync();
        using var limit = new CancellationTokenSource(Limit);
        var release = await house.ReleaseAsync("1.0");
        var states = new List<string>();
        var watching = Task.Run(async () =>
        {
            await foreach (var view in house.Client.WatchAsync("production", "shop", limit.Token))
            {
                if (states.Count == 0 || states[^1] != view.State) states.Add(view.State);
                if (view.Rollout?.Summary.HasEnded == true) return;
            }
        });
        await Until.TrueAsync(() => Task.FromResult(states.Count > 0), "the first view is here");
        await house.Client.DeployAsync(new("shop", null, release.Digest), default);
        await watching;

        // Views are snapshots: one that is overtaken by the next is not sent.
        Assert.Equal([ServiceStates.NotDeployed, ServiceStates.Stable], states.Where(state => state != ServiceStates.RollingOut));
    }

    [Fact]
    public async Task Streams_end_whole_when_the_control_plane_ends()
    {
        await using var house = await ApiHouse.OpenAsync();
        using var limit = new CancellationTokenSource(Limit);
        var views = 0;
        var watching = Task.Run(async () =>
        {
            await foreach (var view in house.Client.WatchAsync("production", "shop", limit.Token)) views++;
        });
        await Until.TrueAsync(() => Task.FromResult(views > 0), "the first view is here");
        await house.StopAsync();
        await watching;

        Assert.False(limit.IsCancellationRequested);
    }

    [Fact]
    public async Task Logs_are_read_from_their_end_and_followed()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var instance = house.Workloads.Observe(new("production", "shop")).Single().Id;
        foreach (var number in Enumerable.Range(1, 5)) house.Workloads.Write(new("production", "shop"), instance, "stdout", $"line {number}");
        var tail = new List<string>();
        await foreach (var line in house.Client.LogsAsync("production", "shop", null, 2, follow: false, default)) tail.Add(line.Text);
        Assert.Equal("line 4, line 5", string.Join(", ", tail));

        using var limit = new CancellationTokenSource(Limit);
        await using var followed = house.Client.LogsAsync("production", "shop", instance, 1, follow: true, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await followed.MoveNextAsync());
        var next = followed.MoveNextAsync().AsTask();
        house.Workloads.Write(new("production", "shop"), instance, "stderr", "line 6");
        Assert.True(await next);
        Assert.Equal(("line 6", "stderr", instance), (followed.Current.Text, followed.Current.Stream, followed.Current.Instance));
    }

    private static async Task ReadAsync(ApiHouse house, List<EventInfo> seen, int until)
    {
        using var limit = new CancellationTokenSource(Limit);
        await foreach (var record in house.Client.EventsAsync(seen.Count == 0 ? 0 : seen[^1].Seq, limit.Token))
        {
            seen.Add(record);
            if (seen.Count >= until) return;
        }
    }
}
