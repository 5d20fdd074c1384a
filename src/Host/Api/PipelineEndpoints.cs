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
        routes.Map("POST", "pipelines/runs", Permission.Deploy, call => StartAsync(call, services))
            .Says("Starts a pipeline of a commit by hand.").Takes(() => WireJson.Default.PipelineStartRequest).Gives(() => WireJson.Default.PipelineRunInfo, 202);
        routes.Map("POST", "pipelines/runs/{pipeline}/{run}/rerun", Permission.Deploy, async call =>
        {
            call.OnlyQueries("cache");
            var useCache = call.Query("cache") is null || call.QueryFlag("cache");
            var (_, run) = await FindAsync(call, desk);
            var (started, fault) = await desk.RerunAsync(run, useCache, call.Caller.Name, call.Aborted);
            if (started is null) throw new ApiException(new("Gone", 410, "files-gone", fault!.Message, null));
            await call.WriteAsync(Of(started), WireJson.Default.PipelineRunInfo, 202);
        }).Says("Starts anew what a run did, on the files it had: what succeeded is taken from the cache.").Asks("cache", "false to run every job.").Gives(() => WireJson.Default.PipelineRunInfo, 202);
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
            .Says("What a job wrote, a line each, without secrets; with follow=true until the run is over.").Asks("follow", "true to go on.").AsksNumber("attempt", "Number of the attempt; by default the last.", 1, 1_000, 1).GivesStream("text/plain", null);
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
        call.OnlyQueries("follow", "attempt");
        var (key, run) = await FindAsync(call, desk);
        var state = Job(call, run);
        call.Http.Response.ContentType = "text/plain; charset=utf-8";
        await foreach (var line in desk.ReadLogAsync(key, state.Instance.Id, (int)call.Query("attempt", Math.Max(1, state.Attempt), 1, 1_000), call.QueryFlag("follow"), call.Aborted))
            await call.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line.Text + "\n"), call.Aborted);
    }

    private static async Task StartAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var wanted = await call.ReadAsync(WireJson.Default.PipelineStartRequest);
        if (wanted is { Pipeline: null, Repository: null, Ref: null }) throw ApiException.Unprocessable("nothing-wanted", "neither a pipeline nor a repository or ref is named", "name one of them");
        if (wanted.Inputs?.Count > MostRows) throw ApiException.Unprocessable("too-many-inputs", $"there are more than {MostRows} inputs");
        var all = services.Source.Settings?.Repositories ?? [];
        var names = string.Join(", ", all.Select(one => one.Name));
        var repository = wanted.Repository is null ? all is [var only] ? only : null : all.FirstOrDefault(one => one.Name == wanted.Repository);
        if (repository is null)
        {
            throw wanted.Repository is null
                ? ApiException.Unprocessable("which-repository", all.IsEmpty ? "there is no repository" : $"which repository: {names}?", all.IsEmpty ? "name one under source.repositories in fairway.yaml" : "name one")
                : ApiException.NotFound("unknown-repository", $"there is no repository {wanted.Repository}", names.Length == 0 ? null : $"there are {names}");
        }
        var (files, fault) = await services.Source.CheckoutAsync(repository, wanted.Ref, call.Aborted);
        if (files is null) throw fault!.Kind == FaultKind.NotFound ? ApiException.NotFound("unknown-ref", fault.Message, null) : ApiException.Unprocessable("not-checked-out", fault.Message);
        var (run, problem, mend) = await services.Starter.StartByHandAsync(
            files, repository.Name, wanted.Pipeline, wanted.Inputs ?? new Dictionary<string, string>(StringComparer.Ordinal), wanted.UseCache ?? true, call.Caller.Name, call.Aborted);
        if (run is null) throw ApiException.Unprocessable("not-started", problem!, mend);
        await call.WriteAsync(Of(run), WireJson.Default.PipelineRunInfo, 202);
    }

    /// <summary>The run that a path names.</summary>
    internal static async Task<(RunKey Key, PipelineRun Run)> FindAsync(ApiRequest call, PipelineDesk desk)
    {
        var key = new RunKey(call.Route("pipeline"), call.Route("run"));
        if (key.Pipeline.Length > 100 || key.Run.Length > 100) throw ApiException.NotFound("unknown-run", "there is no such run", null);
        return (key, await desk.FindAsync(key, call.Aborted) ?? throw ApiException.NotFound("unknown-run", $"pipeline {key.Pipeline} has no run {key.Run}", null));
    }

    /// <summary>The job that a path names.</summary>
    internal static InstanceState Job(ApiRequest call, PipelineRun run)
    {
        var name = call.Route("job");
        return run.Find(name)?.State ?? run.Instances.FirstOrDefault(found => found.Job.Job.Id == name).State
            ?? throw ApiException.NotFound("unknown-job", run.FindJob(name)?.Why is { } why ? $"{name} did not run: {why.Sentence}" : $"run {run.Id} has no job {name}", null);
    }

    private static PipelineRunInfo Of(PipelineRun run) => new(
        run.Id, run.Pipeline.Name, run.Trigger.Repository, run.Trigger.Ref, run.Trigger.Commit, run.Trigger.Actor, RunStates.Of(run), run.Why?.Sentence,
        run.QueuedAt.ToDateTimeOffset(), run.FinishedAt?.ToDateTimeOffset(), [.. run.Jobs.SelectMany(Of)])
    {
        Deployed = run.Trigger.Deployment is { } deployment ? $"{deployment.Environment}/{deployment.Service}" : null,
    };

    private static IEnumerable<PipelineJobInfo> Of(JobState job) => job.Instances is { } all
        ? all.Select(state => new PipelineJobInfo(
            job.Job.Id, state.Instance.Id, state.Instance.Label, RunStates.Of(state), state.Attempt,
            (state.Result?.Why ?? state.Why)?.Sentence, state.Result?.CachedFrom, state.Result?.Reports?.Tests?.Total, state.Result?.Reports?.Tests?.Failed, state.Release))
        : [new(job.Job.Id, job.Job.Id, job.Job.Id, RunStates.Of(job.Skipped), 0, job.Why?.Sentence, null, null, null, null)];
}
