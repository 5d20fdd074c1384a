using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Api;

public sealed class ApiTests
{
    [Fact]
    public async Task The_status_names_the_process_and_every_configured_service()
    {
        await using var house = await ApiHouse.OpenAsync();
        var status = await house.Client.GetStatusAsync(default);

        Assert.Equal(Environment.ProcessId, status.ControlPlane.Pid);
        Assert.Equal(house.Data.Path, status.ControlPlane.DataFolder);
        Assert.Null(status.Edge);
        Assert.Equal(("production", "shop", ServiceStates.NotDeployed), status.Services.Select(one => (one.Environment, one.Service, one.State)).Single());
    }

    [Fact]
    public async Task A_release_is_stored_once_and_deployed_by_the_beginning_of_its_digest()
    {
        await using var house = await ApiHouse.OpenAsync();
        var first = await house.ReleaseAsync("1.0", "hello");
        var again = await house.ReleaseAsync("1.0", "hello");
        var answer = await house.Client.DeployAsync(new("shop", null, first.Digest[7..19], Reason: "the first one"), default);
        await house.PhaseAsync(RolloutPhases.Completed);
        var rollout = await house.Client.GetRolloutAsync("production/shop/1", default);

        Assert.True(first.Created);
        Assert.False(again.Created);
        Assert.Equal("production/shop/1", answer.Rollout);
        Assert.Equal(("1.0", "the first one"), (rollout.Summary.Version, rollout.Summary.Reason));
        Assert.Equal(Environment.UserName, rollout.Summary.By);
        Assert.Single(await house.Client.GetReleasesAsync("shop", default));
        Assert.Equal(ServiceStates.Stable, (await house.Client.GetStatusAsync(default)).Services.Single().State);
    }

    [Fact]
    public async Task A_rollout_is_steered_and_every_decision_explained()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var next = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", "production", next.Digest), default);
        await Until.TrueAsync(async () => (await house.Client.GetServiceAsync("production", "shop", default)).Rollout is { Weight: 10 }, "10 % are confirmed");
        await house.Client.CommandAsync("production", "shop", new("pause", "lunch"), default);
        Assert.Equal(ServiceStates.Paused, (await house.Client.GetServiceAsync("production", "shop", default)).State);
        await house.Client.CommandAsync("production", "shop", new("resume"), default);
        await house.Client.CommandAsync("production", "shop", new("promote"), default);
        await house.PhaseAsync(RolloutPhases.Completed);

