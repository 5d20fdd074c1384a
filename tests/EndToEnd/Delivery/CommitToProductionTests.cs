using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Delivery;

/// <summary>
/// From <c>git push</c> to production with the real program, a .NET service and a Node service; and a bad commit stopped at each place on the way, with the reason where
/// people look for it.
/// </summary>
[Collection(Storefront.Name)]
public sealed class CommitToProductionTests(Storefront store)
{
    [Fact]
    public async Task A_commit_is_linted_tested_scanned_built_staged_tested_there_approved_and_shipped_by_a_canary()
    {
        Assert.Equal((3, 2), (Storefront.Job(store.First, "test-prices").Tests, Storefront.Job(store.First, "test-web").Tests));
        Assert.All(store.First.Jobs, job => Assert.Equal("succeeded", job.State));
        Assert.Equal("""{"cents":490}""", (await store.GetAsync("prices.localhost", "/prices/tea")).Body);

        var before = await store.Client.GetServiceAsync("production", "web", default);
        var (commit, said) = store.Push("feat(web): cups", ("web/settings.json", "\"name\": \"pot\", \"cents\": 2900 }", "\"name\": \"pot\", \"cents\": 2900 },\n    { \"name\": \"cup\", \"cents\": 1150 }"));
        Assert.Contains("remote: started main/", said, StringComparison.Ordinal);
        var run = await store.RunOfAsync(commit);
        Assert.True(run.State == "succeeded", Storefront.Words(run));
        // Nothing of the other service changed, so nothing of it was done again.
        Assert.Contains("since run", Storefront.Job(run, "test-prices").Why, StringComparison.Ordinal);

        var version = commit[..12];
        var staged = await store.ServesAsync("staging", "web", version);
        Assert.Equal(version, (await store.GetAsync("staging.localhost")).Version);
        var integration = await store.RunOfAsync(commit, "integration", "web");
        Assert.Equal(("succeeded", (int?)2), (integration.State, Storefront.Job(integration, "staging").Tests));

        var held = await store.HeldAsync("web", version);
        Assert.Contains("1 approval by an approver, 0 of 1 given", string.Join(' ', (await store.FairwayAsync("status")).Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        var (own, refused) = await store.FairwayAsync("approve", "web", "--environment", "production");
        Assert.True(own == ExitCodes.Refused && refused.Contains("another person approves it", StringComparison.Ordinal), refused);
        Assert.Equal(before.Rollout!.Summary.Number, (await store.Client.GetServiceAsync("production", "web", default)).Rollout!.Summary.Number);

        using var stop = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => store.LoadAsync(stop.Token))];
        Assert.Equal(0, (await store.AsBenAsync("approve", "web", "--environment", "production", "--reason", "cups at last")).Code);
        var live = await store.ServesAsync("production", "web", version);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal("canary", live.Rollout!.Summary.Strategy);
        Assert.Contains(live.Rollout.Steps, step => step.Weight is > 0 and < 100);
        Assert.Contains("<li>cup: 11.50 €</li>", (await store.GetAsync("localhost")).Body, StringComparison.Ordinal);

        // One release from the beginning to the end, and what is known of it.
        Assert.All((string[])[staged.Rollout!.Summary.Release, held.Queued!.Release, live.Rollout.Summary.Release], digest => Assert.Equal(Storefront.Job(run, "web").Release, digest));
        var artifact = await store.ArtifactAsync("web", live.Rollout.Summary.Release);
        var known = artifact.Attestations.GroupBy(one => one.Kind, StringComparer.Ordinal).ToDictionary(kind => kind.Key, kind => kind.Last(), StringComparer.Ordinal);
        Assert.All((string[])["tests", "scan/secrets", "scan/standards", "scan/dependencies", "provenance", "sbom", "pipeline/integration"], kind => Assert.True(known[kind].Passed, kind));
        Assert.Equal(0, (await store.FairwayAsync("artifact", "verify", artifact.Digest)).Code);
        using var bill = JsonDocument.Parse((await store.FairwayAsync("artifact", "sbom", artifact.Digest)).Output);
        Assert.Equal("pkg:npm/escape-html@1.0.3", bill.RootElement.GetProperty("components")[0].GetProperty("purl").GetString());
        await ToldAsync(commit, $"fairway success: run {run.Run} succeeded");
        await ToldAsync(commit, $"fairway/production/web success: {version} serves in production");
        Assert.Empty((await store.Client.VerifyLedgerAsync(default)).Problems);
    }

