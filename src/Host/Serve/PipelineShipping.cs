using System.Formats.Tar;
using Fairway.Api;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Pipelines;
using Fairway.Pipelines.Expressions;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Serve;

/// <summary>
/// Makes releases of what jobs made, and asks for them in their environments. Killed anywhere, it goes on where it was: <see cref="Shipping"/> decides on what
/// is there, and whether a deploy was asked for is read from the service's own stream, by the run and job that its request names.
/// </summary>
/// <param name="ports">The ledger and the artifacts.</param>
/// <param name="configuration">The configuration in force.</param>
/// <param name="engine">What is deployed goes there.</param>
/// <param name="blobs">Where jobs' files are.</param>
/// <param name="provenance">Signs how releases were built; null signs nothing.</param>
/// <param name="records">How they were built and what they are made of.</param>
/// <param name="clock">The clock.</param>
internal sealed class PipelineShipping(
    EnginePorts ports, IConfigurationInForce configuration, RolloutEngine engine, IPipelineBlobs blobs, ProvenanceDesk? provenance, RunRecords records, EngineClock clock)
{
    private readonly ReleaseCatalog _releases = new(ports.Ledger, ports.Artifacts, clock);
    private readonly AttestationBook _attestations = new(ports.Ledger);

    /// <summary>Ships what an instance made; again changes nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="target">What becomes of its files.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    public async Task<(string? Release, Why Why)> ShipAsync(PipelineRun run, InstanceState instance, ShipTarget target, CancellationToken cancellation)
    {
        var made = instance.Result!.Artifacts.Where(artifact => target.Artifact is null || artifact.Name == target.Artifact).ToArray();
        if (made is not [var artifact]) return (null, Why.Because("which-artifact", "there are {count|artifact} to make a release of; name one", ("count", made.Length)));
        var spec = configuration.Services.FirstOrDefault(service => service.Key.Service == target.Service && (target.Environment is null || service.Key.Environment == target.Environment));
        if (spec is null) return (null, Why.Because("unknown-service", "there is no service {service} {where}", ("service", target.Service), ("where", target.Environment is null ? "" : $"in {target.Environment}")));
        var (version, problem) = Version(run, instance, target);
        if (problem is not null) return (null, problem);
        var by = new Actor(run.Trigger.Actor, $"run {run.Id} of {run.Pipeline.Name}, job {instance.Instance.Id}");
        var asked = target.Environment is null ? null : await AskedAsync(run, spec.Key, by, cancellation);
        var (release, attested) = (asked, false);
        while (true)
        {
            var facts = new ShipFacts(release is not null, attested, release is not null && await IsSignedAsync(run, release, cancellation), asked is not null);
            switch (Shipping.Next(facts, provenance is not null, target.Environment is not null))
            {
                case ShipStep.Make:
                    (release, var refused) = await MakeAsync(spec, version, artifact, by, cancellation);
                    if (refused is not null) return (null, refused);
                    break;
                case ShipStep.Attest:
                    foreach (var attestation in RunAttestations.Of(run, release!.Artifact, clock.Now)) await _attestations.AddAsync(attestation, cancellation);
                    if (await DescribeAsync(run, instance, release, artifact, cancellation) is { } undescribed)
                        return (null, Why.Because("no-sbom", "what it is made of cannot be kept: {problem}", ("problem", undescribed.Message)));
                    attested = true;
                    break;
                case ShipStep.Sign:
                    if (await records.SignAsync(run, target.Service, release!.Artifact, [], cancellation) is { } unsigned)
                        return (null, Why.Because("not-signed", "how it was built is not signed: {problem}", ("problem", unsigned.Message)));
                    break;
                case ShipStep.Deploy:
                    return await DeployAsync(spec, target.Environment!, release!, by, cancellation);
                case ShipStep.Done when asked is not null:
                    return (asked.Digest, Why.Because("deployed", "release {version} goes to {environment}", ("version", asked.Version), ("environment", target.Environment!)));
                case ShipStep.Done:
                    return (release!.Digest, Why.Because("released", "release {version} of {service} is made", ("version", release.Version), ("service", release.Service)));
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    private async Task<(Release? Release, Why? Refused)> MakeAsync(ServiceSpec spec, string? version, MadeArtifact artifact, Actor by, CancellationToken cancellation)
    {
        if (await blobs.FindTreeAsync(artifact.Digest, cancellation) is not { } tree) return (null, Why.Because("artifact-gone", "artifact {name} is not here any more", ("name", artifact.Name)));
        var place = records.Place();
        try
        {
            var files = place.CreateSubdirectory("files");
            if (await blobs.RestoreAsync(tree, files.FullName, cancellation) is { } unfilled) return (null, Why.Because("not-shipped", "{problem}", ("problem", unfilled.Message)));
            var packed = Path.Combine(place.FullName, "files.tar");
            await TarFile.CreateFromDirectoryAsync(files.FullName, packed, includeBaseDirectory: false, cancellation);
            await using var tar = File.OpenRead(packed);
            var stored = await _releases.StoreAsync(spec, configuration.Services, version, tar, by, cancellation);
            return stored.Release is null ? (null, Why.Because("refused", "{problem}", ("problem", stored.Fault!.Message))) : (stored.Release, null);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private async Task<Fault?> DescribeAsync(PipelineRun run, InstanceState instance, Release release, MadeArtifact artifact, CancellationToken cancellation)
    {
        var inputs = run.Find(instance.Instance.Id)!.Value.Job.Job.Inputs;
        var shipped = await blobs.FindTreeAsync(artifact.Digest, cancellation);
        return await records.DescribeAsync(run, release.Service, release.Version, release.Artifact, shipped, source => source.Select(inputs), cancellation);
    }

    private async Task<(string? Release, Why Why)> DeployAsync(ServiceSpec spec, string environment, Release release, Actor by, CancellationToken cancellation)
    {
        var service = engine.Find(spec.Key)?.Current.State;
        if (service?.StableRelease?.Digest == release.Digest || (service?.Active is { } rollout && service[rollout.Candidate].Release?.Digest == release.Digest))
            return (release.Digest, Why.Because("there-already", "release {version} is in {environment} already", ("version", release.Version), ("environment", environment)));
        var reply = await engine.AskAsync(spec.Key, new RolloutObservation.DeployRequested(release, spec, null, by, Automatic: true, false), cancellation);
        return reply.Refused is null
            ? (release.Digest, Why.Because("deployed", "release {version} goes to {environment}: {why}", ("version", release.Version), ("environment", environment), ("why", reply.Why.Sentence)))
            : (null, Why.Because("not-deployed", "release {version} does not go to {environment}: {why}", ("version", release.Version), ("environment", environment), ("why", reply.Why.Sentence)));
    }

    private async Task<Release?> AskedAsync(PipelineRun run, ServiceKey key, Actor by, CancellationToken cancellation)
    {
        var query = new LedgerQuery { Stream = key.Stream, Types = ["rollout-started", "deploy-queued"], From = run.QueuedAt, Limit = LedgerQuery.MaxLimit };
        foreach (var record in (await ports.Ledger.SearchAsync(query, cancellation)).Records)
        {
            var (asker, release) = RolloutEventCodec.Read(record) switch
            {
                RolloutEvent.RolloutStarted started => (started.By, started.Release),
                RolloutEvent.DeployQueued queued => (queued.Request.By, queued.Request.Release),
                _ => (null, null),
            };
            if (asker == by) return release;
        }
        return null;
    }

    private async Task<bool> IsSignedAsync(PipelineRun run, Release release, CancellationToken cancellation)
        => (await _attestations.ListAsync(release.Artifact, cancellation)).Any(one => one is { Kind: AttestationKinds.Provenance, Passed: true } && one.Run == RunRecords.Invocation(run));

    private static (string? Version, Why? Problem) Version(PipelineRun run, InstanceState instance, ShipTarget target)
    {
        if (target.Version is not { } template) return (run.Trigger.Commit.Length >= 12 ? run.Trigger.Commit[..12] : null, null);
        var job = run.Find(instance.Instance.Id)!.Value.Job.Job;
        return RunContexts.Text(template, RunContexts.OfJob(run, job, instance.Instance.Combination), ExpressionScopes.JobName, "version");
    }
}