        var explained = await house.Client.ExplainAsync("production/shop/2", default);
        Assert.All(explained.Decisions, decision => Assert.NotEmpty(decision.Why!.Sentence));
        Assert.Contains(explained.Decisions, decision => decision.Type == "rollout-paused.v1" && decision.Why!.Sentence.Contains("lunch", StringComparison.Ordinal));
        Assert.Contains(explained.Decisions, decision => decision.Effects.Any(effect => effect.Kind == "set-routes"));
    }

    [Fact]
    public async Task The_live_view_has_weights_counts_and_latency_of_both_arms()
    {
        await using var house = await ApiHouse.OpenAsync();
        var stable = await house.ServingAsync("1.0");
        var next = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", "production", next.Digest), default);
        ServiceInfo? view = null;
        await Until.TrueAsync(async () => (view = await house.Client.GetServiceAsync("production", "shop", default)).Rollout is { Weight: 10 }, "10 % are confirmed");

        Assert.Equal([(stable.Digest, 90d, "stable"), (next.Digest, 10d, "candidate")], view!.Arms.Select(arm => (arm.Release, arm.Weight, arm.Role)));
        Assert.Equal(2, view.Instances.Count(instance => instance.Phase == "ready"));
        Assert.Equal("*shop.test/".Trim('*'), view.Routes.Single());
    }

    [Fact]
    public async Task A_refusal_carries_its_reason_and_the_status_409()
    {
        await using var house = await ApiHouse.OpenAsync();
        var error = await Assert.ThrowsAsync<FairwayException>(() => house.Client.CommandAsync("production", "shop", new("promote"), default));

        Assert.Equal(409, error.Status);
        Assert.NotNull(error.Why);
        Assert.Equal(error.Detail, error.Why.Sentence);
    }

    [Theory]
    [InlineData("GET", "nothing", 404, "unknown-path")]
    [InlineData("GET", "../elsewhere", 404, "unknown-path")]
    [InlineData("DELETE", "services", 405, "method-not-allowed")]
    [InlineData("GET", "services/production/shoe", 404, "unknown-service")]
    [InlineData("GET", "services?environment=production", 400, "query-unknown")]
    [InlineData("GET", "rollouts?limit=many", 400, "query-invalid")]
    [InlineData("GET", "rollouts?limit=0", 400, "query-invalid")]
    [InlineData("GET", "rollouts?limit=1&limit=2", 400, "query-repeated")]
    [InlineData("GET", "rollouts?cursor=yesterday", 400, "cursor-invalid")]
    [InlineData("GET", "rollouts/production/shop/one", 404, "unknown-rollout")]
    [InlineData("GET", "rollouts/production/shop/99", 404, "unknown-rollout")]
    [InlineData("GET", "releases", 400, "query-missing")]
    [InlineData("GET", "events?after=-1", 400, "query-invalid")]
    [InlineData("POST", "releases?service=shop&version=a%20b", 422, "version-invalid")]
    public async Task What_is_asked_wrongly_is_answered_with_a_problem_that_says_how_to_ask(string method, string path, int status, string code)
    {
        await using var house = await ApiHouse.OpenAsync();
        using var request = new HttpRequestMessage(new(method), path);
        using var answer = await house.Raw.SendAsync(request);
        var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!;

        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((status, code), ((int)answer.StatusCode, problem.Code));
        Assert.Equal(status, problem.Status);
        Assert.NotEmpty(problem.Detail);
    }

    [Theory]
    [InlineData("{\"service\":\"shop\",\n \"release\" \"x\"}", 400, "malformed-json", "line 2, byte")]
    [InlineData("{\"service\":7,\"release\":\"x\"}", 400, "malformed-json", "$.service")]
    [InlineData("null", 400, "malformed-json", "null")]
    [InlineData("", 400, "malformed-json", "line 1")]
    [InlineData("{\"service\":\"shop\",\"release\":\"latest\"}", 422, "digest-invalid", "latest")]
    [InlineData("{\"service\":\"shop\",\"release\":\"0123456789ab\"}", 404, "unknown-release", "0123456789ab")]
    [InlineData("{\"service\":\"shoe\",\"release\":\"0123456789ab\"}", 404, "unknown-service", "shoe")]
    [InlineData("{\"service\":\"shop\",\"release\":\"0123456789ab\",\"strategy\":\"yolo\"}", 422, "unknown-strategy", "yolo")]
    [InlineData("{\"service\":\"shop\",\"release\":\"0123456789ab\",\"strategy\":\"1\"}", 422, "unknown-strategy", "1")]
    public async Task A_body_that_cannot_be_used_is_refused_and_says_where(string body, int status, string code, string says)
    {
        await using var house = await ApiHouse.OpenAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await house.Raw.PostAsync("rollouts", content);
        var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!;

        Assert.Equal((status, code), ((int)answer.StatusCode, problem.Code));
        Assert.Contains(says, problem.Detail, StringComparison.Ordinal);
        Assert.Empty(house.Ledger.Records);
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_no_JSON_is_refused()
    {
        await using var house = await ApiHouse.OpenAsync();
        using var large = new StringContent("{\"service\":\"" + new string('x', 100_000) + "\"}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "rollouts") { Content = large };
        // The answer comes before the body is sent.
        request.Headers.ExpectContinue = true;
        using var tooLarge = await house.Raw.SendAsync(request);
        using var form = new StringContent("service=shop", MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded"));
        using var notJson = await house.Raw.PostAsync("rollouts", form);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, notJson.StatusCode);
    }

    [Fact]
    public async Task A_broken_configuration_refuses_deploys_with_its_mistakes_and_leaves_what_runs()
    {
        await using var house = await ApiHouse.OpenAsync();
        var release = await house.ServingAsync("1.0");
        house.Configuration.Problems = ["fairway.yaml:3:7: error FW1101: shop has no field rotues; did you mean routes?"];
        var error = await Assert.ThrowsAsync<FairwayException>(() => house.Client.DeployAsync(new("shop", null, release.Digest), default));

        Assert.Equal(("configuration-broken", 422, ExitCodes.Usage), (error.Code, error.Status, error.ExitCode));
        Assert.Equal(house.Configuration.Problems, error.Diagnostics);
        var status = await house.Client.GetStatusAsync(default);
        Assert.Equal(house.Configuration.Problems, status.ControlPlane.ConfigurationProblems);
        Assert.Equal(ServiceStates.Stable, status.Services.Single().State);
    }

    [Fact]
    public async Task A_full_disk_is_a_507_that_says_what_to_do_and_ends_by_itself()
    {
        await using var house = await ApiHouse.OpenAsync();
        var release = await house.ReleaseAsync("1.0");
        house.Ledger.OnAppend = (_, _) => throw new LedgerException(new(FaultKind.Exhausted, Blame.Platform, Retryable: true, "the disk of /data is full"));
        var error = await Assert.ThrowsAsync<FairwayException>(() => house.Client.DeployAsync(new("shop", null, release.Digest), default));
        house.Ledger.OnAppend = null;

        Assert.Equal(("ledger-exhausted", 507), (error.Code, error.Status));
        Assert.Contains("make room", error.Mend, StringComparison.Ordinal);
        await house.Client.DeployAsync(new("shop", null, release.Digest), default);
        await house.PhaseAsync(RolloutPhases.Completed);
    }

    [Fact]
    public async Task The_history_comes_in_pages_newest_first()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var next = await house.ReleaseAsync("1.1");
        await house.Client.DeployAsync(new("shop", null, next.Digest, Strategy: "blueGreen"), default);
        await Until.TrueAsync(async () => (await house.Client.GetServiceAsync("production", "shop", default)).Rollout?.Summary is { Number: 2, HasEnded: true }, "it ends");
        var first = await house.Client.GetRolloutsAsync("shop", null, null, 1, default);
        var second = await house.Client.GetRolloutsAsync("shop", null, first.Cursor, 1, default);

        Assert.Equal(("production/shop/2", "blueGreen"), (first.Rollouts.Single().Id, first.Rollouts.Single().Strategy));
        Assert.Equal("production/shop/1", second.Rollouts.Single().Id);
        Assert.Null(second.Cursor);
        Assert.Empty((await house.Client.GetRolloutsAsync(null, "staging", null, null, default)).Rollouts);
    }

    [Fact]
    public async Task The_ledger_is_verified_and_its_read_models_derived_anew()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        var verified = await house.Client.VerifyLedgerAsync(default);
        var rebuilt = await house.Client.RebuildLedgerAsync(default);

        Assert.Empty(verified.Problems);
        Assert.Equal(house.Ledger.Records.Length, verified.Records);
        Assert.Equal(verified.Records, rebuilt.Records);
        Assert.Single((await house.Client.GetRolloutsAsync(null, null, null, null, default)).Rollouts);
    }
}
