using Fairway.Ports;
using Xunit;

namespace Fairway.Pipelines;

/// <summary>Jobs that are made ready while others have the slots.</summary>
public sealed class PreparedJobTests
{
    [Fact]
    public async Task A_job_that_waits_for_a_slot_has_its_sandbox_already_and_runs_nothing_in_it()
    {
        await using var house = new DeskHouse();
        var run = await house.StartAsync(Of(Job("a", "wait a"), Job("b", "wait b"), Job("c", "say c"), Job("d", "say d")));
        await house.UntilAsync(() => house.Sandboxes.Count == 4);
        run = (await house.Desk.FindAsync(new(run.Pipeline.Name, run.Id), DeskHouse.Cancellation))!;
        Assert.Equal(["a", "b"], run.Instances.Where(found => found.State.Phase == InstancePhase.Running).Select(found => found.State.Instance.Id));
        Assert.DoesNotContain(house.Scripts, script => script is "say c" or "say d");
        house.Let("a");
        house.Let("b");
        run = await house.UntilEndAsync(run);
        Assert.Equal(Outcome.Success, run.Outcome);
        Assert.Contains("c\n", await house.LogAsync(run, "c"), StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c", "d"], house.Sandboxes.Values.Select(one => one.Instance).Order(StringComparer.Ordinal));
        await house.UntilAsync(() => !house.Sandboxes.Values.Any(one => one.Open));
    }

    [Fact]
    public async Task What_is_never_begun_is_closed_with_the_run()
    {
        await using var house = new DeskHouse();
        var run = await house.StartAsync(Of(Job("a", "wait a"), Job("b", "wait b"), Job("c", "say c")));
        await house.UntilAsync(() => house.Sandboxes.Count == 3);
        house.Desk.Cancel(new(run.Pipeline.Name, run.Id), "anna", null);
        Assert.Equal(Outcome.Cancelled, (await house.UntilEndAsync(run)).Outcome);
        await house.UntilAsync(() => !house.Sandboxes.Values.Any(one => one.Open));
        Assert.DoesNotContain("say c", house.Scripts);
    }

    [Fact]
    public async Task What_fails_fast_closes_the_sandbox_of_what_waited_while_others_go_on()
    {
        await using var house = new DeskHouse();
        var matrix = Job("t", "wait t\nfail") with { Matrix = new() { Axes = [new("n", [new("1"), new("2")])] } };
        var run = await house.StartAsync(Of(Job("a", "wait a"), matrix));
        await house.UntilAsync(() => house.Sandboxes.Count == 3);
        house.Let("t");
        await house.UntilAsync(() => house.Sandboxes.Values.All(one => one.Open == (one.Instance == "a")));
        house.Let("a");
        Assert.Equal(Outcome.Failure, (await house.UntilEndAsync(run)).Outcome);
        Assert.Single(house.Scripts, script => script == "fail");
    }

    [Fact]
    public async Task A_result_that_is_known_takes_no_sandbox_ahead()
    {
        await using var house = new DeskHouse();
        var pipeline = Of(Job("a", "wait a") with { Cache = new() { Enabled = false } }, Job("b", "wait a") with { Cache = new() { Enabled = false } }, Job("c", "say c"));
        house.Let("a");
        await house.UntilEndAsync(await house.StartAsync(pipeline));
        var again = await house.UntilEndAsync(await house.StartAsync(pipeline));
        Assert.NotNull(again.Find("c")!.Value.State.Result!.CachedFrom);
        Assert.Equal(["a", "a", "b", "b", "c"], house.Sandboxes.Values.Select(one => one.Instance).Order(StringComparer.Ordinal));
    }

    private static Pipeline Of(params PipelineJob[] jobs) => Given.Pipeline(jobs);

    private static PipelineJob Job(string id, string script) => Given.Job(id) with { Steps = [new() { Action = new StepAction.Run(script) }] };
}
