using Fairway.Adapters.Blobs;
using Fairway.Adapters.Processes;
using Fairway.Adapters.Processes.Containers;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Adapters.RunFiles;
using Fairway.Api;
using Fairway.Artifacts;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Serve;

/// <summary>The control plane's pipelines: where they keep things, and what becomes of what they make.</summary>
internal sealed class PipelineWiring : IAsyncDisposable
{
    private PipelineWiring(PipelineDesk desk, IPipelineBlobs blobs, PipelineStarter starter) => (Desk, Blobs, Starter) = (desk, blobs, starter);

    /// <summary>Runs.</summary>
    public PipelineDesk Desk { get; }

    /// <summary>Where contents are kept.</summary>
    public IPipelineBlobs Blobs { get; }

    /// <summary>Starts them.</summary>
    public PipelineStarter Starter { get; }

    /// <summary>Opens what pipelines keep in the data folder. Where no sandbox can be had, jobs say so when they are run.</summary>
    /// <param name="ports">The engine's.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="engine">What is deployed goes there.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="options">Where everything is.</param>
    /// <param name="shelf">Where images are kept; null keeps them among the run's files alone.</param>
    /// <param name="provenance">Signs how releases were built; null signs nothing.</param>
    /// <param name="commits">Writes what commits added.</param>
    /// <param name="begun">Told of each run that is started for a commit.</param>
    /// <param name="ended">Told of each run that is over.</param>
    /// <exception cref="ControlPlaneStartException">It cannot be opened.</exception>
    public static PipelineWiring Open(
        EnginePorts ports, IConfigurationInForce configuration, RolloutEngine engine, EngineClock clock, ControlPlaneOptions options, IArtifactShelf? shelf,
        ProvenanceDesk? provenance, WriteCommits commits, Func<PipelineRun, CancellationToken, Task> begun, Func<PipelineRun, CancellationToken, Task> ended)
    {
        var folder = Path.Combine(options.Data.Path, "pipelines");
        var (blobs, fault) = BlobFolder.Open(Path.Combine(folder, "blobs"), options.Time);
        if (blobs is null) throw new ControlPlaneStartException(fault!.Message, Client.ExitCodes.Failed);
        var (sandbox, unusable) = ProcessSandbox.Open(Path.Combine(folder, "sandboxes"), options.Time);
        if (unusable is not null) options.Tell($"pipelines have no sandbox: {unusable.Message}");
        var (containers, noContainers) = sandbox is null ? (null, null) : PodmanSandbox.Open(Path.Combine(folder, "containers"), sandbox, options.Time);
        if (noContainers is not null) options.Tell($"pipelines have no containers: {noContainers.Message}");
        var records = new RunRecords(blobs, provenance, Path.Combine(folder, "shipping"));
        records.Sweep();
        var shipping = new PipelineShipping(ports, configuration, engine, blobs, provenance, records, clock);
        var images = shelf is null ? null : new PipelineImages(shelf, new(ports.Ledger), blobs, records, clock);
        var desk = new PipelineDesk(
            new()
            {
                Journal = new LedgerRunJournal(ports.Ledger), Blobs = blobs, Logs = new RunLogs(Path.Combine(folder, "runs"), options.Time),
                Sandboxes = [.. new ISandbox?[] { sandbox, containers }.OfType<ISandbox>()], Secrets = secrets => SecretSource.Resolve(secrets), Ship = shipping.ShipAsync,
                Program = options.Program, Clock = clock, Vulnerabilities = () => configuration.Vulnerabilities, KeepImage = images is null ? null : images.KeepAsync,
                Commits = commits,
            },
            Environment.ProcessorCount) { Ended = ended };
        return new(desk, blobs, new(desk, () => configuration.Pipelines, begun));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Desk.DisposeAsync();
}