    [Fact]
    public async Task A_commit_that_breaks_a_rule_of_style_goes_no_further_than_lint()
    {
        var (commit, _) = store.Push("feat(web): look closer", ("web/page.js", "  const rows", "  console.log(things);\n  const rows"));
        await StoppedAsync(commit, "lint", "take the lines above out again");
    }

    [Fact]
    public async Task A_commit_with_a_failing_test_goes_no_further_than_its_tests()
    {
        var (commit, _) = store.Push("feat(web): other money", ("web/page.js", "padStart(2, '0')", "padStart(3, '0')"));
        await StoppedAsync(commit, "test-web", "1 test of 2 failed: cents become euros");
    }

    [Fact]
    public async Task A_leaked_secret_is_found_and_never_shown()
    {
        // Put together here, so that no scan of this repository finds it.
        const string Secret = "ghp" + "_" + "x7Kq2mZ9vT4bN8wR1cY6pL3dF5hJ0sAgUeQi";
        var (commit, _) = store.Push("chore: notes", ("notes.txt", "", $"token = {Secret}\n"));
        var run = await StoppedAsync(commit, "secrets", "notes.txt:1");
        Assert.DoesNotContain(Secret, Storefront.Words(run), StringComparison.Ordinal);
        // It is in the history, and stays found there until somebody answers for it.
        store.Revoke($"{commit}:notes.txt:github-token:1");
    }

    [Fact]
    public async Task A_dependency_with_a_known_hole_is_named()
    {
        var (commit, _) = store.Push("chore: tools", ("tools/package-lock.json", "", """
            {"name":"tools","lockfileVersion":3,"packages":{"":{"name":"tools"},"node_modules/lodash":{"version":"4.17.20"}}}
            """));
        await StoppedAsync(commit, "dependencies", "GHSA-35jh-r3h4-6jhm in tools/package-lock.json");
    }

    [Fact]
    public async Task What_fails_its_smoke_check_in_staging_serves_nobody_and_gets_no_further()
    {
        var (commit, _) = store.Push("feat(web): another name", ("web/page.js", "<h1>Storefront</h1>", "<h1>Shop</h1>"), ("web/page.js", "<title>Storefront</title>", "<title>Shop</title>"));
        Assert.Equal("succeeded", (await store.RunOfAsync(commit)).State);
        var version = commit[..12];
        var back = await store.ServiceAsync("staging", "web", now => now.Rollout?.Summary is { HasEnded: true } rollout && rollout.Version == version, $"{version} ends");
        Assert.Equal(RolloutPhases.RolledBack, back.Rollout!.Summary.Phase);
        Assert.Equal("smoke-failed", back.Rollout.Summary.Why.Code);
        Assert.NotEqual(version, (await store.GetAsync("staging.localhost")).Version);
        await DeniedAsync(back.Rollout.Summary.Release, "taken back in staging");
        await ToldAsync(commit, "fairway/staging/web failure: ");
    }

