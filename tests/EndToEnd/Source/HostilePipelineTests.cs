using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Source;

/// <summary>Commits whose pipelines, branches and messages mean harm: the machine lives, nothing of others is touched, and whoever pushed reads why.</summary>
public sealed class HostilePipelineTests
{
    private const string Rules = "branches: [\"**\"]";

    [Fact]
    public async Task Jobs_that_mean_harm_end_and_say_why()
    {
        await using var house = await SourceHouse.OpenAsync(Rules);
        var mark = Path.Combine(Path.GetTempPath(), $"fairway-harm-{Guid.NewGuid():N}");
        house.Commit(".fairway/pipeline.yaml", $$$"""
            on: { push: {} }
            jobs:
              forks:
                sandbox: { processes: 64, network: none }
                timeout: 60s
                run: |
                  i=0
                  while [ $i -lt 400 ]; do sleep 20 & i=$((i + 1)); done
                  wait
              shell:
                steps:
                  - run: echo "${{ github.ref_name }}"
              data:
                env: { BRANCH: "${{ github.ref_name }}" }
                steps:
                  - run: test "$BRANCH" = 'x$(touch${IFS}{{{mark}}})'
              words:
                steps:
                  - id: said
                    run: |
                      printf '%s\n' '::set-output name=admin::yes' '::add-path::/tmp' '::stop-commands::x'
                      printf '\033]0;title\007\033[2J\n'
                  - run: test -z "${{ steps.said.outputs.admin }}"
              link:
                run: mkdir out && ln -s /etc/passwd out/passwd && ln -s ../../../../../etc out/etc
                artifacts: { out: out/** }
              outside:
                run: |
                  if cat {{{house.Data}}}/ledger.db || touch /usr/x || ls /root/.ssh || kill -9 {{{Environment.ProcessId}}}; then exit 1; fi
                  test -z "$FAIRWAY_DATA"
              hooks:
                run: if test -e .git; then exit 1; fi
            """, "feat: harm");
        house.Commit("hooks/post-checkout", $"#!/bin/sh\ntouch {mark}\n", "feat: hooks");
        house.Must("push", "fairway", $"HEAD:refs/heads/x$(touch${{IFS}}{mark})");
        var run = await EndOfAsync(house);
        string Why(string job) => $"{run.Jobs.Single(one => one.Instance == job).State}: {run.Jobs.Single(one => one.Instance == job).Why}";
        Assert.StartsWith("failed: ", Why("forks"), StringComparison.Ordinal);
        Assert.Contains("mean something to a shell", Why("shell"), StringComparison.Ordinal);
        Assert.Equal("succeeded: all steps did well", Why("data"));
        Assert.Equal("succeeded: all steps did well", Why("words"));
        Assert.Contains("out of", Why("link"), StringComparison.Ordinal);
        Assert.Equal("succeeded: all steps did well", Why("outside"));
        Assert.Equal("succeeded: all steps did well", Why("hooks"));
        Assert.False(File.Exists(mark));
        Assert.True((await house.Client.VerifyLedgerAsync(default)).Problems.Count == 0);
    }

    [Fact]
    public async Task Pipelines_that_are_too_much_are_not_begun_and_explained()
    {
        await using var house = await SourceHouse.OpenAsync(Rules);
        // A text that doubles in each line.
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 12).Select(at => $"a{at}: &a{at} [{string.Join(", ", Enumerable.Repeat($"*a{at - 1}", 9))}]\n"));
        house.Commit(".fairway/pipeline.yaml", bomb + "jobs: { x: { run: \"true\" } }\n", "feat: a bomb");
        Assert.Contains("nothing is started: the pipeline has", house.Must("push", "fairway", "HEAD:refs/heads/bomb"), StringComparison.Ordinal);
        house.Commit(".fairway/pipeline.yaml", "jobs: { x: { run: \"true\" } }\n#" + new string('x', 90 << 20), "feat: a giant");
        var giant = house.Must("push", "fairway", "HEAD:refs/heads/giant");
        Assert.Contains("remote: .fairway/pipeline.yaml:1:1: error FW1003", giant, StringComparison.Ordinal);
        house.Commit(".fairway/pipeline.yaml", string.Concat(Enumerable.Repeat("{a: ", 100_000)), "feat: a deep one");
        Assert.Contains("nothing is started", house.Must("push", "fairway", "HEAD:refs/heads/deep"), StringComparison.Ordinal);
        // A link in the place of the pipeline is not followed, and one that leads out is not taken.
        house.Must("rm", "-q", ".fairway/pipeline.yaml");
        house.Commit("other.yaml", "jobs: { x: { run: \"true\" } }\n", "feat: another");
        Directory.CreateDirectory(Path.Combine(house.Work, ".fairway"));
        File.CreateSymbolicLink(Path.Combine(house.Work, ".fairway", "pipeline.yaml"), "../other.yaml");
        house.Commit("x", "x", "feat: a link");
        Assert.Contains("no pipeline is configured", house.Must("push", "fairway", "HEAD:refs/heads/link"), StringComparison.Ordinal);
        Assert.Empty(await RunsAsync(house));
    }

    private static async Task<PipelineRunInfo> EndOfAsync(SourceHouse house)
    {
        PipelineRunInfo? last = null;
        await Hammer.Until.TrueAsync(
            async () => await RunsAsync(house) is [var newest, ..] && (last = newest).State != "running",
            () => $"the run ends: {string.Join("; ", last?.Jobs.Select(job => $"{job.Instance} {job.State}: {job.Why}") ?? [])}");
        return last!;
    }

    private static async Task<IReadOnlyList<PipelineRunInfo>> RunsAsync(SourceHouse house)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{house.Port}/api/pipelines/runs");
        request.Headers.Authorization = new("Bearer", (await house.Client.CreateTokenAsync(new($"viewer-{Guid.NewGuid():N}"[..20], ["viewer"], null), default)).Secret);
        using var answer = await http.SendAsync(request);
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.IReadOnlyListPipelineRunInfo)!;
    }
}
