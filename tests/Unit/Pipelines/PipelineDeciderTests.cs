using Fairway.Kernel;
using NodaTime;
using Xunit;

namespace Fairway.Pipelines;

public sealed class PipelineDeciderTests
{
    [Fact]
    public void Jobs_start_when_everything_they_need_has_succeeded()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("b", "a"), Given.Job("c", "a"), Given.Job("d", "b", "c")))).Tick();
        Assert.Equal(["a"], run.Running);
        Assert.Equal(["b", "c"], run.End("a").Running);
        Assert.Equal(["c"], run.End("b").Running);
        Assert.Equal(["d"], run.End("c").Running);
        Assert.Equal(Outcome.Success, run.End("d").Run.Outcome);
    }

    [Fact]
    public void A_job_is_skipped_with_the_reason_when_one_it_needs_failed()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("b", "a"), Given.Job("c", "b")))).Tick().End("a", Outcome.Failure);
        Assert.Equal("it needs a, which failed", run.Run.FindJob("b")!.Why!.Sentence);
        Assert.Equal("it needs b, which was skipped", run.Run.FindJob("c")!.Why!.Sentence);
        Assert.Equal((Outcome.Failure, "a failed"), (run.Run.Outcome!.Value, run.Run.Why!.Sentence));
    }

    [Fact]
    public void A_job_that_asks_for_failure_runs_after_one()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("tell", "a") with { If = "failure()" }, Given.Job("tidy", "a") with { If = "always()" }))).Tick();
        Assert.Equal(["tell", "tidy"], run.End("a", Outcome.Failure).Running);
    }

    [Fact]
    public void A_failure_that_is_forgiven_leaves_the_run_a_success()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { ContinueOnError = "true" }, Given.Job("b", "a")))).Tick().End("a", Outcome.Failure);
        Assert.Equal(["b"], run.Running);
        Assert.Equal(Outcome.Success, run.End("b").Run.Outcome);
    }

    [Fact]
    public void No_more_jobs_run_at_once_than_there_are_slots()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("b"), Given.Job("c")), slots: 2)).Tick();
        Assert.Equal(["a", "b"], run.Running);
        Assert.Equal(["b", "c"], run.End("a").Running);
    }

    [Fact]
    public void What_lacks_nothing_but_a_slot_is_made_ready_and_no_more_than_there_are_slots()
    {
        var run = new Carried(Given.Run(
            Given.Pipeline(
                Given.Job("a"), Given.Job("b"), Given.Job("later", "a", "b"), Given.Job("alone") with { Concurrency = new("g", QueueMode.All) },
                Given.Job("served") with { Services = [new() { Name = "db" }] }, Given.Job("c"), Given.Job("d"), Given.Job("e")),
            slots: 2)).Tick();
        Assert.Equal(["a", "b"], run.Running);
        Assert.Equal([new RunEffect.Prepare("c", 1), new RunEffect.Prepare("d", 1)], run.Effects.OfType<RunEffect.Prepare>());
    }

    [Fact]
    public void With_a_free_slot_nothing_is_made_ready_first()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("b", "a")), slots: 2)).Tick();
        Assert.Empty(run.Effects.OfType<RunEffect.Prepare>());
        Assert.Empty(run.End("a").Effects.OfType<RunEffect.Prepare>());
        Assert.Equal(["b"], run.Running);
    }

    [Fact]
    public void A_failed_attempt_is_repeated_after_a_growing_pause()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { Retry = new() { Times = 2, Wait = Duration.FromSeconds(10) } }))).Tick().End("a", Outcome.Failure);
        Assert.Equal(Given.Start + Duration.FromSeconds(10), PipelineDecider.NextWake(run.Run));
        Assert.Empty(run.Tick().Running);
        run.Now += Duration.FromSeconds(10);
        Assert.Equal(["a"], run.Tick().Running);
        run.End("a", Outcome.Failure);
        Assert.Equal(run.Now + Duration.FromSeconds(20), PipelineDecider.NextWake(run.Run));
        run.Now += Duration.FromSeconds(20);
        Assert.Equal(3, run.Tick().State("a").Attempt);
        Assert.Equal(Outcome.Failure, run.End("a", Outcome.Failure).Run.Outcome);
    }

    [Fact]
    public void A_job_that_takes_too_long_is_stopped_and_has_failed()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { Timeout = Duration.FromMinutes(5) }))).Tick();
        run.Now += Duration.FromMinutes(5);
        run.Tick();
        Assert.Equal([new RunEffect.Stop("a", 1)], run.Effects);
        run.End("a", Outcome.Cancelled);
        Assert.Equal((Outcome.TimedOut, Outcome.Failure), (run.State("a").Result!.Outcome, run.Run.Outcome!.Value));
        Assert.Contains("longer than its timeout of 5m", run.State("a").Result!.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_run_stops_what_runs_and_only_what_cleans_up_begins()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("b", "a"), Given.Job("tidy", "a") with { If = "always()" }))).Tick();
        run.Tell(new RunObservation.Cancel("anna", Why.Because("cancelled", "anna cancelled it")));
        Assert.Equal([new RunEffect.Stop("a", 1)], run.Effects);
        Assert.Equal(["tidy"], run.End("a", Outcome.Cancelled).Running);
        Assert.Equal(Outcome.Cancelled, run.End("tidy").Run.Outcome);
        Assert.Equal("anna cancelled it", run.Run.FindJob("b")!.Why!.Sentence);
    }

    [Fact]
    public void What_ran_when_the_runner_was_killed_starts_anew_or_has_failed_as_declared()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a"), Given.Job("once") with { OnInterrupt = InterruptedPolicy.Fail, Retry = new() { Times = 3 } }))).Tick();
        run.Tell(new RunObservation.Recovered());
        Assert.Equal([new RunEffect.Start("a", 2)], run.Effects.OfType<RunEffect.Start>());
        Assert.Equal(Outcome.Failure, run.State("once").Result!.Outcome);
        Assert.Equal(0, run.State("a").Failures);
    }

    [Fact]
    public void An_end_of_an_earlier_attempt_changes_nothing()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a")))).Tick().Tell(new RunObservation.Recovered());
        run.Tell(new RunObservation.JobEnded("a", 1, Given.Result()));
        Assert.Equal(["a"], run.Running);
    }

    [Fact]
    public void A_matrix_that_fails_fast_cancels_the_others()
    {
        var job = Given.Job("t") with { Matrix = new() { Axes = [new("n", [new("1"), new("2"), new("3")])], MaxParallel = 2 } };
        var run = new Carried(Given.Run(Given.Pipeline(job))).Tick();
        Assert.Equal(["t.1", "t.2"], run.Running);
        run.End("t.1", Outcome.Failure);
        Assert.Equal((InstancePhase.Stopping, InstancePhase.Ended), (run.State("t.2").Phase, run.State("t.3").Phase));
        Assert.Equal(Outcome.Failure, run.End("t.2", Outcome.Cancelled).Run.Outcome);
    }

    [Fact]
    public void A_matrix_may_come_from_the_output_of_an_earlier_job()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("plan"), Given.Job("t", "plan") with { Matrix = new() { Axes = [new("n", [], "${{ fromJSON(needs.plan.outputs.list) }}")] } }))).Tick();
        run.Tell(new RunObservation.JobEnded("plan", 1, Given.Result() with { Outputs = ImmutableSortedDictionary<string, string>.Empty.Add("list", "[1, \"x\"]") }));
        Assert.Equal(["t (1)", "t (x)"], run.Run.FindJob("t")!.Instances!.Value.Select(state => state.Instance.Label));
    }

    [Fact]
    public void A_job_of_a_group_waits_for_its_turn()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { Concurrency = new("deploy-${{ github.ref_name }}", QueueMode.All) }))).Tick();
        Assert.Equal([new RunEffect.EnterGroup("a", "deploy-main", QueueMode.All)], run.Effects);
        Assert.Equal(["a"], run.Tell(new RunObservation.TurnCame("a")).Running);
        Assert.Contains(new RunEffect.LeaveGroup("a"), run.End("a").Effects);
    }

    [Fact]
    public void A_run_is_over_only_when_what_it_ships_is_shipped_and_ships_it_once()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { Ship = new("shop") }))).Tick().End("a");
        Assert.Null(run.Run.Outcome);
        Assert.Equal([new RunEffect.Ship("a", new("shop"))], run.Effects.OfType<RunEffect.Ship>());
        run.Tell(new RunObservation.Shipped("a", "sha256:1", Why.Because("shipped", "shipped")));
        Assert.Equal(Outcome.Success, run.Run.Outcome);
        Assert.Empty(run.Tell(new RunObservation.Shipped("a", "sha256:2", Why.Because("shipped", "shipped"))).Events.OfType<RunEvent.Shipped>().Skip(1));
    }

    [Fact]
    public void Events_are_read_as_they_were_written()
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("a") with { Matrix = new() { Axes = [new("n", [new("1"), MatrixValue.Of("x")])] } }, Given.Job("b", "a")))).Tick().End("a.1").End("a.2", Outcome.Failure);
        var again = run.Events.Select(happened => happened.ToRecord()).Aggregate(
            Given.Run(run.Run.Pipeline), (state, record) => RunEvolver.Apply(state, RunEvent.Read(record.Type, record.Data)!));
        Assert.Equal(FairwayJson.Write(run.Run), FairwayJson.Write(again));
    }
}