    [Fact]
    public async Task What_fails_its_integration_tests_in_staging_is_denied_by_the_gate_of_production()
    {
        var (commit, _) = store.Push("feat(web): dearer tea", ("web/settings.json", "\"cents\": 490", "\"cents\": 500"));
        var run = await store.RunOfAsync(commit, "integration", "web");
        Assert.Equal("failed", run.State);
        Assert.Contains("1 test of 2 failed: tea is for sale", Storefront.Job(run, "staging").Why, StringComparison.Ordinal);
        var release = (await store.RunOfAsync(commit)).Jobs.Single(job => job.Instance == "web").Release!;
        await DeniedAsync(release, "integration failed: staging: 1 test of 2 failed");
        var (code, output) = await store.FairwayAsync("promote", "web", "--from", "staging", "--to", "production", "--release", release);
        Assert.True(code == ExitCodes.Refused && output.Contains("integration failed", StringComparison.Ordinal), output);
        await ToldAsync(commit, "fairway/integration failure: staging: 1 test of 2 failed");
    }

    [Fact]
    public async Task A_canary_that_fails_in_production_is_taken_back_and_not_put_forward_again()
    {
        // Well enough for smoke checks and tests, and not for the public.
        var (commit, _) = store.Push("feat(web): on paper", ("web/settings.json", "\"pages\": null", "\"pages\": 12"));
        var version = commit[..12];
        await store.HeldAsync("web", version);
        var serving = (await store.GetAsync("localhost")).Version;
        using var stop = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => store.LoadAsync(stop.Token))];
        Assert.Equal(0, (await store.AsBenAsync("approve", "web", "--environment", "production")).Code);
        var back = await store.ServiceAsync("production", "web", now => now.Rollout?.Summary is { HasEnded: true } rollout && rollout.Version == version, $"{version} ends");
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal(RolloutPhases.RolledBack, back.Rollout!.Summary.Phase);
        Assert.Equal((200, serving), (await store.GetAsync("localhost")) is var answer ? (answer.Status, answer.Version) : default);
        await DeniedAsync(back.Rollout.Summary.Release, "taken back in production");

        // It still serves in staging, and a control plane that looks anew leaves it there.
        await store.KillAsync();
        Assert.Equal(ExitCodes.Refused, (await store.FairwayAsync("deploy", "web", "--environment", "production", "--release", back.Rollout.Summary.Release)).Code);
        var after = await store.Client.GetServiceAsync("production", "web", default);
        Assert.Equal((back.Rollout.Summary.Number, null), (after.Rollout!.Summary.Number, after.Queued?.Version));
        await ToldAsync(commit, "fairway/production/web failure: ");
    }

    /// <summary>The run failed in that job for that reason, made no release, and the host was told why.</summary>
    private async Task<PipelineRunInfo> StoppedAsync(string commit, string job, string reason)
    {
        var run = await store.RunOfAsync(commit);
        Assert.True(run.State == "failed", Storefront.Words(run));
        Assert.Equal([job], run.Jobs.Where(one => one.State == "failed").Select(one => one.Instance));
        Assert.Contains(reason, Storefront.Job(run, job).Why, StringComparison.Ordinal);
        Assert.Equal(("skipped", null), (Storefront.Job(run, "web").State, Storefront.Job(run, "web").Release));
        Assert.DoesNotContain(await store.Client.GetReleasesAsync("web", default), release => release.Version == commit[..12]);
        await ToldAsync(commit, $"fairway failure: {job}: ");
        return run;
    }

    /// <summary>The host was told so of a commit, or is in a moment.</summary>
    private Task ToldAsync(string commit, string what) => Storefront.UntilAsync(
        async () => (await store.StatusesAsync(commit)).Any(said => said.StartsWith(what, StringComparison.Ordinal)), () => $"the host is told: {what}");

    /// <summary>Production's gate says no to a release, and why.</summary>
    private async Task DeniedAsync(string release, string reason)
    {
        await Storefront.UntilAsync(async () => (await store.Client.ExplainGateAsync("production", "web", release, default)).Answer == "deny", () => "the gate says no");
        var (code, output) = await store.FairwayAsync("gate", "explain", "web", "--environment", "production", "--release", release);
        Assert.True(code == ExitCodes.Refused, output);
        Assert.Contains(reason, string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
