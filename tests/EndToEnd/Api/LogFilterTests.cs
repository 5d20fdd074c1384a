using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Logs, filtered by the control plane.</summary>
public sealed class LogFilterTests
{
    [Theory]
    [InlineData("", 5)]
    [InlineData("?text=TILL", 2)]
    [InlineData("?level=warning", 2)]
    [InlineData("?request=7f3a", 1)]
    [InlineData("?stream=stderr", 1)]
    [InlineData("?since=1h", 5)]
    [InlineData("?since=2099-01-01T00:00:00Z", 0)]
    [InlineData("?text=till&level=error", 1)]
    public async Task Only_the_lines_that_were_asked_for_come(string query, int lines)
    {
        await using var house = await ApiHouse.OpenAsync();
        await WriteAsync(house);
        var text = await house.Raw.GetStringAsync("services/production/shop/logs" + query);

        Assert.Equal(lines, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_reader_that_follows_sees_new_lines_that_fit()
    {
        await using var house = await ApiHouse.OpenAsync();
        var instance = await WriteAsync(house);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var lines = house.Client.LogsAsync("production", "shop", null, 0, follow: true, new(Level: "error"), limit.Token).GetAsyncEnumerator(limit.Token);
        var next = lines.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            house.Workloads.Write(new("production", "shop"), instance, "stdout", "info: nothing");
            house.Workloads.Write(new("production", "shop"), instance, "stdout", "error: at last");
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token));
        }
        Assert.True(await next);
        Assert.Equal("error: at last", lines.Current.Text);
    }

    [Theory]
    [InlineData("?level=loud", "query-invalid")]
    [InlineData("?stream=stdin", "query-invalid")]
    [InlineData("?since=yesterday", "query-invalid")]
    [InlineData("?tail=10001", "query-invalid")]
    public async Task A_filter_that_is_none_is_refused(string query, string code)
    {
        await using var house = await ApiHouse.OpenAsync();
        using var answer = await house.Raw.GetAsync("services/production/shop/logs" + query);
        Assert.Equal((400, code), ((int)answer.StatusCode, JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!.Code));
    }

    private static async Task<string> WriteAsync(ApiHouse house)
    {
        await house.ServingAsync("1.0");
        var instance = (await house.Client.GetServiceAsync("production", "shop", default)).Instances[0].Id;
        foreach (var (stream, text) in new[]
        {
            ("stdout", "info: listening"), ("stdout", "warn: the till is slow, request 7f3a"), ("stderr", "error: the Till fell over, request 7f3ab"), ("stdout", "GET / 200"),
            ("stdout", "debug: tick"),
        })
            house.Workloads.Write(new("production", "shop"), instance, stream, text);
        return instance;
    }
}
