using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>Why a job was run, or was not.</summary>
public static class RunExplanation
{
    /// <summary>The reasons, the weightiest first.</summary>
    /// <param name="blobs">Where what jobs depend on is kept.</param>
    /// <param name="run">The run.</param>
    /// <param name="state">The job in it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<ImmutableArray<Why>> OfAsync(IPipelineBlobs blobs, PipelineRun run, InstanceState state, CancellationToken cancellation)
    {
        var name = state.Instance.Label;
        if (state.Result is not { } result) return [state.Why ?? Why.Because("waiting", "{job} has not run yet", ("job", name))];
        if (result.CachedFrom is { } from) return [Why.Because("unchanged", "{job} was not run: nothing it depends on changed since run {run}", ("job", name), ("run", from))];
        if (result.CacheKey is not { } key) return [Why.Because("no-key", "{job} ended before it was known what it depends on: {why}", ("job", name), ("why", result.Why.Sentence))];
        var job = run.Find(state.Instance.Id)!.Value.Job.Job;
        var reasons = ImmutableArray.CreateBuilder<Why>();
        if (!run.UseCache) reasons.Add(Why.Because("no-cache", "the run was to take nothing from the cache"));
        if (!job.Cache.Enabled) reasons.Add(Why.Because("cache-off", "the job says cache: false, so it runs every time"));
        if (result.EarlierKey is not { } earlier) reasons.Add(Why.Because("first", "{job} was run for the first time here", ("job", name)));
        else if (earlier == key)
            reasons.Add(Why.Because("not-kept", "nothing it depends on changed, but there was no result to take: it did not succeed the time before, or the result is not kept any more"));
        else if (await JobCache.PrintAsync(blobs, earlier, cancellation) is { } before && await JobCache.PrintAsync(blobs, key, cancellation) is { } now)
            reasons.AddRange(now.DifferencesFrom(before));
        else reasons.Add(Why.Because("forgotten", "what it depended on the time before is not kept any more"));
        return reasons.ToImmutable();
    }
}
