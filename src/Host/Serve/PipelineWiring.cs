using System.Formats.Tar;
using Fairway.Adapters.Blobs;
using Fairway.Adapters.Processes;
using Fairway.Adapters.Processes.Containers;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Adapters.RunFiles;
using Fairway.Api;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Pipelines.Expressions;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Serve;

/// <summary>The control plane's pipelines: where they keep things, and what becomes of what they make.</summary>
internal sealed class PipelineWiring : IAsyncDisposable
{
    private readonly IConfigurationInForce _configuration;
    private readonly RolloutEngine _engine;
    private readonly ReleaseCatalog _releases;
    private readonly AttestationBook _attestations;
    private readonly BlobFolder _blobs;
    private readonly EngineClock _clock;
    private readonly ProvenanceDesk? _provenance;
    private readonly IArtifactShelf? _shelf;

    private PipelineWiring(EnginePorts ports, IConfigurationInForce configuration, RolloutEngine engine, EngineClock clock, ControlPlaneOptions options, BlobFolder blobs,
        IArtifactShelf? shelf, ImmutableArray<ISandbox> sandboxes, ProvenanceDesk? provenance, Func<PipelineRun, CancellationToken, Task> ended)
    {
        (_configuration, _engine, _clock, _blobs, _shelf, _provenance) = (configuration, engine, clock, blobs, shelf, provenance);
        _releases = new(ports.Ledger, ports.Artifacts, clock);
        _attestations = new(ports.Ledger);
        Desk = new(
            new()
            {
                Journal = new LedgerRunJournal(ports.Ledger), Blobs = blobs, Logs = new RunLogs(Path.Combine(options.Data.Path, "pipelines", "runs"), options.Time),
                Sandboxes = sandboxes, Secrets = secrets => SecretSource.Resolve(secrets), Ship = ShipAsync, Program = options.Program, Clock = clock, KeepImage = shelf is null ? null : KeepImageAsync,
            },
            Environment.ProcessorCount) { Ended = ended };
    }

    /// <summary>Runs.</summary>
    public PipelineDesk Desk { get; }

