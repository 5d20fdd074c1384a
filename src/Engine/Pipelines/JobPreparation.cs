using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>What an attempt has before its first command.</summary>
/// <param name="Sandbox">Which kind it runs in.</param>
/// <param name="Place">What it may reach, and what runs beside it.</param>
/// <param name="Context">What its expressions read.</param>
/// <param name="Inputs">The files that it gets.</param>
/// <param name="Secrets">Those that it names.</param>
/// <param name="Mask">Hides them.</param>
/// <param name="Cache">Earlier results.</param>
/// <param name="Key">Of what it depends on.</param>
/// <param name="Earlier">The key that it had before.</param>
internal sealed record ReadyJob(
    ISandbox Sandbox, JobPlace Place, ExpressionContext Context, FileTree Inputs, Dictionary<string, string> Secrets, SecretMask Mask, JobCache Cache, string Key, string? Earlier)
    : IAsyncDisposable
{
    /// <summary>The result of the same before; null when there is none, and it is to be run.</summary>
    public JobResult? Found { get; init; }

    /// <summary>Its sandbox, which ends with this; null when none was opened ahead.</summary>
    public ISandboxSession? Session { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Session?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Makes an attempt ready: what it runs in, what it depends on, whether that was run before.</summary>
internal sealed class JobPreparation(PipelinePorts ports, RunMemory memory, PipelineRun run, string instanceId, int attempt)
{
    private readonly InstanceState _instance = run.Find(instanceId)!.Value.State;

    private PipelineJob Job { get; } = run.Find(instanceId)!.Value.Job.Job;

    /// <summary>
    /// All that can be done before the attempt has its slot: mostly the sandbox with its files, which costs more than a short job. Null when nothing was; what
    /// stands in the way is found again, and told, by the attempt itself.
    /// </summary>
    public async Task<ReadyJob?> AheadAsync(CancellationToken stop)
    {
        // A container is no small thing to keep waiting, and an image that must be fetched first is worth a line in the attempt's log.
        if (JobPlace.KindOf(Job) != SandboxKind.Process || (await ReadyAsync(_ => { }, stop)).Ready is not { } ready) return null;
        if (ready.Found is not null) return ready;
        // A runner that is killed now leaves an attempt that never began: the next runner's has the same number, and must not have the same sandbox.
        var (session, _) = await OpenAsync(ready, $".{Guid.NewGuid().ToString("N")[..8]}", stop);
        return session is null ? null : ready with { Session = session };
    }

    /// <summary>All but the sandbox; or why it cannot run.</summary>
    /// <param name="say">Told, in a sentence, of what takes long.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<(ReadyJob? Ready, JobResult? Failed)> ReadyAsync(Action<string> say, CancellationToken stop)
    {
        if (await memory.FilesAsync().WaitAsync(stop) is not { } source)
            return (null, JobAttempt.Failed(new(FaultKind.NotFound, Blame.Platform, false, $"the files of this run ({run.Source}) are not here any more; start it again")));
        var (secrets, missing) = ports.Secrets(Job.Secrets);
        if (secrets is null) return (null, JobAttempt.Failed(missing!));
        var mask = new SecretMask(secrets.Values);
        var context = RunContexts.OfJob(run, Job, _instance.Instance.Combination).With("secrets", ExpressionValue.OfTexts(secrets));
        var (sandbox, unusable) = Choose();
        if (sandbox is null) return (null, JobAttempt.Failed(unusable!));

        var (wanted, wrong) = JobPlace.Of(Job, context);
        if (wanted is null) return (null, JobAttempt.Conceal(JobResult.Of(Outcome.Failure, wrong!), mask));
        var (place, absent) = await PinAsync(sandbox, wanted, say, stop);
        if (place is null) return (null, JobAttempt.Conceal(JobAttempt.Failed(absent!), mask));

        var cache = new JobCache(ports, memory, run, Job, instanceId);
        var inputs = source.Select(Job.Inputs);
        var (key, unknown) = await cache.KeyAsync(_instance.Instance.Combination, inputs, secrets, sandbox, place.Policy, place.Images, stop);
        if (unknown is not null) return (null, JobAttempt.Failed(unknown));
        var ready = new ReadyJob(sandbox, place, context, inputs, secrets, mask, cache, key!, await cache.EarlierAsync(stop));
        return (run.UseCache && Job.Cache.Enabled && await cache.FindAsync(key!, stop) is { } found ? ready with { Found = found } : ready, null);
    }

    /// <summary>Opens its sandbox, with its files in it; or says why not.</summary>
    public Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(ReadyJob ready, string suffix, CancellationToken stop)
    {
        var request = new SandboxRequest($"{run.Id}.{instanceId}.{attempt}{suffix}", ready.Place.Policy, ready.Place.Services, ImmutableSortedDictionary<string, string>.Empty)
        {
            Fill = (folder, cancellation) => FillAsync(folder, ready.Inputs, cancellation), Shown = Job.Scan is { } scan ? ScanSteps.Shown(scan, ports) : [],
            Images = ready.Place.Images,
        };
        return ready.Sandbox.OpenAsync(request, stop);
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

    private (ISandbox? Sandbox, Fault? Fault) Choose()
    {
        var kind = JobPlace.KindOf(Job);
        return ports.Sandboxes.FirstOrDefault(sandbox => sandbox.Kind == kind) is { } found ? (found, null) : (null, new(FaultKind.NotFound, Blame.Platform, false,
            kind == SandboxKind.Podman ? "this machine runs no containers: there is no sandbox for them" : "this machine has no sandbox for jobs"));
    }

    private async Task<(JobPlace? Place, Fault? Fault)> PinAsync(ISandbox sandbox, JobPlace place, Action<string> say, CancellationToken stop)
    {
        if (place.Wanted.IsEmpty) return (place, null);
        say($"looking for {string.Join(", ", place.Wanted.Select(image => image.Reference).Distinct(StringComparer.Ordinal))}");
        var (images, fault) = await ports.Images.PinAsync(run.Id, sandbox, place.Wanted, stop);
        if (fault is not null) return (null, fault);
        foreach (var image in images) say($"image {image.Reference} is {image.Digest}");
        return (place with { Images = images }, null);
    }
}
