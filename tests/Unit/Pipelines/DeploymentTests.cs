using Fairway.Kernel;

namespace Fairway.Pipelines;

public sealed class DeploymentTests
{
    private static readonly string Digest = "sha256:" + new string('a', 64);
    private static readonly Deployment Arrived = new("staging", "shop", Digest, "1.1", Digest, "staging/shop/7", "http://127.0.0.1:8080", "staging.example.com");

    [Theory]
    [InlineData("staging", null, true)]
    [InlineData("staging production", "shop", true)]
    [InlineData("production", null, false)]
    [InlineData("staging", "other", false)]
    public void A_pipeline_runs_on_the_arrivals_that_it_names(string environments, string? service, bool starts)
    {
        var on = new PipelineTriggers { Push = null, Deployed = new([.. environments.Split(' ')]) { Services = service is null ? [] : [service] } };
        Assert.Equal(starts, TriggerMatch.Of(on, Trigger()).Starts);
        Assert.False(TriggerMatch.Of(new() { Push = new() }, Trigger()).Starts);
        Assert.False(TriggerMatch.Of(on, Trigger() with { Kind = TriggerKind.Push, Ref = "refs/heads/main" }).Starts);
    }

    [Theory]
    [InlineData(Outcome.Success, true, "integration passed against 1.1 in staging, run 20260105-120000-abcdef")]
    [InlineData(Outcome.Failure, false, "integration failed: ask: no tea; against 1.1 in staging, run 20260105-120000-abcdef")]
    public void How_it_went_is_attested_of_the_artifact(Outcome outcome, bool passed, string summary)
    {
        var run = new Carried(Given.Run(Given.Pipeline(Given.Job("ask")) with { Name = "integration" }) with { Trigger = Trigger() });
        run.Tick();
        Assert.Null(RunAttestations.OfDeployment(run.Run, run.Now));
        run.Tell(new RunObservation.JobEnded("ask", 1, JobResult.Of(outcome, Why.Because("x", outcome == Outcome.Success ? "done" : "no tea"))));
        var attested = RunAttestations.OfDeployment(run.Run, run.Now)!;
        Assert.Equal((Digest, "pipeline/integration", passed, summary), (attested.Artifact, attested.Kind, attested.Passed, attested.Summary));
        Assert.Null(attested.Problem());
        Assert.Null(RunAttestations.OfDeployment(run.Run with { Trigger = Trigger() with { Deployment = null } }, run.Now));
    }

    [Fact]
    public void Another_deployment_is_another_result()
    {
        var job = Given.Job("ask");
        JobFingerprint Of(Deployment arrived) => JobFingerprint.Of(Given.Run(Given.Pipeline(job)) with { Trigger = Trigger() with { Deployment = arrived } }, job, new([]), new([]), [], [], [], "machine");
        Assert.Equal(Of(Arrived).Key, Of(Arrived with { }).Key);
        Assert.NotEqual(Of(Arrived).Key, Of(Arrived with { Rollout = "staging/shop/8" }).Key);
    }

    [Fact]
    public void Reports_say_why_a_job_failed_before_its_exit_code_does()
    {
        var exit = Why.Because("step-failed", "step 1: exit code 1");
        var tests = new ReportSummary { Tests = new(3, 1, 0), Failures = [new("adds up", "1 is not\u001b[31m 2", null, 0)] };
        Assert.Equal("1 test of 3 failed: adds up: 1 is not [31m 2", JobVerdict.Of(exit, tests, null)!.Sentence);
        var scan = new ReportSummary { Findings = new(1, 1, 0), Worst = new("key", "a key", "a.txt", 3) };
        Assert.Equal("2 findings: key in a.txt:3: a key", JobVerdict.Of(exit, scan, ScanKind.Secrets)!.Sentence);
        Assert.Equal(exit, JobVerdict.Of(exit, scan, null));
        Assert.Null(JobVerdict.Of(null, scan, ScanKind.Secrets));
    }

    private static PipelineTrigger Trigger() => new() { Kind = TriggerKind.Deployed, Repository = "shop", Actor = "fairway", Deployment = Arrived };
}