    /// <summary>Opens what pipelines keep in the data folder. Where no sandbox can be had, jobs say so when they are run.</summary>
    /// <param name="ports">The engine's.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="engine">What is deployed goes there.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="options">Where everything is.</param>
    /// <param name="shelf">Where images are kept; null keeps them among the run's files alone.</param>
    /// <param name="provenance">Signs how releases were built; null signs nothing.</param>
    /// <param name="ended">Told of each run that is over.</param>
    /// <exception cref="ControlPlaneStartException">It cannot be opened.</exception>
    public static PipelineWiring Open(
        EnginePorts ports, IConfigurationInForce configuration, RolloutEngine engine, EngineClock clock, ControlPlaneOptions options, IArtifactShelf? shelf,
        ProvenanceDesk? provenance, Func<PipelineRun, CancellationToken, Task> ended)
    {
        var folder = Path.Combine(options.Data.Path, "pipelines");
        var (blobs, fault) = BlobFolder.Open(Path.Combine(folder, "blobs"), options.Time);
        if (blobs is null) throw new ControlPlaneStartException(fault!.Message, Client.ExitCodes.Failed);
        var (sandbox, unusable) = ProcessSandbox.Open(Path.Combine(folder, "sandboxes"), options.Time);
        if (unusable is not null) options.Tell($"pipelines have no sandbox: {unusable.Message}");
        var (containers, noContainers) = sandbox is null ? (null, null) : PodmanSandbox.Open(Path.Combine(folder, "containers"), sandbox, options.Time);
        if (noContainers is not null) options.Tell($"pipelines have no containers: {noContainers.Message}");
        ImmutableArray<ISandbox> sandboxes = [.. new ISandbox?[] { sandbox, containers }.OfType<ISandbox>()];
        return new(ports, configuration, engine, clock, options, blobs, shelf, sandboxes, provenance, ended);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Desk.DisposeAsync();

    // The same files are the same release, and a release that is there already is not deployed again: doing it twice is doing it once.
    private async Task<(string? Release, Why Why)> ShipAsync(PipelineRun run, InstanceState instance, ShipTarget target, CancellationToken cancellation)
    {
        var made = instance.Result!.Artifacts.Where(artifact => target.Artifact is null || artifact.Name == target.Artifact).ToArray();
        if (made is not [var artifact]) return (null, Why.Because("which-artifact", "there are {count|artifact} to make a release of; name one", ("count", made.Length)));
        var spec = _configuration.Services.FirstOrDefault(service => service.Key.Service == target.Service && (target.Environment is null || service.Key.Environment == target.Environment));
        if (spec is null) return (null, Why.Because("unknown-service", "there is no service {service} {where}", ("service", target.Service), ("where", target.Environment is null ? "" : $"in {target.Environment}")));
        var (version, problem) = Version(run, instance, target);
        if (problem is not null) return (null, problem);
        if (await _blobs.FindTreeAsync(artifact.Digest, cancellation) is not { } tree) return (null, Why.Because("artifact-gone", "artifact {name} is not here any more", ("name", artifact.Name)));
        var folder = Directory.CreateTempSubdirectory("fairway-ship-");
        try
        {
            if (await _blobs.RestoreAsync(tree, folder.FullName, cancellation) is { } unfilled) return (null, Why.Because("not-shipped", "{problem}", ("problem", unfilled.Message)));
            var packed = Path.Combine(folder.FullName + ".tar");
            await TarFile.CreateFromDirectoryAsync(folder.FullName, packed, includeBaseDirectory: false, cancellation);
            try
            {
                await using var tar = File.OpenRead(packed);
                return await ReleaseAsync(run, spec, version, target, tar, cancellation);
            }
            finally
            {
                File.Delete(packed);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<(string? Release, Why Why)> ReleaseAsync(PipelineRun run, ServiceSpec spec, string? version, ShipTarget target, Stream tar, CancellationToken cancellation)
    {
        var by = new Actor(run.Trigger.Actor, $"run {run.Id} of {run.Pipeline.Name}");
        var stored = await _releases.StoreAsync(spec, _configuration.Services, version, tar, by, cancellation);
        if (stored.Release is not { } release) return (null, Why.Because("refused", "{problem}", ("problem", stored.Fault!.Message)));
        foreach (var attestation in RunAttestations.Of(run, release.Artifact, _clock.Now)) await _attestations.AddAsync(attestation, cancellation);
        if (_provenance is not null && (await _provenance.SignAsync(ProvenanceOf(run, target.Service, release.Artifact, []), "fairway", cancellation)).Fault is { } unsigned)
            return (null, Why.Because("not-signed", "how it was built is not signed: {problem}", ("problem", unsigned.Message)));
        if (target.Environment is not { } environment) return (release.Digest, Why.Because("released", "release {version} of {service} is made", ("version", release.Version), ("service", release.Service)));
        var service = _engine.Find(spec.Key)?.Current.State;
        if (service?.StableRelease?.Digest == release.Digest || (service?.Rollout is { } rollout && service[rollout.Candidate].Release?.Digest == release.Digest))
            return (release.Digest, Why.Because("there-already", "release {version} is in {environment} already", ("version", release.Version), ("environment", environment)));
        var reply = await _engine.AskAsync(spec.Key, new RolloutObservation.DeployRequested(release, spec, null, by, Automatic: true, false), cancellation);
        return reply.Refused is null
            ? (release.Digest, Why.Because("deployed", "release {version} goes to {environment}: {why}", ("version", release.Version), ("environment", environment), ("why", reply.Why.Sentence)))
            : (null, Why.Because("not-deployed", "release {version} does not go to {environment}: {why}", ("version", release.Version), ("environment", environment), ("why", reply.Why.Sentence)));
    }

    private async Task<Fault?> KeepImageAsync(PipelineRun run, MadeArtifact image, FileTree layout, ImmutableArray<PinnedImage> ranIn, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("fairway-image-");
        try
        {
            if (await _blobs.RestoreAsync(layout, folder.FullName, cancellation) is { } unfilled) return unfilled;
            var (digest, refused) = await _shelf!.StoreImageAsync(folder.FullName, cancellation);
            if (digest is null) return refused;
            foreach (var attestation in RunAttestations.Of(run, digest, _clock.Now)) await _attestations.AddAsync(attestation, cancellation);
            if (_provenance is null) return null;
            if ((await _provenance.SignAsync(ProvenanceOf(run, image.Name, digest, ranIn), "fairway", cancellation)).Fault is { } unsigned) return unsigned;
            return await KeepSbomAsync(_provenance, run, image, digest, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Of what the lock files of the run's own files name: it is what the image was built with.
    private async Task<Fault?> KeepSbomAsync(ProvenanceDesk desk, PipelineRun run, MadeArtifact image, string digest, CancellationToken cancellation)
    {
        if (await _blobs.FindTreeAsync(run.Source, cancellation) is not { } source) return null;
        var locks = new FileTree([.. source.Entries.Where(entry => entry.Kind != TreeEntryKind.Link && entry.Bytes <= Scanning.LockFile.MaxLength && IsForSbom(entry.Path))]);
        var folder = Directory.CreateTempSubdirectory("fairway-sbom-");
        try
        {
            if (await _blobs.RestoreAsync(locks, folder.FullName, cancellation) is { } unfilled) return unfilled;
            var (packages, files) = Offline.LockedPackages.Read(folder.FullName, [], cancellation);
            if (files == 0) return null;
            var document = CycloneDx.Write(image.Name, digest, packages, ControlPlane.Version, _clock.Now);
            return (await desk.StoreSbomAsync(digest, document, packages.Length, $"{run.Pipeline.Name}/{run.Id}", "fairway", cancellation)).Fault;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsForSbom(string path) => Scanning.LockFile.IsOne(path) || Path.GetFileName(path) is "os-release" or "go.mod" or "package.json" or "pyproject.toml";

    private static Provenance ProvenanceOf(PipelineRun run, string name, string artifact, ImmutableArray<PinnedImage> ranIn) => new(artifact, name, $"{run.Pipeline.Name}/{run.Id}")
    {
        Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("pipeline", run.Pipeline.Name).Add("ref", run.Trigger.Ref).Add("actor", run.Trigger.Actor),
        Dependencies = [.. CommitOf(run), .. ImagesOf(run, ranIn)],
    };

    private static IEnumerable<ResolvedDependency> CommitOf(PipelineRun run) => run.Trigger.Commit.Length == 0 ? []
        : [new($"git+fairway:{run.Trigger.Repository}@{run.Trigger.Ref}", ImmutableSortedDictionary<string, string>.Empty.Add("gitCommit", run.Trigger.Commit))];

    // Whatever ran in a job of this run may have had a hand in what it built.
    private static IEnumerable<ResolvedDependency> ImagesOf(PipelineRun run, ImmutableArray<PinnedImage> ranIn)
        => run.Instances.SelectMany(found => found.State.Result?.Images ?? []).Concat(ranIn).DistinctBy(image => (image.Reference, image.Digest)).OrderBy(image => image.Reference, StringComparer.Ordinal)
            .Select(image => new ResolvedDependency(image.PackageUrl, ImmutableSortedDictionary<string, string>.Empty.Add("sha256", ContentDigest.Hex(image.Digest))));

    private static (string? Version, Why? Problem) Version(PipelineRun run, InstanceState instance, ShipTarget target)
    {
        if (target.Version is not { } template) return (run.Trigger.Commit.Length >= 12 ? run.Trigger.Commit[..12] : null, null);
        var job = run.Find(instance.Instance.Id)!.Value.Job.Job;
        return RunContexts.Text(template, RunContexts.OfJob(run, job, instance.Instance.Combination), ExpressionScopes.JobName, "version");
    }
}
