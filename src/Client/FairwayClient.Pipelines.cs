using System.Runtime.CompilerServices;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about runs of pipelines.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Runs, the newest first.</summary>
    /// <param name="pipeline">Only of this one; null is all.</param>
    /// <param name="limit">At most so many, 1 to 100.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<PipelineRunInfo>> GetPipelineRunsAsync(string? pipeline, int limit, CancellationToken cancellation)
        => GetAsync(Query("pipelines/runs", ("pipeline", pipeline), ("limit", limit.ToString(null, null))), WireJson.Default.IReadOnlyListPipelineRunInfo, cancellation);

    /// <summary>A run with its jobs.</summary>
    public Task<PipelineRunInfo> GetPipelineRunAsync(string pipeline, string run, CancellationToken cancellation)
        => GetAsync(RunPath(pipeline, run), WireJson.Default.PipelineRunInfo, cancellation);

    /// <summary>Starts a pipeline of a repository by hand.</summary>
    public Task<PipelineRunInfo> StartPipelineAsync(PipelineStartRequest request, CancellationToken cancellation)
        => PostAsync("pipelines/runs", request, WireJson.Default.PipelineStartRequest, WireJson.Default.PipelineRunInfo, cancellation);

    /// <summary>Starts anew what a run did, on the files it had; with the cache only what did not succeed is run again.</summary>
    public Task<PipelineRunInfo> RerunPipelineAsync(string pipeline, string run, bool useCache, CancellationToken cancellation)
        => PostAsync(Query(RunPath(pipeline, run) + "/rerun", ("cache", useCache ? null : "false")), WireJson.Default.PipelineRunInfo, cancellation);

    /// <summary>Ends a run that goes on.</summary>
    public Task<PipelineRunInfo> CancelPipelineAsync(string pipeline, string run, CancellationToken cancellation)
        => PostAsync(RunPath(pipeline, run) + "/cancel", WireJson.Default.PipelineRunInfo, cancellation);

    /// <summary>Why a job was run, or was not.</summary>
    public Task<IReadOnlyList<WhyInfo>> ExplainPipelineJobAsync(string pipeline, string run, string job, CancellationToken cancellation)
        => GetAsync($"{RunPath(pipeline, run)}/jobs/{Escape(job)}/why-ran", WireJson.Default.IReadOnlyListWhyInfo, cancellation);

    /// <summary>What a job wrote, a line each.</summary>
    /// <param name="pipeline">Name of the pipeline.</param>
    /// <param name="run">The run.</param>
    /// <param name="job">The job.</param>
    /// <param name="attempt">Number of the attempt; null is the last.</param>
    /// <param name="follow">Go on until the run is over.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public async IAsyncEnumerable<string> PipelineLogAsync(
        string pipeline, string run, string job, int? attempt, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var path = Query($"{RunPath(pipeline, run)}/jobs/{Escape(job)}/log", ("follow", follow ? "true" : null), ("attempt", attempt?.ToString(null, null)));
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await OpenAsync(request, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await ReadLineAsync(reader, cancellation) is { } line) yield return line;
    }

    private static string RunPath(string pipeline, string run) => $"pipelines/runs/{Escape(pipeline)}/{Escape(run)}";
}
