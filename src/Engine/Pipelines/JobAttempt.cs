using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Reports;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>One attempt of one job: taken from the cache, or run in a sandbox.</summary>
internal sealed class JobAttempt(PipelinePorts ports, RunMemory memory, PipelineRun run, string instanceId, int attempt)
{
    /// <summary>From TERM to KILL for what runs when a job is stopped.</summary>
    private static readonly Duration StopGrace = Duration.FromSeconds(10);

    private readonly JobState _state = run.Find(instanceId)!.Value.Job;
    private readonly InstanceState _instance = run.Find(instanceId)!.Value.State;

    private PipelineJob Job => _state.Job;

    /// <summary>Runs it; cancelling stops it.</summary>
    /// <param name="ahead">What was made ready before; it ends with this. Null makes it ready now.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<JobResult> RunAsync(ReadyJob? ahead, CancellationToken stop)
    {
        await using var owned = ahead;
        using var log = ports.Logs.Write(run.Pipeline.Name, run.Id, instanceId, attempt);
        var result = await RunAsync(ahead, log, stop);
        return result with { Log = log.Finish() };
    }

    private async Task<JobResult> RunAsync(ReadyJob? ready, IRunLogWriter log, CancellationToken stop)
    {
        var preparation = new JobPreparation(ports, memory, run, instanceId, attempt);
        if (ready is null)
        {
            (ready, var unready) = await preparation.ReadyAsync(text => Say(log, text), stop);
            if (ready is null) return unready!;
        }
        if (ready.Found is { } found)
        {
            Say(log, found.CachedFrom is { } from ? $"not run: the same as in run {from}, whose result is taken" : "not run: it was done when its runner ended, and its result is taken");
            await ready.Cache.RememberAsync(ready.Key, stop);
            return await KeepImagesAsync(found with { EarlierKey = ready.Earlier }, ready.Place.Images, stop);
        }
        var result = await KeepImagesAsync(await RunInSandboxAsync(preparation, ready, log, stop), ready.Place.Images, stop);
        result = Conceal(result, ready.Mask) with { CacheKey = ready.Key, EarlierKey = ready.Earlier, Images = ready.Place.Images };
        await ready.Cache.RememberAsync(ready.Key, stop);
        if (result.Outcome == Outcome.Success) await new ScannedCommits(ports, run, Job).RememberAsync(stop);
        if (result.Outcome == Outcome.Success && Job.Cache.Enabled) await ready.Cache.StoreAsync(ready.Key, result, stop);
        return result;
    }

    private async Task<JobResult> RunInSandboxAsync(JobPreparation preparation, ReadyJob ready, IRunLogWriter log, CancellationToken stop)
    {
        var (session, fault) = ready.Session is { } open ? (open, null) : await preparation.OpenAsync(ready, "", stop);
        if (session is null) return Failed(fault!);
        await using var opened = ready.Session is null ? session : null;
        if (session.Notice is { } notice) Say(log, notice);
        var steps = new StepsRun(ports, run, Job, _instance.Instance, session, ready.Context, ready.Secrets, ready.Place, ready.Mask, log);
        try
        {
            var why = await steps.RunAsync(stop);
            await session.StopAsync(Duration.Zero);
            return await FinishAsync(steps, session, why, log, stop) with { Notice = session.Notice };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Say(log, "stopped");
            await session.StopAsync(StopGrace);
            return JobResult.Of(Outcome.Cancelled, Why.Because("stopped", "it was stopped")) with { Steps = steps.Results };
        }
    }

