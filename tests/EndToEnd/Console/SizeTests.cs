using Fairway.Api;
using Fairway.Bench.Console;
using NodaTime;

namespace Fairway.Console;

/// <summary>Pages stay small, whatever there is to show.</summary>
public sealed class SizeTests
{
    private const int Most = 200_000;

    [Fact]
    public async Task An_overview_of_a_thousand_services_is_paged_and_small()
    {
        await using var house = await ApiHouse.OpenAsync();
        var shop = house.Configuration.Services[0];
        house.Configuration.Services = [.. Enumerable.Range(0, 1000).Select(i => shop with { Key = new("production", $"service-{i:D4}-of-some-length") })];
        var first = await house.Raw.GetStringAsync("http://fairway/");
        Assert.InRange(first.Length, 10_000, Most);
        Assert.Contains("Page 1 of 10", first, StringComparison.Ordinal);
        Assert.Contains("service-0099", first, StringComparison.Ordinal);
        Assert.DoesNotContain("service-0100", first, StringComparison.Ordinal);
        Assert.Contains("service-0999", await house.Raw.GetStringAsync("http://fairway/?page=10"), StringComparison.Ordinal);
        var found = await house.Raw.GetStringAsync("http://fairway/?q=0042");
        Assert.Contains("service-0042", found, StringComparison.Ordinal);
        Assert.DoesNotContain("service-0043", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_rollout_is_drawn_in_few_columns_and_none_of_its_requests_is_lost()
    {
        await using var house = await ApiHouse.OpenAsync();
        var spec = house.Configuration.Services[0] with { Key = new("production", "long") };
        house.Configuration.Services = house.Configuration.Services.Add(spec);
        await LongRollout.AppendAsync(house.Ledger, spec, 3_000, Instant.FromUtc(2026, 1, 1, 0, 0));
        var page = "";
        await Hammer.Until.TrueAsync(async () =>
        {
            page = await house.Raw.GetStringAsync("http://fairway/rollouts/production/long/1");
            return !page.Contains("being read", StringComparison.Ordinal);
        }, "the ledger is read");
        Assert.InRange(page.Length, 10_000, Most);
        Assert.Contains("3,000 looks of the judge in", page, StringComparison.Ordinal);

        var ticks = new Web.TraceTicks();
        for (var i = 0; i < 100_000; i++) ticks.Add(new(i * 1000L, (i + 1) * 1000L, new(1, 10), new(2, 90), i == 70_001 ? 4 : 0, 1));
        Assert.InRange(ticks.Columns.Count, Web.TraceTicks.Most / 2, Web.TraceTicks.Most);
        Assert.Equal(1_000_000, ticks.Columns.Sum(column => column.Candidate.Exposure));
        Assert.Equal(200_000, ticks.Columns.Sum(column => column.Stable.Events));
        Assert.Equal(4, ticks.Columns.Max(column => column.LogWorse));
        Assert.All(ticks.Columns.Zip(ticks.Columns.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
    }

    [Fact]
    public async Task Assets_are_kept_by_browsers_until_they_change()
    {
        await using var house = await ApiHouse.OpenAsync();
        var page = await house.Raw.GetStringAsync("http://fairway/");
        var address = "http://fairway" + System.Text.RegularExpressions.Regex.Match(page, "/assets/console.css\\?v=[0-9a-f]+").Value;
        using var first = await house.Raw.GetAsync(address);
        Assert.Contains("immutable", first.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var again = new HttpRequestMessage(HttpMethod.Get, address);
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var same = await house.Raw.SendAsync(again);
        Assert.Equal(System.Net.HttpStatusCode.NotModified, same.StatusCode);
        using var other = await house.Raw.GetAsync("http://fairway/assets/..%2fFairway.Host.dll");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, other.StatusCode);
    }
}
