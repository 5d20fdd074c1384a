using Fairway.Client.Wire;
using Fairway.Source;

namespace Fairway.Pipelines;

/// <summary>A control plane killed with -9 while it runs what was pushed to it.</summary>
public sealed class KilledPlaneTests
{
    private const string Program = """
        #!/usr/bin/env python3
        import http.server, os
        class Shop(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
        """;

    [Fact]
    public async Task A_push_killed_in_a_step_is_carried_on_and_leaves_nothing()
    {
        await using var door = new Door();
        await using var house = await HouseAsync(door);
        door.Shut("build");
        house.Must("push", "fairway", "main");
        await door.UntilCameAsync("build");
        await house.KillAsync();
        var sandboxes = Path.Combine(house.Data, "pipelines", "sandboxes");
        await Hammer.Until.TrueAsync(() => Task.FromResult(!PipelineFolder.ProcessesOf(sandboxes).Any() && !PipelineFolder.SandboxesOf(sandboxes).Any()), "nothing of the sandbox is left");
        door.Open("build");
        await house.StartAsync();
        await ShippedOnceAsync(house);
        Assert.Equal(["build", "build"], door.Came);
        Assert.Empty(PipelineFolder.SandboxesOf(sandboxes));
    }

    [Fact]
    public async Task A_push_killed_after_each_record_of_the_ledger_ships_once()
    {
        await using var door = new Door();
        await using var house = await HouseAsync(door);
        var seen = await NewestAsync(house);
        // The push itself is killed with it: what git has is found again.
        var push = Task.Run(() => house.Git("push", "fairway", "main"));
        for (var more = 1; more < 14; more++)
        {
            var left = more;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await foreach (var record in house.Client.EventsAsync(seen, limit.Token))
                {
                    seen = record.Seq;
                    if (--left == 0) break;
                }
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                // Nothing happens any more: it is shipped.
                break;
            }
            await house.KillAsync();
            await push;
            await house.StartAsync();
            if (house.Git("ls-remote", "fairway", "main").Output.Length == 0) push = Task.Run(() => house.Git("push", "fairway", "main"));
        }
        await push;
        await ShippedOnceAsync(house);
        Assert.Empty(PipelineFolder.SandboxesOf(Path.Combine(house.Data, "pipelines", "sandboxes")));
        Assert.False(Directory.Exists(Path.Combine(house.Data, "pipelines", "shipping")) && Directory.EnumerateFileSystemEntries(Path.Combine(house.Data, "pipelines", "shipping")).Any());
        Assert.Empty(Directory.Exists(Path.Combine(house.Data, "checkouts")) ? Directory.EnumerateFileSystemEntries(Path.Combine(house.Data, "checkouts")) : []);
    }

    private static async Task<SourceHouse> HouseAsync(Door door)
    {
        var house = await SourceHouse.OpenAsync("trunk: main");
        house.Commit(".fairway/pipeline.yaml", $$"""
            jobs:
              lint: { run: test -f shop }
              build:
                needs: lint
                shell: bash
                steps: [{ run: "{{door.Knock("build")}}" }, { run: "mkdir -p dist && cp shop dist/ && chmod +x dist/shop" }]
                artifacts: { shop: dist/** }
                release: { service: shop, deploy: production }
            """, "ci: a pipeline");
        house.Commit("shop", Program, "feat: a shop");
        return house;
    }

    private static async Task ShippedOnceAsync(SourceHouse house)
    {
        PipelineRunInfo[] runs = [];
        await Hammer.Until.TrueAsync(
            async () =>
            {
                runs = [.. await house.Client.GetPipelineRunsAsync(null, 20, default)];
                return runs.Length > 0 && runs.All(run => run.State == "succeeded");
            },
            () => $"the run is over: {string.Join(", ", runs.Select(run => $"{run.State} {run.Why} {string.Join("; ", run.Jobs.Select(job => $"{job.Job} {job.State} {job.Why}"))}"))}");
        Assert.Single(runs);
        Assert.Single(await house.Client.GetReleasesAsync("shop", default));
        var records = await RecordsAsync(house);
        Assert.Single(records, record => record.Type.StartsWith("rollout-started.", StringComparison.Ordinal));
        Assert.Single(records, record => record.Type.StartsWith("pipeline-job-shipped.", StringComparison.Ordinal));
        Assert.Single(records, record => record.Type.StartsWith("pipeline-run-finished.", StringComparison.Ordinal));
        Assert.Single(Assert.Single(await house.Client.GetArtifactsAsync(null, default)).Attestations, one => one.Kind == "provenance");
    }

    private static async Task<long> NewestAsync(SourceHouse house) => (await RecordsAsync(house)).Select(record => record.Seq).DefaultIfEmpty(0).Max();

    private static async Task<List<EventInfo>> RecordsAsync(SourceHouse house)
    {
        var all = new List<EventInfo>();
        var page = await house.Client.SearchAuditAsync(new(null, null, null, null, null, null), null, 1000, default);
        all.AddRange(page.Records);
        return all;
    }
}
