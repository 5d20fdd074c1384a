namespace Fairway.Pipelines;

/// <summary><c>fairway pipeline run</c>, killed with -9 and gone on with.</summary>
public sealed class KilledRunnerTests
{
    [Fact]
    public async Task A_run_killed_in_a_step_leaves_nothing_and_starts_the_step_anew()
    {
        await using var door = new Door();
        using var checkout = new PipelineFolder($"jobs:\n  a:\n    shell: bash\n    run: |\n      echo secret-file > ~/key\n      sleep 1000 &\n      {door.Knock("a")}\n");
        door.Shut("a");
        using (var runner = checkout.Start("pipeline", "run"))
        {
            await door.UntilCameAsync("a");
            await PipelineFolder.KillAsync(runner);
        }
        // By itself: nobody has come to sweep.
        await checkout.UntilNothingIsLeftAsync();
        Assert.Contains("interrupted", (await checkout.RunAsync("pipeline", "list")).Output, StringComparison.Ordinal);
        door.Open("a");
        var (code, output) = await checkout.RunAsync("pipeline", "run", "--resume", "latest");
        Assert.True(code == 0, output);
        Assert.Contains("the runner ended during attempt 1; it starts anew", output, StringComparison.Ordinal);
        Assert.Equal(["a", "a"], door.Came);
        await checkout.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_was_only_made_ready_when_the_runner_was_killed_goes_too_and_is_run_by_the_next()
    {
        await using var door = new Door();
        using var checkout = new PipelineFolder($"maxParallel: 1\njobs:\n  a:\n    shell: bash\n    run: {door.Knock("a")}\n  b: {{ run: 'true' }}\n");
        door.Shut("a");
        using (var runner = checkout.Start("pipeline", "run"))
        {
            await door.UntilCameAsync("a");
            await checkout.UntilSandboxesAsync(2);
            await PipelineFolder.KillAsync(runner);
        }
        await checkout.UntilNothingIsLeftAsync();
        door.Open("a");
        var (code, output) = await checkout.RunAsync("pipeline", "run", "--resume", "latest");
        Assert.True(code == 0, output);
        await checkout.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_job_that_must_not_happen_twice_has_failed_when_its_runner_was_killed()
    {
        await using var door = new Door();
        using var checkout = new PipelineFolder($"jobs:\n  a:\n    onInterrupt: fail\n    retry: 3\n    shell: bash\n    run: {door.Knock("a")}\n");
        door.Shut("a");
        using (var runner = checkout.Start("pipeline", "run"))
        {
            await door.UntilCameAsync("a");
            await PipelineFolder.KillAsync(runner);
        }
        door.Open("a");
        var (code, output) = await checkout.RunAsync("pipeline", "run", "--resume", "latest");
        Assert.True(code == 1, output);
        Assert.Contains("is not to be started twice", output, StringComparison.Ordinal);
        Assert.Equal(["a"], door.Came);
        await checkout.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_run_killed_after_each_of_its_events_comes_to_its_end_with_each_job_done_once()
    {
        using var checkout = new PipelineFolder("""
            maxParallel: 2
            jobs:
              a: { run: "echo a > a.txt", artifacts: { a: a.txt } }
              b: { run: "echo b > b.txt", artifacts: { b: b.txt } }
              c: { needs: [a, b], run: "cat a.txt b.txt > c.txt", artifacts: { c: c.txt } }
              d: { needs: c, matrix: { n: [1, 2] }, run: "grep b c.txt; echo ${{ matrix.n }}" }
            """);
        // After one event, after two more, after three more: at another place each time, until it is through.
        for (var more = 1; !checkout.Events.Any(line => line.StartsWith("pipeline-run-finished", StringComparison.Ordinal)); more++)
        {
            Assert.True(more < 30, "it comes to no end");
            var before = checkout.Events.Length;
            using var runner = before > 0 ? checkout.Start("pipeline", "run", "--resume", "latest") : checkout.Start("pipeline", "run");
            await Hammer.Until.TrueAsync(() => Task.FromResult(runner.HasExited || checkout.Events.Length >= before + more), "something happens");
            if (!runner.HasExited) await PipelineFolder.KillAsync(runner);
        }
        await checkout.UntilNothingIsLeftAsync();
        var run = await checkout.JsonAsync("pipeline", "show", "latest");
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        Assert.Equal(5, run.GetProperty("jobs").GetArrayLength());
        var done = checkout.Events.Where(line => line.StartsWith("pipeline-job-ended", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, done.Length);
        Assert.Single(checkout.Events, line => line.StartsWith("pipeline-run-finished", StringComparison.Ordinal));
        // What was stored on the way is whole: nothing is run again.
        var (code, output) = await checkout.RunAsync("pipeline", "run");
        Assert.True(code == 0 && output.Contains("0 jobs run, 5 taken from the cache", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task A_run_that_goes_on_is_not_gone_on_with_by_another()
    {
        await using var door = new Door();
        using var checkout = new PipelineFolder($"jobs:\n  a:\n    shell: bash\n    run: {door.Knock("a")}\n");
        door.Shut("a");
        using var runner = checkout.Start("pipeline", "run");
        await door.UntilCameAsync("a");
        var (code, output) = await checkout.RunAsync("pipeline", "run", "--resume", "latest");
        Assert.True(code == 1 && output.Contains("goes on already", StringComparison.Ordinal), output);
        Assert.Equal(0, (await checkout.RunAsync("pipeline", "cancel", "latest")).Code);
        await runner.WaitForExitAsync();
        Assert.Equal(1, runner.ExitCode);
        Assert.Equal("cancelled", (await checkout.JsonAsync("pipeline", "show", "latest")).GetProperty("state").GetString());
        await checkout.UntilNothingIsLeftAsync();
    }
}
