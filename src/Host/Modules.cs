using Fairway.Access;
using Fairway.Adapters.Artifacts;
using Fairway.Adapters.Edge;
using Fairway.Adapters.Http;
using Fairway.Adapters.Oidc;
using Fairway.Adapters.Postgres;
using Fairway.Adapters.Processes;
using Fairway.Adapters.Prometheus;
using Fairway.Adapters.Sqlite;
using Fairway.Artifacts;
using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Client;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Groups;
using Fairway.Kernel;
using Fairway.Metrics;
using Fairway.Notifications;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Serve;
using Fairway.Source;

namespace Fairway;

/// <summary>The one visible list of adapters: what a control plane is made of.</summary>
public static class Modules
{
    /// <summary>The read models of the ledger.</summary>
    public static ImmutableArray<IProjection> Projections { get; } =
        [new ServicesProjection(), new RolloutsProjection(), new QuarantinesProjection(), new ReleasesProjection(), new AccessProjection(),
            new NotificationsProjection(), new GatesProjection(), new FreezesProjection(), new ShippedProjection(), new EnvironmentsProjection(), new GroupsProjection(), new AttestationsProjection(),
            new SourceProjection(), new OpenRunsProjection(), new BaselinesProjection()];

    /// <summary>One machine: SQLite, processes, our edge.</summary>
    /// <param name="options">Where everything is.</param>
    /// <param name="admin">The edge's admin API; the parts own it once they are open.</param>
    /// <param name="metrics">The server that is asked for metrics, as configured at each moment; null is our own engine.</param>
    /// <param name="own">Our own metrics engine; the parts own it once they are open.</param>
    /// <param name="oidc">The issuer whose tokens are accepted, as configured at each moment; null is none.</param>
    /// <param name="held">Called once the data folder is ours alone.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LedgerException">The data folder is in use, not writable, full or damaged.</exception>
    /// <exception cref="ControlPlaneStartException">Another part of it cannot be opened.</exception>
    internal static async Task<Parts> OpenAsync(
        ControlPlaneOptions options, EdgeAdminClient admin, Func<PrometheusOptions?> metrics, ControlPlaneMetrics own, Func<OidcSettings?> oidc, Action held,
        CancellationToken cancellation)
    {
        var closing = new Stack<IAsyncDisposable>();
        try
        {
            // The ledger first: it holds the folder, and a second control plane goes no further.
            var ledger = await SqliteLedger.OpenAsync(new() { Folder = options.Data.Path, Projections = Projections, Held = held }, cancellation);
            closing.Push(ledger);
            var artifacts = Opened(ArtifactStore.Open(Path.Combine(options.Data.Path, "artifacts")));
            var documents = Opened(ArtifactDocuments.Open(Path.Combine(options.Data.Path, "documents")));
            var runtime = new ProcessRuntimeOptions { Folder = Path.Combine(options.Data.Path, "runtime"), ArtifactFolder = artifacts.FolderOf };
            var workloads = Opened(await ProcessWorkloads.OpenAsync(runtime, options.Time, cancellation));
            closing.Push(workloads);
            var hooks = Opened(ProcessHooks.Open(runtime with { Folder = Path.Combine(options.Data.Path, "hooks") }, options.Time));
            closing.Push(hooks);
            var asked = new PrometheusMetrics(metrics, options.Time);
            closing.Push(asked);
            closing.Push(own);
            var issuer = new OidcIssuer(oidc, options.Time);
            closing.Push(issuer);
            var probes = new HttpProbes(SecretSource.Fetch, options.Time);
            closing.Push(probes);
            var ports = new EnginePorts(ledger, workloads, new EdgeTraffic(admin), artifacts, hooks) 
            {
                Metrics = new ChosenMetrics(() => metrics() is null ? own : asked),
                Probes = probes,
                Migrations = new PostgresMigrations(artifacts.FolderOf, SecretSource.Fetch, options.Time),
            };
            return new(ports, admin, closing) { Metrics = own, Usage = workloads, Issuer = issuer, Shelf = artifacts, Documents = documents, Keys = new SigningKeys(Path.Combine(options.Data.Path, "keys")) };
        }
        catch
        {
            await CloseAsync(closing);
            throw;
        }
    }

    /// <summary>The edge's admin API.</summary>
    public static EdgeAdminClient EdgeAdmin(ControlPlaneOptions options) => new(options.Data.EdgeSocket, TimeSpan.FromSeconds(5));

    /// <summary>The edge as a process of its own.</summary>
    public static EdgeProcess Edge(ControlPlaneOptions options, EdgeAdminClient admin, ImmutableArray<string> listening) => new(
        new DetachedProcesses(), admin, options.Time,
        new(EdgeCommand.Line(options.Program, options.Data, listening), EdgeCommand.Environment(), EdgeCommand.Folder(options.Data)));

    private static T Opened<T>((T? Part, Fault? Fault) opened) where T : class
        => opened.Part ?? throw new ControlPlaneStartException(opened.Fault!.Message, ExitCodes.Failed);

    internal static async Task CloseAsync(Stack<IAsyncDisposable> closing)
    {
        while (closing.TryPop(out var part)) await part.DisposeAsync();
    }

    /// <summary>An opened set of adapters; closed in the opposite order.</summary>
    /// <param name="Ports">For the engine.</param>
    /// <param name="EdgeAdmin">The edge's admin API; null without one.</param>
    /// <param name="Opened">What is closed, last first.</param>
    public sealed record Parts(EnginePorts Ports, EdgeAdminClient? EdgeAdmin, Stack<IAsyncDisposable> Opened) : IAsyncDisposable
    {
        /// <summary>Our own metrics engine; null without one.</summary>
        internal ControlPlaneMetrics? Metrics { get; init; }

        /// <summary>Recognizes bearers of another issuer's tokens; null without one.</summary>
        public IIdentityIssuer? Issuer { get; init; }

        /// <summary>The stored artifacts; null where they cannot be listed.</summary>
        public IArtifactShelf? Shelf { get; init; }

        /// <summary>Documents about artifacts; null without any.</summary>
        public IArtifactDocuments? Documents { get; init; }

        /// <summary>Keys that sign provenance; null without any.</summary>
        public ISigningKeys? Keys { get; init; }

        /// <summary>Measures instances; null where nobody can.</summary>
        public IWorkloadUsage? Usage { get; init; }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await CloseAsync(Opened);
            EdgeAdmin?.Dispose();
        }
    }
}
