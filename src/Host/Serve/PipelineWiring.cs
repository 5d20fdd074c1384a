using Fairway.Adapters.Blobs;
using Fairway.Adapters.Processes;
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
    private PipelineWiring(PipelineDesk desk, IConfigurationInForce configuration) => (Desk, Starter) = (desk, new(desk, () => configuration.Pipelines));

    /// <summary>Runs.</summary>
    public PipelineDesk Desk { get; }

    /// <summary>Starts them.</summary>
    public PipelineStarter Starter { get; }

    /// <summary>Opens what pipelines keep in the data folder. Where no sandbox can be had, jobs say so when they are run.</summary>
    /// <param name="ports">The engine's.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="engine">What is deployed goes there.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="options">Where everything is.</param>
    /// <param name="provenance">Signs how releases were built; null signs nothing.</param>
    /// <param name="ended">Told of each run that is over.</param>
    /// <exception cref="ControlPlaneStartException">It cannot be opened.</exception>
    public static PipelineWiring Open(
        EnginePorts ports, IConfigurationInForce configuration, RolloutEngine engine, EngineClock clock, ControlPlaneOptions options, ProvenanceDesk? provenance,
        Func<PipelineRun, CancellationToken, Task> ended)
    {
        var folder = Path.Combine(options.Data.Path, "pipelines");
        var (blobs, fault) = BlobFolder.Open(Path.Combine(folder, "blobs"), options.Time);
        if (blobs is null) throw new ControlPlaneStartException(fault!.Message, Client.ExitCodes.Failed);
        var (sandbox, unusable) = ProcessSandbox.Open(Path.Combine(folder, "sandboxes"), options.Time);
        if (unusable is not null) options.Tell($"pipelines have no sandbox: {unusable.Message}");
        var shipping = new PipelineShipping(ports, configuration, engine, blobs, provenance, Path.Combine(folder, "shipping"), clock);
        shipping.Sweep();
        return new(new(
            new()
            {
                Journal = new LedgerRunJournal(ports.Ledger), Blobs = blobs, Logs = new RunLogs(Path.Combine(folder, "runs"), options.Time),
                Sandboxes = sandbox is null ? [] : [sandbox], Secrets = secrets => SecretSource.Resolve(secrets), Ship = shipping.ShipAsync, Program = options.Program, Clock = clock,
            },
            Environment.ProcessorCount) { Ended = ended }, configuration);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Desk.DisposeAsync();
}
