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
    public async Task<JobResult> RunAsync(CancellationToken stop)
    {
        using var log = ports.Logs.Write(run.Pipeline.Name, run.Id, instanceId, attempt);
        var result = await RunAsync(log, stop);
        return result with { Log = log.Finish() };
    }

    private async Task<JobResult> RunAsync(IRunLogWriter log, CancellationToken stop)
    {
        if (await memory.FilesAsync().WaitAsync(stop) is not { } source)
            return Failed(new(FaultKind.NotFound, Blame.Platform, false, $"the files of this run ({run.Source}) are not here any more; start it again"));
        var (secrets, missing) = ports.Secrets(Job.Secrets);
        if (secrets is null) return Failed(missing!);
        var mask = new SecretMask(secrets.Values);
        var context = RunContexts.OfJob(run, Job, _instance.Instance.Combination).With("secrets", ExpressionValue.OfTexts(secrets));
        var (sandbox, unusable) = Choose();
        if (sandbox is null) return Failed(unusable!);

        var (wanted, wrong) = JobPlace.Of(Job, context);
        if (wanted is null) return Conceal(JobResult.Of(Outcome.Failure, wrong!), mask);
        var (place, absent) = await PinAsync(sandbox, wanted, log, stop);
        if (place is null) return Conceal(Failed(absent!), mask);

        var cache = new JobCache(ports, memory, run, Job, instanceId);
        var inputs = source.Select(Job.Inputs);
        var (key, unknown) = await cache.KeyAsync(_instance.Instance.Combination, inputs, secrets, sandbox, place.Policy, place.Images, stop);
        if (unknown is not null) return Failed(unknown);
        var earlier = await cache.EarlierAsync(stop);
        if (run.UseCache && Job.Cache.Enabled && await cache.FindAsync(key!, stop) is { } found)
        {
            Say(log, found.CachedFrom is { } from ? $"not run: the same as in run {from}, whose result is taken" : "not run: it was done when its runner ended, and its result is taken");
            await cache.RememberAsync(key!, stop);
            return await KeepImagesAsync(found with { EarlierKey = earlier }, place.Images, stop);
        }
        var result = await KeepImagesAsync(await RunInSandboxAsync(sandbox, place, context, inputs, secrets, mask, log, stop), place.Images, stop);
        result = Conceal(result, mask) with { CacheKey = key, EarlierKey = earlier, Images = place.Images };
        await cache.RememberAsync(key!, stop);
        if (result.Outcome == Outcome.Success) await new ScannedCommits(ports, run, Job).RememberAsync(stop);
        if (result.Outcome == Outcome.Success && Job.Cache.Enabled) await cache.StoreAsync(key!, result, stop);
        return result;
    }

    private async Task<JobResult> RunInSandboxAsync(
        ISandbox sandbox, JobPlace place, ExpressionContext context, FileTree inputs, Dictionary<string, string> secrets, SecretMask mask, IRunLogWriter log,
        CancellationToken stop)
    {
        var request = new SandboxRequest($"{run.Id}.{instanceId}.{attempt}", place.Policy, place.Services, ImmutableSortedDictionary<string, string>.Empty)
        {
            Fill = (folder, cancellation) => FillAsync(folder, inputs, cancellation), Shown = Job.Scan is { } scan ? ScanSteps.Shown(scan, ports) : [],
            Images = place.Images,
        };
        var (session, fault) = await sandbox.OpenAsync(request, stop);
        if (session is null) return Failed(fault!);
        await using (session)
        {
            if (session.Notice is { } notice) Say(log, notice);
            var steps = new StepsRun(ports, run, Job, _instance.Instance, session, context, secrets, place, mask, log);
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

    private async Task<Fault?> FillAsync(string folder, FileTree inputs, CancellationToken cancellation)
    {
        if (await ports.Blobs.RestoreAsync(inputs, folder, cancellation) is { } fault) return fault;
        if (await new ScannedCommits(ports, run, Job).WriteAsync(folder, cancellation) is { } unread) return unread;
        if (!Job.TakesArtifacts) return null;
        foreach (var artifact in PipelineGraph.NeedsOf(run.Pipeline, Job).Select(run.FindJob).OfType<JobState>()
            .SelectMany(need => need.Instances ?? []).SelectMany(made => made.Result?.Artifacts ?? []))
        {
            if (await ports.Blobs.FindTreeAsync(artifact.Digest, cancellation) is not { } tree)
                return new(FaultKind.NotFound, Blame.Platform, false, $"artifact {artifact.Name} ({artifact.Digest}) is not here any more; run again without the cache");
            if (await ports.Blobs.RestoreAsync(tree, folder, cancellation) is { } unfilled) return unfilled;
        }
        return null;
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

    private (ISandbox? Sandbox, Fault? Fault) Choose()
    {
        var kind = JobPlace.KindOf(Job);
        return ports.Sandboxes.FirstOrDefault(sandbox => sandbox.Kind == kind) is { } found ? (found, null) : (null, new(FaultKind.NotFound, Blame.Platform, false,
            kind == SandboxKind.Podman ? "this machine runs no containers: there is no sandbox for them" : "this machine has no sandbox for jobs"));
    }

    private async Task<(JobPlace? Place, Fault? Fault)> PinAsync(ISandbox sandbox, JobPlace place, IRunLogWriter log, CancellationToken stop)
    {
        if (place.Wanted.IsEmpty) return (place, null);
        Say(log, $"looking for {string.Join(", ", place.Wanted.Select(image => image.Reference).Distinct(StringComparer.Ordinal))}");
        var (images, fault) = await ports.Images.PinAsync(run.Id, sandbox, place.Wanted, stop);
        if (fault is not null) return (null, fault);
        foreach (var image in images) Say(log, $"image {image.Reference} is {image.Digest}");
        return (place with { Images = images }, null);
    }

    private static JobResult Conceal(JobResult result, SecretMask mask) => result with
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

    private static JobResult Failed(Fault fault) => JobResult.Of(Outcome.Failure, Why.Because(fault.Kind.ToString().ToLowerInvariant(), "{problem}", ("problem", fault.Message)));
}
