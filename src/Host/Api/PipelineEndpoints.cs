using System.Text;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Api;

/// <summary>Runs of pipelines: listed, shown, followed, explained, cancelled.</summary>
internal static class PipelineEndpoints
{
    private const int MostRows = 100;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var desk = services.Pipelines;
        routes.Map("GET", "pipelines/runs", Permission.View, async call =>
        {
            call.OnlyQueries("pipeline", "limit");
            var runs = await desk.ListAsync(call.Query("pipeline"), (int)call.Query("limit", 20, 1, MostRows), call.Aborted);
            await call.WriteAsync<IReadOnlyList<PipelineRunInfo>>([.. runs.Select(Of)], WireJson.Default.IReadOnlyListPipelineRunInfo);
        }, Reach.Somewhere).Says("Runs of pipelines, the newest first.").Asks("pipeline", "Only of this pipeline.").AsksNumber("limit", "At most so many.", 1, MostRows, 20)
            .Gives(() => WireJson.Default.IReadOnlyListPipelineRunInfo);
        routes.Map("GET", "pipelines/runs/{pipeline}/{run}", Permission.View, async call =>
        {
            call.OnlyQueries();
            await call.WriteAsync(Of((await FindAsync(call, desk)).Run), WireJson.Default.PipelineRunInfo);
        }, Reach.Somewhere).Says("A run with its jobs, and why each did what it did.").Gives(() => WireJson.Default.PipelineRunInfo);
        routes.Map("POST", "pipelines/runs/{pipeline}/{run}/cancel", Permission.Steer, async call =>
        {
            call.OnlyQueries();
            var (key, run) = await FindAsync(call, desk);
            if (!desk.Cancel(key, call.Caller.Name, null)) throw new ApiException(new("Conflict", 409, "not-running", $"run {run.Id} does not go on", null));
            await call.WriteAsync(Of(run), WireJson.Default.PipelineRunInfo, 202);
        }).Says("Ends a run that goes on.").Gives(() => WireJson.Default.PipelineRunInfo, 202);
        routes.Map("GET", "pipelines/runs/{pipeline}/{run}/jobs/{job}/log", Permission.View, call => LogAsync(call, desk), Reach.Somewhere)
            .Says("What a job wrote, a line each, without secrets; with follow=true until the run is over.").Asks("follow", "true to go on.").GivesStream("text/plain", null);
        routes.Map("GET", "pipelines/runs/{pipeline}/{run}/jobs/{job}/why-ran", Permission.View, async call =>
        {
            call.OnlyQueries();
            var (_, run) = await FindAsync(call, desk);
            var reasons = await desk.ExplainAsync(run, Job(call, run), call.Aborted);
            await call.WriteAsync<IReadOnlyList<WhyInfo>>([.. reasons.Select(RolloutWire.Of)], WireJson.Default.IReadOnlyListWhyInfo);
        }, Reach.Somewhere).Says("Why a job was run, or was not: what differs from the time before.").Gives(() => WireJson.Default.IReadOnlyListWhyInfo);
    }

    private static async Task LogAsync(ApiRequest call, PipelineDesk desk)
    {
        call.OnlyQueries("follow");
        var (key, run) = await FindAsync(call, desk);
        var state = Job(call, run);
        call.Http.Response.ContentType = "text/plain; charset=utf-8";
        await foreach (var line in desk.ReadLogAsync(key, state.Instance.Id, Math.Max(1, state.Attempt), call.QueryFlag("follow"), call.Aborted))
            await call.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line.Text + "\n"), call.Aborted);
    }

    private static async Task<(RunKey Key, PipelineRun Run)> FindAsync(ApiRequest call, PipelineDesk desk)
    {
        var key = new RunKey(call.Route("pipeline"), call.Route("run"));
        if (key.Pipeline.Length > 100 || key.Run.Length > 100) throw ApiException.NotFound("unknown-run", "there is no such run", null);
        return (key, await desk.FindAsync(key, call.Aborted) ?? throw ApiException.NotFound("unknown-run", $"pipeline {key.Pipeline} has no run {key.Run}", null));
    }

    private static InstanceState Job(ApiRequest call, PipelineRun run)
    {
        var name = call.Route("job");
        return run.Find(name)?.State ?? run.Instances.FirstOrDefault(found => found.Job.Job.Id == name).State
            ?? throw ApiException.NotFound("unknown-job", run.FindJob(name)?.Why is { } why ? $"{name} did not run: {why.Sentence}" : $"run {run.Id} has no job {name}", null);
    }

    private static PipelineRunInfo Of(PipelineRun run) => new(
        run.Id, run.Pipeline.Name, run.Trigger.Repository, run.Trigger.Ref, run.Trigger.Commit, run.Trigger.Actor, Word(run.Outcome, "running"), run.Why?.Sentence,
        run.QueuedAt.ToDateTimeOffset(), run.FinishedAt?.ToDateTimeOffset(), [.. run.Jobs.SelectMany(Of)])
    {
        Deployed = run.Trigger.Deployment is { } deployment ? $"{deployment.Environment}/{deployment.Service}" : null,
    };

    private static IEnumerable<PipelineJobInfo> Of(JobState job) => job.Instances is { } all
        ? all.Select(state => new PipelineJobInfo(
            job.Job.Id, state.Instance.Id, state.Instance.Label, Word(state.IsOver ? state.Result!.Outcome : null, state.Phase.ToString().ToLowerInvariant()), state.Attempt,
            (state.Result?.Why ?? state.Why)?.Sentence, state.Result?.CachedFrom, state.Result?.Reports?.Tests?.Total, state.Result?.Reports?.Tests?.Failed, state.Release))
        : [new(job.Job.Id, job.Job.Id, job.Job.Id, Word(job.Skipped, "waiting"), 0, job.Why?.Sentence, null, null, null, null)];

    private static string Word(Outcome? outcome, string otherwise) => outcome switch
    {
        null => otherwise,
        Outcome.Success => "succeeded",
        Outcome.Failure => "failed",
        Outcome.TimedOut => "timedOut",
        Outcome.Cancelled => "cancelled",
        _ => "skipped",
    };
}
