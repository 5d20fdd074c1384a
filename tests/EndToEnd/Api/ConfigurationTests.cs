using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>The configuration over the API: checked, planned, applied, on a real file.</summary>
public sealed class ConfigurationTests
{
    private const string First = "services:\n  shop:\n    run: ./shop\n    instances: 2\n";
    private const string Second = "services:\n  shop:\n    run: ./shop --fast\n    instances: 3\n    routes: [{ path: /shop }]\n  cart:\n    run: ./cart\n    routes: [{ path: /cart }]\n";

    [Fact]
    public async Task A_file_is_checked_with_the_place_of_each_mistake()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        var good = await house.Client.ValidateConfigurationAsync(Bytes(Second), default);
        var bad = await house.Client.ValidateConfigurationAsync(Bytes("services:\n  shop:\n    run: ./shop\n    instnces: 2\n"), default);

        Assert.True(good.Valid);
        Assert.False(bad.Valid);
        var mistake = Assert.Single(bad.Diagnostics);
        Assert.Equal(("error", "FW1101", 4, 5), (mistake.Severity, mistake.Code, mistake.Line, mistake.Column));
        Assert.Contains("instances", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_says_part_by_part_what_changes_and_changes_nothing()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        var plan = await house.Client.PlanConfigurationAsync(Bytes(Second), default);

        Assert.Equal([("production/shop", "changed"), ("production/cart", "added")], plan.Changes.Select(change => (change.Part, change.Change)));
        Assert.Contains(new("rollout.instances", "2", "3"), plan.Changes[0].Fields);
        Assert.Equal(First, await System.IO.File.ReadAllTextAsync(house.File));
        Assert.Empty((await house.Client.PlanConfigurationAsync(Bytes("# the same\n" + First), default)).Changes);
    }

    [Fact]
    public async Task Applied_it_is_in_force_the_file_is_it_and_the_earlier_one_is_kept()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        var plan = await house.Client.PlanConfigurationAsync(Bytes(Second), default);
        var applied = await house.Client.ApplyConfigurationAsync(Bytes(Second), plan.Tag, default);

        Assert.Equal(Second, await System.IO.File.ReadAllTextAsync(house.File));
        Assert.Equal(["cart", "shop"], (await house.Client.GetServicesAsync(default)).Select(service => service.Service).Order(StringComparer.Ordinal));
        Assert.NotEqual(plan.Tag, applied.Tag);
        Assert.Equal(applied.Digest, (await house.Client.GetConfigurationAsync(default)).Digest);
        Assert.Equal(First, await System.IO.File.ReadAllTextAsync(Assert.Single(Directory.EnumerateFiles(Path.Combine(house.Data.Path, "configuration")))));
        var record = Assert.Single(house.Ledger.Records, record => record.Type == "configuration-applied.v1");
        Assert.Equal(Environment.UserName, record.Actor);
    }

    [Fact]
    public async Task A_file_that_somebody_else_changed_meanwhile_is_not_overwritten()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        var plan = await house.Client.PlanConfigurationAsync(Bytes(Second), default);
        await System.IO.File.WriteAllTextAsync(house.File, First + "# by hand\n");
        var error = await Assert.ThrowsAsync<FairwayException>(() => house.Client.ApplyConfigurationAsync(Bytes(Second), plan.Tag, default));

        Assert.Equal(("changed-meanwhile", 412), (error.Code, error.Status));
        Assert.EndsWith("# by hand\n", await System.IO.File.ReadAllTextAsync(house.File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_must_say_which_state_it_was_made_from()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        using var content = new ByteArrayContent(Bytes(Second)) { Headers = { ContentType = new("application/yaml") } };
        using var answer = await house.Raw.PostAsync("configuration/apply", content);

        Assert.Equal(HttpStatusCode.PreconditionRequired, answer.StatusCode);
        Assert.Equal(First, await System.IO.File.ReadAllTextAsync(house.File));
    }

    [Fact]
    public async Task The_ETag_of_what_is_in_force_is_good_for_a_change()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        using var state = await house.Raw.GetAsync("configuration");
        using var request = new HttpRequestMessage(HttpMethod.Post, "configuration/apply") { Content = new ByteArrayContent(Bytes(Second)) { Headers = { ContentType = new("application/yaml") } } };
        request.Headers.IfMatch.Add(state.Headers.ETag!);
        using var answer = await house.Raw.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Second, await System.IO.File.ReadAllTextAsync(house.File));
    }

    [Theory]
    [InlineData("services: [", "application/yaml", 422, "configuration-broken")]
    [InlineData("services:\n  shop: { run: ./shop, env: { DB_PASSWORD: very-secret } }", "application/yaml", 422, "configuration-broken")]
    [InlineData("{}", "application/json", 415, "not-yaml")]
    [InlineData("", "application/yaml", 422, "configuration-broken")]
    public async Task What_cannot_be_in_force_is_refused_with_its_mistakes_and_changes_nothing(string yaml, string media, int status, string code)
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        using var request = new HttpRequestMessage(HttpMethod.Post, "configuration/apply") { Content = new ByteArrayContent(Bytes(yaml)) { Headers = { ContentType = new(media) } } };
        request.Headers.IfMatch.Add(EntityTagHeaderValue.Any);
        using var answer = await house.Raw.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var problem = JsonSerializer.Deserialize(text, WireJson.Default.ProblemInfo)!;

        Assert.Equal((status, code), ((int)answer.StatusCode, problem.Code));
        Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal);
        Assert.Equal(First, await System.IO.File.ReadAllTextAsync(house.File));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var house = await ApiHouse.OpenWithFileAsync(First);
        using var content = new ByteArrayContent(new byte[(4 << 20) + 1]) { Headers = { ContentType = new("application/yaml") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "configuration/validate") { Content = content };
        // The answer comes before the body is sent.
        request.Headers.ExpectContinue = true;
        using var answer = await house.Raw.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
