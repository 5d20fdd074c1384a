using System.Net;
using System.Text;
using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Writes that are asked for twice, and readers that have the answer already.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public async Task The_same_key_and_the_same_request_are_done_once_and_answered_alike_also_after_a_restart()
    {
        await using var house = await ApiHouse.OpenAsync();
        var release = await house.ReleaseAsync("1.0");
        var body = JsonSerializer.Serialize(new("shop", null, release.Digest), WireJson.Default.DeployRequest);
        var first = await PostAsync(house, "rollouts", body, "deploy-1");
        await house.PhaseAsync(RolloutPhases.Completed);
        var again = await PostAsync(house, "rollouts", body, "deploy-1");
        await house.StopAsync();
        await house.StartAsync();
        var later = await PostAsync(house, "rollouts", body, "deploy-1");

        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Assert.Equal((first.Status, first.Text), (again.Status, again.Text));
        Assert.Equal((first.Status, first.Text), (later.Status, later.Text));
        Assert.Single(house.Ledger.Records, record => record.Type == "rollout-started.v1");
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        await using var house = await ApiHouse.OpenAsync();
        var release = await house.ReleaseAsync("1.0");
        await PostAsync(house, "rollouts", JsonSerializer.Serialize(new("shop", null, release.Digest), WireJson.Default.DeployRequest), "one");
        var other = await PostAsync(house, "rollouts", JsonSerializer.Serialize(new("shop", null, release.Digest, Reason: "else"), WireJson.Default.DeployRequest), "one");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (other.Status, Problem(other.Text).Code));
    }

    [Fact]
    public async Task What_failed_may_be_tried_again_with_the_same_key()
    {
        await using var house = await ApiHouse.OpenAsync();
        var body = "{\"command\":\"promote\"}";
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(house, "services/production/shop/commands", body, "k")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(house, "services/production/shop/commands", "{", "k")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(house, "services/production/shop/commands", body, "k")).Status);
    }

    [Fact]
    public async Task Two_at_once_with_one_key_are_done_once()
    {
        await using var house = await ApiHouse.OpenAsync();
        var body = "{\"channel\":\"mail\",\"address\":\"anna@example.com\"}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(house, "subscriptions", body, "at-once")));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Single((await house.Client.GetSubscriptionsAsync(null, default)).Subscriptions);
    }

    [Fact]
    public async Task A_secret_that_is_shown_once_is_not_kept_to_be_repeated()
    {
        await using var house = await ApiHouse.OpenAsync();
        var body = "{\"channel\":\"webhook\",\"address\":\"http://127.0.0.1:9/x\"}";
        var first = await PostAsync(house, "subscriptions", body, "hook");
        var again = await PostAsync(house, "subscriptions", body, "hook");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict, "already-done"), (first.Status, again.Status, Problem(again.Text).Code));
        var key = JsonSerializer.Deserialize(first.Text, WireJson.Default.SubscribedInfo)!.Key!;
        Assert.All(Directory.EnumerateFiles(Path.Combine(house.Data.Path, "idempotency")), file => Assert.DoesNotContain(key, File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        + "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901")]
    [InlineData("two words")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        await using var house = await ApiHouse.OpenAsync();
        var answer = await PostAsync(house, "ledger/verify", "", key);
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency-key-invalid"), (answer.Status, Problem(answer.Text).Code));
    }

    [Fact]
    public async Task Who_has_the_answer_already_is_told_so()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        foreach (var path in new[] { "rollouts/production/shop/1", "releases?service=shop", "openapi.json", "rollouts" })
        {
            using var first = await house.Raw.GetAsync(path);
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var again = await house.Raw.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_command_upon_an_older_state_is_refused_and_upon_the_present_one_done()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        using var before = await house.Raw.GetAsync("services/production/shop");
        var release = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", null, release.Digest), default);
        await Hammer.Until.TrueAsync(async () => (await house.Client.GetServiceAsync("production", "shop", default)).Rollout is { Weight: 10 }, "10 % are confirmed");
        var late = await PostAsync(house, "services/production/shop/commands", "{\"command\":\"pause\"}", null, before.Headers.ETag!.Tag);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "changed-meanwhile"), (late.Status, Problem(late.Text).Code));

        // The rollout goes on meanwhile: what was read last may be old by one record, and is then read again.
        await Hammer.Until.TrueAsync(async () =>
        {
            using var now = await house.Raw.GetAsync("services/production/shop");
            return (await PostAsync(house, "services/production/shop/commands", "{\"command\":\"pause\"}", null, now.Headers.ETag!.Tag)).Status == HttpStatusCode.OK;
        }, "the pause is taken");
    }

    [Fact]
    public async Task Releases_come_page_by_page()
    {
        await using var house = await ApiHouse.OpenAsync();
        for (var i = 0; i < 5; i++) await house.ReleaseAsync($"1.{i}");
        var seen = new List<string>();
        for (var path = "releases?service=shop&limit=2"; path is not null;)
        {
            using var page = await house.Raw.GetAsync(path);
            seen.AddRange(JsonSerializer.Deserialize(await page.Content.ReadAsStringAsync(), WireJson.Default.IReadOnlyListReleaseInfo)!.Select(release => release.Version));
            path = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1]["/api/".Length..] : null;
        }
        Assert.Equal(["1.0", "1.1", "1.2", "1.3", "1.4"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_ledger_comes_page_by_page_and_by_its_parts()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var seen = new List<EventInfo>();
        long? cursor = null;
        do
        {
            var page = JsonSerializer.Deserialize(await house.Raw.GetStringAsync($"ledger/records?order=oldest&limit=7{(cursor is null ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"&cursor={cursor}"))}"), WireJson.Default.EventPage)!;
            seen.AddRange(page.Records);
            cursor = page.Cursor;
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, seen.Count), seen.Select(record => (int)record.Seq));
        var started = JsonSerializer.Deserialize(await house.Raw.GetStringAsync("ledger/records?type=rollout-started,rollout-ended&stream=service/production/"), WireJson.Default.EventPage)!;
        Assert.Equal(["rollout-ended.v1", "rollout-started.v1"], started.Records.Select(record => record.Type));
    }

    private static ProblemInfo Problem(string text) => JsonSerializer.Deserialize(text, WireJson.Default.ProblemInfo)!;

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(ApiHouse house, string path, string body, string? key, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await house.Raw.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
