using Fairway.Access;
using Fairway.Api;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Web;

/// <summary>Runs of pipelines: the newest, one of them, and one of its jobs with its log.</summary>
internal static class RunPages
{
    private const int Rows = 50;
    private const int ShownLines = 2000;
    private const string OfRun = "/pipelines/{pipeline}/{run}";
    private const string OfJob = OfRun + "/jobs/{job}";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveTopics topics, LiveStream stream)
    {
        routes.MapPage("GET", "/pipelines", Permission.View, call => ListAsync(call, services, writer), Reach.Somewhere);
        routes.MapPage("GET", "/live/pipelines", Permission.View, call =>
        {
            var pipeline = Named(call);
            return stream.SendAsync(call, topics, $"pipelines {pipeline}", () => new(
                async cancellation => [new("pipeline-runs", await Templates.RenderAsync<RunTable>(await ViewsAsync(services, pipeline, cancellation)))], Tick(services)));
        }, Reach.Somewhere);
        routes.MapPage("GET", OfRun, Permission.View, call => ShowAsync(call, services, writer), Reach.Somewhere);
        routes.MapPage("GET", "/live" + OfRun, Permission.View, async call =>
        {
            var (key, _) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
            var cancels = call.Caller.May(Permission.Steer, null);
            await stream.SendAsync(call, topics, $"pipeline {key.Pipeline} {key.Run} {cancels}", () => new(async cancellation =>
            {
                var run = await services.Pipelines.FindAsync(key, cancellation);
                return run is null ? [] : [new("run", await Templates.RenderAsync<RunBoard>(RunView.Of(run, services.Clock.Now, cancels)))];
            }, Tick(services)));
        }, Reach.Somewhere);
        routes.MapPage("GET", OfRun + "/cancel", Permission.Steer, call => AskAsync(call, services, writer, null));
        routes.MapPage("POST", OfRun + "/cancel", Permission.Steer, call => CancelAsync(call, services, writer));
        routes.MapPage("GET", OfJob, Permission.View, call => ShowJobAsync(call, services, writer), Reach.Somewhere);
        routes.MapPage("GET", "/live" + OfJob, Permission.View, call => FollowAsync(call, services, stream), Reach.Somewhere);
    }

    private static Func<CancellationToken, Task> Tick(ControlPlaneServices services) => cancellation => Task.Delay(Look, services.Clock.Time, cancellation);

    private static string? Named(ApiRequest call)
        => call.Query("pipeline") is { Length: > 0 } name ? name.Length <= 100 ? name : throw ApiException.BadRequest("pipeline-invalid", "a pipeline's name has at most 100 characters", null) : null;

    private static async Task ListAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var pipeline = Named(call);
        var live = "/live/pipelines" + (pipeline is null ? "" : "?pipeline=" + Uri.EscapeDataString(pipeline));
        await PageWriter.WriteAsync<RunsPage>(call.Http, new RunsPageModel(writer.Frame(call, "Pipelines", "pipelines", live), pipeline, await ViewsAsync(services, pipeline, call.Aborted)));
    }

    private static async Task<IReadOnlyList<RunView>> ViewsAsync(ControlPlaneServices services, string? pipeline, CancellationToken cancellation)
    {
        var now = services.Clock.Now;
        return [.. (await services.Pipelines.ListAsync(pipeline, Rows, cancellation)).Select(run => RunView.Of(run, now, mayCancel: false))];
    }

    private static async Task ShowAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var (key, run) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
        var view = RunView.Of(run, services.Clock.Now, call.Caller.May(Permission.Steer, null));
        var frame = writer.Frame(call, $"{key.Pipeline} {key.Run}", "pipelines", view.GoesOn ? "/live" + view.Address : null);
        await PageWriter.WriteAsync<RunPage>(call.Http, new RunPageModel(frame, view, null));
    }

    private static async Task AskAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer, string? refused)
    {
        var (key, run) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
        var model = new RunPageModel(writer.Frame(call, $"Cancel {key.Pipeline} {key.Run}", "pipelines"), RunView.Of(run, services.Clock.Now, mayCancel: true), refused);
        await PageWriter.WriteAsync<CancelRunPage>(call.Http, model, refused is null ? 200 : 409);
    }

    private static async Task CancelAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var form = await call.FormAsync();
        var reason = form["reason"].ToString().Trim();
        Limits.Reason(reason);
        var (key, run) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
        if (services.Pipelines.Cancel(key, call.Caller.Name, reason.Length == 0 ? null : reason)) await PageWriter.SeeOther(call, RunView.AddressOf(key.Pipeline, key.Run));
        else await AskAsync(call, services, writer, $"Run {run.Id} is over; there is nothing to cancel.");
    }

    private static async Task ShowJobAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var (key, run) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
        var state = PipelineEndpoints.Job(call, run);
        var view = RunView.Of(run, services.Clock.Now, mayCancel: false);
        var job = view.Jobs.First(found => found.Instance == state.Instance.Id);
        var reasons = state.IsOver ? await services.Pipelines.ExplainAsync(run, state, call.Aborted) : [];
        var lines = new Queue<RunLogLine>();
        var dropped = 0L;
        // What still runs is followed from its beginning, so that no line is missed between the page and its stream.
        if (state.IsOver)
        {
            await foreach (var line in services.Pipelines.ReadLogAsync(key, state.Instance.Id, Math.Max(1, state.Attempt), follow: false, call.Aborted))
            {
                lines.Enqueue(line);
                if (lines.Count <= ShownLines) continue;
                lines.Dequeue();
                dropped++;
            }
        }
        var live = state.IsOver ? null : $"/live{view.Address}/jobs/{Uri.EscapeDataString(state.Instance.Id)}";
        await PageWriter.WriteAsync<JobPage>(call.Http, new JobPageModel(
            writer.Frame(call, $"{job.Label} of {key.Pipeline} {key.Run}", "pipelines", live), view, job, state, [.. reasons.Select(why => why.Sentence)], [.. lines], dropped));
    }

    private static async Task FollowAsync(ApiRequest call, ControlPlaneServices services, LiveStream stream)
    {
        var (key, run) = await PipelineEndpoints.FindAsync(call, services.Pipelines);
        var state = PipelineEndpoints.Job(call, run);
        await stream.RunAsync(call, async (body, cancellation) =>
        {
            // A stream that comes again begins again.
            await body.WriteAsync(LiveSegment.Swap("log-lines", ""), cancellation);
            var lines = services.Pipelines.ReadLogAsync(key, state.Instance.Id, Math.Max(1, state.Attempt), follow: true, cancellation);
            if (await LiveLines.AppendAsync(stream, call, body, lines, "log-lines", some => Templates.RenderAsync<RunLogRows>(some), services.Clock.Time, cancellation))
                await body.WriteAsync(LiveSegment.Swap("job-over", "<a class=\"button\" href=\"\">It is over: show how it ended</a>"), cancellation);
        });
    }
}