    // Nothing runs in the sandbox any more: what is read now is what later jobs get.
    private async Task<JobResult> FinishAsync(StepsRun steps, ISandboxSession session, Why? failed, IRunLogWriter log, CancellationToken stop)
    {
        var artifacts = steps.Artifacts.ToBuilder();
        foreach (var wanted in failed is null ? Job.Artifacts : [])
        {
            var (made, problem) = wanted.Image is null
                ? await CollectAsync(ports.Blobs, session.Workspace, wanted.Name, wanted.Paths, wanted.Optional, stop)
                : await ImageArtifact.CollectAsync(ports.Blobs, session.Workspace, wanted, stop);
            if (made is not null) artifacts.Add(made);
            else if (problem is not null) failed ??= problem;
        }
        var reports = await ReadReportsAsync(session.Workspace, stop);
        foreach (var unread in reports?.Unread ?? []) Say(log, unread);
        failed = JobVerdict.Of(failed, reports, Job.Scan);
        if (failed is null && reports is null && Job.Reports.Any(report => report.Required))
            failed = Why.Because("no-report", "it wrote none of the reports that it must write");
        var outputs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, template) in Job.Outputs)
        {
            var (value, problem) = RunContexts.Text(template, steps.Context, ExpressionScopes.JobOutputs, $"output {name}");
            if (problem is not null) failed ??= problem;
            else if (value!.Length > 0 && steps.Mask.Finds(value)) Say(log, $"output {name} holds a secret and is left out");
            else outputs[name] = value;
        }
        if (failed is null && await steps.SaveCachesAsync(stop) is { } unsaved) Say(log, unsaved);
        return new()
        {
            Outcome = failed is null ? Outcome.Success : Outcome.Failure, Why = failed ?? Why.Because("done", "all steps did well"), Steps = steps.Results,
            Outputs = outputs.ToImmutable(), Artifacts = artifacts.ToImmutable(), Reports = reports,
        };
    }

    private async Task<JobResult> KeepImagesAsync(JobResult result, ImmutableArray<PinnedImage> ranIn, CancellationToken stop)
    {
        if (ports.KeepImage is not { } keep || result.Outcome != Outcome.Success) return result;
        foreach (var image in result.Artifacts.Where(artifact => artifact.Image is not null))
        {
            var (layout, absent) = await ImageArtifact.LayoutAsync(ports.Blobs, image, stop);
            if ((absent ?? await keep(run, image, layout!, ranIn, stop)) is { } fault)
                return result with { Outcome = Outcome.Failure, Why = Why.Because("not-kept", "image {name} is not kept: {problem}", ("name", image.Name), ("problem", fault.Message)) };
        }
        return result;
    }

    /// <summary>Keeps files of a workspace as an artifact.</summary>
    internal static async Task<(MadeArtifact? Made, Why? Problem)> CollectAsync(
        IPipelineBlobs blobs, string workspace, string name, ImmutableArray<string> paths, bool optional, CancellationToken cancellation)
    {
        var (tree, fault) = await blobs.CollectAsync(workspace, paths, cancellation);
        if (tree is null) return (null, Why.Because("artifact", "artifact {name}: {problem}", ("name", name), ("problem", fault!.Message)));
        if (tree.Entries.IsEmpty)
        {
            return (null, optional ? null : Why.Because("no-artifact", "artifact {name}: no file matches {paths}", ("name", name), ("paths", string.Join(", ", paths))));
        }
        return (new(name, tree.Digest, tree.Entries.Length, tree.Bytes), null);
    }

    private async Task<ReportSummary?> ReadReportsAsync(string workspace, CancellationToken cancellation)
    {
        var wanted = Job.Scan is { } scan ? Job.Reports.Add(ScanSteps.ReportOf(scan)) : Job.Reports;
        var files = new List<ReportFile>();
        foreach (var report in wanted)
            foreach (var (path, content) in await ports.Blobs.ReadAsync(workspace, report.Paths, ReportFile.Largest, cancellation))
                files.Add(new(path, content, report.Format));
        return files.Count == 0 ? null : ReportReader.Read(files);
    }

    /// <summary>A result that says no secret.</summary>
    internal static JobResult Conceal(JobResult result, SecretMask mask) => result with
    {
        Why = Conceal(result.Why, mask),
        Steps = [.. result.Steps.Select(step => step with { Name = mask.Conceal(step.Name), Why = step.Why is { } why ? Conceal(why, mask) : null })],
        Reports = result.Reports is { } reports
            ? reports with { Worst = reports.Worst is { } worst ? worst with { Message = mask.Conceal(worst.Message) } : null, Failures = [.. reports.Failures.Select(test => test with { Name = mask.Conceal(test.Name), Message = mask.Conceal(test.Message) })] } : null,
    };

    private static Why Conceal(Why why, SecretMask mask) => why with { Facts = [.. why.Facts.Select(fact => fact with { Value = mask.Conceal(fact.Value) })] };

    private static void Say(IRunLogWriter log, string text)
    {
        log.Write(0, Encoding.UTF8.GetBytes(text.ReplaceLineEndings(" ") + "\n"));
        log.Flush();
    }

    /// <summary>The result of what could not begin.</summary>
    internal static JobResult Failed(Fault fault) => JobResult.Of(Outcome.Failure, Why.Because(fault.Kind.ToString().ToLowerInvariant(), "{problem}", ("problem", fault.Message)));
}
