using Fairway.Ports;
using NodaTime;
using Xunit;

namespace Fairway.Pipelines;

/// <summary>Runs of a control plane: started, queued in groups, gone on with, cached, and what they leave removed.</summary>
public sealed class PipelineDeskTests
{
    [Fact]
    public async Task A_run_goes_through_its_jobs_and_its_end_is_told_once()
    {
        await using var house = new DeskHouse();
        var run = await house.StartAsync(Of(Job("a", "say hello\nmake out") with { Artifacts = [new("out", ["out"])] }, Job("b", "say well", "a")));
        Assert.Single(await house.Ledger.ListAsync(OpenRunsProjection.Name, "", DeskHouse.Cancellation));
        run = await house.UntilEndAsync(run);
        Assert.Equal(Outcome.Success, run.Outcome);
        Assert.Contains("hello", await house.LogAsync(run, "a"), StringComparison.Ordinal);
        Assert.Equal(["main Success"], house.Ended);
        Assert.Empty(await house.Ledger.ListAsync(OpenRunsProjection.Name, "", DeskHouse.Cancellation));
        var again = await house.UntilEndAsync(await house.StartAsync(run.Pipeline));
        Assert.All(again.Instances, found => Assert.Equal(run.Id, found.State.Result!.CachedFrom));
        Assert.Contains("nothing it depends on changed", Assert.Single(await house.Desk.ExplainAsync(again, again.Find("a")!.Value.State, DeskHouse.Cancellation)).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_with_the_control_plane_goes_on_with_the_next_one()
    {
        await using var house = new DeskHouse();
        var run = await house.StartAsync(Of(Job("a", "say once"), Job("b", "wait b", "a")));
        await house.UntilAsync(run, now => now.Find("b")?.State.Phase == InstancePhase.Running);
        await house.AgainAsync();
        house.Let("b");
        run = await house.UntilEndAsync(run);
        Assert.Equal(Outcome.Success, run.Outcome);
        Assert.Equal((1, 2), (run.Find("a")!.Value.State.Attempt, run.Find("b")!.Value.State.Attempt));
        Assert.Single(house.Scripts, script => script == "say once");
    }

    [Fact]
    public async Task In_a_group_one_runs_and_the_newest_waits()
    {
        await using var house = new DeskHouse();
        var pipeline = Of(Job("a", "wait go") with { Cache = new() { Enabled = false } }) with { Concurrency = new("deploy") };
        var first = await house.StartAsync(pipeline);
        await house.UntilRunningAsync(first);
        var second = await house.StartAsync(pipeline);
        await house.UntilAsync(second, now => now.BegunAt is null);
        var third = await house.StartAsync(pipeline);
        second = await house.UntilEndAsync(second);
        Assert.Equal(Outcome.Cancelled, second.Outcome);
        Assert.Contains("came later and takes its place in group deploy", second.Why!.Sentence, StringComparison.Ordinal);
        Assert.Null((await house.UntilAsync(third, _ => true)).BegunAt);
        house.Let("go");
        Assert.Equal((Outcome.Success, Outcome.Success), ((await house.UntilEndAsync(first)).Outcome, (await house.UntilEndAsync(third)).Outcome));
    }

    [Fact]
    public async Task In_a_group_all_wait_in_their_order_or_the_newest_replaces()
    {
        await using var house = new DeskHouse();
        var all = Of(Job("a", "wait go") with { Cache = new() { Enabled = false } }) with { Name = "all", Concurrency = new("all", QueueMode.All) };
        PipelineRun[] runs = [await house.StartAsync(all), await house.StartAsync(all), await house.StartAsync(all)];
        house.Let("go");
        foreach (var run in runs) Assert.Equal(Outcome.Success, (await house.UntilEndAsync(run)).Outcome);
        var replacing = Of(Job("a", "wait never")) with { Name = "replacing", Concurrency = new("r") { ReplaceIf = "${{ github.ref_name == 'main' }}" } };
        var older = await house.StartAsync(replacing);
        await house.UntilRunningAsync(older);
        var newer = await house.StartAsync(replacing);
        Assert.Equal(Outcome.Cancelled, (await house.UntilEndAsync(older)).Outcome);
        await house.UntilRunningAsync(newer);
        Assert.True(house.Desk.Cancel(new("replacing", newer.Id), "anna", "enough"));
        Assert.Equal("anna cancelled it: enough", (await house.UntilEndAsync(newer)).Why!.Sentence);
    }

    [Fact]
    public async Task Whoever_had_a_groups_turn_has_it_again_after_a_restart()
    {
        await using var house = new DeskHouse();
        var pipeline = Of(Job("a", "wait go") with { Cache = new() { Enabled = false } }) with { Concurrency = new("deploy") };
        var first = await house.StartAsync(pipeline);
        await house.UntilRunningAsync(first);
        var second = await house.StartAsync(pipeline);
        await house.AgainAsync();
        await house.UntilAsync(first, now => now.Find("a")?.State is { Phase: InstancePhase.Running, Attempt: 2 });
        Assert.Null((await house.UntilAsync(second, _ => true)).BegunAt);
        house.Let("go");
        Assert.Equal((Outcome.Success, Outcome.Success), ((await house.UntilEndAsync(first)).Outcome, (await house.UntilEndAsync(second)).Outcome));
    }

    [Fact]
    public async Task Steps_leave_variables_but_not_those_of_the_runner()
    {
        await using var house = new DeskHouse();
        var run = await house.UntilEndAsync(await house.StartAsync(Of(
            Job("a", "set A=1\nset GITHUB_SHA=evil\nset RUNNER_TEMP=/evil") with { Steps = [Step("set A=1\nset GITHUB_SHA=evil"), Step("env A\nenv GITHUB_SHA")] },
            Job("b", "set NODE_OPTIONS=--require=/evil.js"))));
        var log = await house.LogAsync(run, "a");
        Assert.Contains("A=1", log, StringComparison.Ordinal);
        Assert.Contains("GITHUB_SHA=(none)", log, StringComparison.Ordinal);
        Assert.Contains("GITHUB_SHA stays as it is", log, StringComparison.Ordinal);
        Assert.Equal((Outcome.Success, Outcome.Failure), (run.FindJob("a")!.Outcome, run.FindJob("b")!.Outcome));
        Assert.Contains("NODE_OPTIONS cannot be set", run.Find("b")!.Value.State.Result!.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_in_no_log_and_no_output()
    {
        await using var house = new DeskHouse();
        var job = Job("a", "say it is hunter2\nout word=hunter2\nout other=fine") with
        {
            Secrets = ImmutableSortedDictionary<string, string>.Empty.Add("TOKEN", "env:TOKEN"),
            Outputs = ImmutableSortedDictionary<string, string>.Empty.Add("word", "${{ steps.s.outputs.word }}").Add("other", "${{ steps.s.outputs.other }}"),
        };
        var run = await house.UntilEndAsync(await house.StartAsync(Of(job with { Steps = [job.Steps[0] with { Id = "s" }] })));
        var log = await house.LogAsync(run, "a");
        Assert.Contains("it is ***", log, StringComparison.Ordinal);
        Assert.Contains("output word holds a secret and is left out", log, StringComparison.Ordinal);
        Assert.Equal(["other"], run.Find("a")!.Value.State.Result!.Outputs.Keys);
    }

    [Fact]
    public async Task A_failed_step_ends_the_job_but_for_steps_that_ask_for_failures()
    {
        await using var house = new DeskHouse();
        var run = await house.UntilEndAsync(await house.StartAsync(Of(
            Job("a", "fail") with { Steps = [Step("fail") with { Name = "first" }, Step("say not"), Step("say tidied") with { If = "failure()" }] },
            Job("b", "fail") with { Steps = [Step("fail") with { ContinueOnError = "true" }, Step("say goes on")] })));
        var result = run.Find("a")!.Value.State.Result!;
        Assert.Equal([Outcome.Failure, Outcome.Skipped, Outcome.Success], result.Steps.Select(step => step.Outcome));
        Assert.Equal("step 1 (first): exit code 1", result.Why.Sentence);
        Assert.Equal(Outcome.Success, run.FindJob("b")!.Outcome);
    }

    [Fact]
    public async Task A_push_is_found_again_by_its_id_and_a_run_can_be_made_anew()
    {
        await using var house = new DeskHouse();
        var run = await house.UntilEndAsync(await house.StartAsync(Of(Job("a", "say a"), Job("b", "fail")), "push-1"));
        Assert.Equal(run.Id, (await house.Desk.FindStartedAsync("main", run.Trigger, DeskHouse.Cancellation))!.Id);
        Assert.Null(await house.Desk.FindStartedAsync("main", run.Trigger with { Push = "push-2" }, DeskHouse.Cancellation));
        var again = await house.UntilEndAsync((await house.Desk.RerunAsync(run, useCache: true, "bert", DeskHouse.Cancellation)).Run!);
        Assert.Equal((run.Id, null), (again.Find("a")!.Value.State.Result!.CachedFrom, again.Find("b")!.Value.State.Result!.CachedFrom));
        Assert.Equal("bert", again.Trigger.Actor);
    }

    [Fact]
    public async Task Old_logs_and_unused_files_go_and_those_of_a_run_that_goes_on_stay()
    {
        await using var house = new DeskHouse();
        var done = await house.UntilEndAsync(await house.StartAsync(Of(Job("a", "say a"))));
        var open = await house.StartAsync(Of(Job("b", "wait b")) with { Name = "open" });
        await house.UntilRunningAsync(open);
        var old = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-40);
        foreach (var file in Directory.EnumerateFiles(house.Files, "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(house.Runs, "*", SearchOption.AllDirectories)))
            File.SetLastWriteTimeUtc(file, old);
        await house.Desk.PruneAsync(DeskHouse.Cancellation);
        Assert.NotNull(await house.Blobs.FindTreeAsync(open.Source, DeskHouse.Cancellation));
        Assert.True(Directory.Exists(Path.Combine(house.Runs, "open", open.Id)));
        Assert.False(Directory.Exists(Path.Combine(house.Runs, "main", done.Id)));
        Assert.Empty(Directory.GetFiles(Path.Combine(house.Files, "results")));
        house.Let("b");
        Assert.Equal(Outcome.Success, (await house.UntilEndAsync(open)).Outcome);
    }

    [Fact]
    public async Task Beyond_a_size_what_was_used_last_stays()
    {
        await using var house = new DeskHouse();
        string[] digests = [await PutAsync("one"), await PutAsync("two"), await PutAsync("new")];
        foreach (var (age, digest) in new[] { (10, digests[0]), (5, digests[1]) })
            File.SetLastWriteTimeUtc(Path.Combine(house.Files, "contents", digest[7..9], digest[9..]), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-age));
        Assert.Equal(1, await house.Blobs.PruneAsync(Duration.FromDays(30), 2_500, [], DeskHouse.Cancellation));
        var there = await Task.WhenAll(digests.Select(async digest => await house.Blobs.GetAsync(digest, DeskHouse.Cancellation) is not null));
        Assert.Equal([false, true, true], there);

        async Task<string> PutAsync(string text) => (await house.Blobs.PutAsync(System.Text.Encoding.UTF8.GetBytes(text.PadRight(1_000)), DeskHouse.Cancellation)).Digest!;
    }

    private static Pipeline Of(params PipelineJob[] jobs) => Given.Pipeline(jobs);

    private static PipelineJob Job(string id, string script, params string[] needs) => Given.Job(id, needs) with { Steps = [Step(script)] };

    private static PipelineStep Step(string script) => new() { Action = new StepAction.Run(script) };
}
