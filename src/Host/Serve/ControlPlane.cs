using System.Reflection;
using Fairway.Access;
using Fairway.Adapters.Edge;
using Fairway.Adapters.Processes;
using Fairway.Api;
using Fairway.Artifacts;
using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Groups;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Metrics;
using Fairway.Notifications;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Source;

namespace Fairway.Serve;

/// <summary>
/// The control plane: ledger, engine, API and the edge's keeper in one process. Ending it touches neither traffic nor instances.
/// </summary>
public sealed partial class ControlPlane : IAsyncDisposable
{
    private static readonly TimeSpan HaltTimeout = TimeSpan.FromMinutes(2);
    private readonly ControlPlaneOptions _options;
    private readonly Modules.Parts _parts;
    private readonly IConfigurationInForce _configuration;
    private readonly EngineClock _clock;
    private readonly RolloutEngine _engine;
    private readonly AttestationBook _attestations;
    private readonly ProvenanceDesk? _provenance;
    private readonly NotificationWiring _notifications;
    private readonly AccessDesk _access;
    private readonly GateKeeper _gates;
    private readonly Migrations.MigrationDesk? _migrations;
    private readonly EphemeralEnvironments _ephemeral;
    private readonly EnvironmentsInForce _environments;
    private readonly PromotionEngine _promotions;
    private readonly GroupEngine _groups;
    private readonly BaselineDesk _baselines;
    private readonly SourceWiring _source;
    private readonly PipelineWiring _pipelines;
    private readonly DeploymentRuns _deployments;
    private readonly EdgeKeeper? _edge;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset _startedAt;
    private readonly long _startedTimestamp;
    private readonly Task<ApiServer> _api;
    private Task _following = Task.CompletedTask;
    private Task _ending = Task.CompletedTask;
    private Task _promoting = Task.CompletedTask;
    private Task _tearing = Task.CompletedTask;
    private Task _measuring = Task.CompletedTask;
    private Task _deploying = Task.CompletedTask;
    private long _position;

    private ControlPlane(ControlPlaneOptions options, Modules.Parts parts, IConfigurationInForce configuration, EdgeKeeper? edge, Task<ApiServer> api)
    {
        _api = api;
        _options = options;
        _parts = parts;
        _configuration = configuration;
        _clock = new(options.Time);
        _attestations = new(parts.Ports.Ledger);
        _provenance = parts is { Keys: { } keys, Documents: { } documents } ? new(keys, documents, _attestations, _clock) : null;
        _engine = new(parts.Ports with
        {
            Verify = VerifyAsync, Gate = (request, cancellation) => _gates!.AskAsync(request, cancellation), EdgeAddress = () => EdgeAddresses is [var address, ..] ? address.TrimEnd('/') : null,
        }, options.Engine, _clock);
        _ephemeral = new(parts.Ports.Ledger, _engine, () => configuration.Settings, () => configuration.Services, _clock);
        _environments = new(configuration, _ephemeral);
        _migrations = parts.Ports.Migrations is { } databases ? new(databases, key => _environments.Services.FirstOrDefault(spec => spec.Key == key)) : null;
        _gates = new(parts.Ports.Ledger, parts.Ports.Artifacts, _clock,
            GateWiring.Sources(_environments, key => _engine.Find(key)?.Current, parts.Ports.Metrics, () => _pipelines!.Desk, () => _source!.Desk, _migrations, _provenance));
        _promotions = new(_engine, _gates, new(parts.Ports.Ledger, parts.Ports.Artifacts, _clock), parts.Ports.Ledger, new()
        {
            Environments = () => _environments.Settings, Service = key => _environments.Services.FirstOrDefault(spec => spec.Key == key),
            Services = () => [.. configuration.Services.Select(spec => spec.Key.Service).Distinct(StringComparer.Ordinal)],
        }, _clock);
        _groups = new(parts.Ports.Ledger, _engine, _gates.AskAsync, key => _environments.Services.FirstOrDefault(spec => spec.Key == key), _ephemeral.For, _clock);
        _baselines = new(parts.Ports.Ledger, _engine, parts.Usage, parts.Ports.Metrics, _clock);
        _notifications = new(parts.Ports.Ledger, configuration, Path.Combine(options.Data.Path, "destinations"), _clock);
        _access = new(parts.Ports.Ledger, _clock, AccessLimits.Usual);
        _pipelines = PipelineWiring.Open(parts.Ports, configuration, _engine, _clock, options, parts.Shelf, _provenance,
            (repository, commit, known, file, cancellation) => _source!.Repositories.WriteCommitsAsync(repository, commit, known, file, cancellation), TellHostAsync, EndedAsync);
        _deployments = Deployments(options.Data);
        _source = new(parts.Ports.Ledger, configuration, options.Data, options.Program, _pipelines.Starter.StartAsync, _clock);
        _edge = edge;
        _startedAt = options.Time.GetUtcNow();
        _startedTimestamp = options.Time.GetTimestamp();
    }

    /// <summary>Ends when somebody asked it to go down, after everything is stopped.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Where the edge listens; empty without one.</summary>
    public IReadOnlyList<string> EdgeAddresses => _edge?.Addresses ?? [];

    /// <summary>Where the console is; null without one.</summary>
    public string? ConsoleAddress => _api.IsCompletedSuccessfully ? _api.Result.Address : null;

    /// <summary>Every endpoint with its permission.</summary>
    internal IReadOnlyList<DeclaredEndpoint> Endpoints => _api.IsCompletedSuccessfully ? _api.Result.Endpoints : [];

    /// <summary>The program's version.</summary>
    public static string Version { get; } =
        typeof(ControlPlane).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Starts one with the adapters of this machine.</summary>
    /// <exception cref="ControlPlaneStartException">It cannot start; says what to do.</exception>
    public static async Task<ControlPlane> StartAsync(ControlPlaneOptions options, CancellationToken cancellation)
    {
        // What does not need each other goes side by side: a machine has more than one core.
        var api = BuildApi(options);
        var admin = Modules.EdgeAdmin(options);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var again = File.Exists(options.Data.Ledger);
        ConfigurationFile? configuration = null;
        var metrics = new ControlPlaneMetrics(
            () => configuration?.OwnMetrics(options.Data.Metrics, options.Time) ?? ConfigurationFile.UsualMetrics(options.Data.Metrics, options.Time), options.Time, options.Tell);
        var opening = again ? OpenAsync() : null;
        configuration = options.ConfigurationFile is { } file ? new ConfigurationFile(file) : null;
        // Nothing is made for a file that never was right.
        if (configuration is { Edge: null } && !again) throw new ControlPlaneStartException($"{configuration.File} has mistakes", ExitCodes.Usage, configuration.Problems);
        EdgeKeeper? edge = null;
        Modules.Parts? parts = null;
        try
        {
            CreateFolder(options.Data);
            opening ??= OpenAsync();
            if (options.Edge && await Task.WhenAny(held.Task, opening) == held.Task)
            {
                edge = new(Modules.Edge(options, admin, EdgeListening.Of(configuration, options.Data)), admin);
                edge.Start();
            }
            parts = await opening;
            return await StartAsync(options, parts, (IConfigurationInForce?)configuration ?? new NoConfiguration(), edge, api, cancellation);
        }
        catch (LedgerException error)
        {
            await GiveUpAsync();
            throw new ControlPlaneStartException(error.Message, error.Fault.Kind == FaultKind.Conflict ? ExitCodes.Refused : ExitCodes.Failed, inner: error);
        }
        catch
        {
            await GiveUpAsync();
            throw;
        }

        Task<Modules.Parts> OpenAsync() => Task.Run(() => Modules.OpenAsync(options, admin, () => configuration?.Metrics, metrics, () => configuration?.Oidc, held.SetResult, cancellation), CancellationToken.None);

        async Task GiveUpAsync()
        {
            // A control plane that owned its parts has closed them.
            if (parts is not null) return;
            // An edge that had something to serve goes on; the first one of all has nothing.
            if (edge is not null && !again) await edge.StopAsync(CancellationToken.None);
            if (edge is not null) await edge.DisposeAsync();
            if (opening is not null) await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening is { IsCompletedSuccessfully: true }) await (await opening).DisposeAsync();
            else admin.Dispose();
        }
    }

    /// <summary>Starts one with other adapters, such as those in memory.</summary>
    /// <exception cref="ControlPlaneStartException">It cannot start; says what to do.</exception>
    public static Task<ControlPlane> StartAsync(
        ControlPlaneOptions options, EnginePorts ports, IConfigurationInForce configuration, CancellationToken cancellation)
    {
        CreateFolder(options.Data);
        return StartAsync(options, new(ports, null, new()), configuration, null, BuildApi(options), cancellation);
    }

    /// <summary>Reads the configuration again, as <c>SIGHUP</c> and the API ask.</summary>
    public void ReloadConfiguration()
    {
        _configuration.Reload();
        _notifications.Engine.Reconfigure();
        _parts.Metrics?.Reload();
    }

    private void Report(Exception error) => _options.Tell(error.ToString());

    /// <summary>Waits until the edge serves, or says why it does not; null is done, or without an edge.</summary>
    public async Task<Fault?> AwaitEdgeAsync(CancellationToken cancellation) => _edge is null ? null : await _edge.EnsureAsync(cancellation);

    /// <summary>Drains the edge, stops every instance, and ends. Rollouts stay where they are, and go on at the next start.</summary>
    public async Task<DownInfo> DownAsync(Actor by, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(HaltTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var instances = _engine.Services.Sum(key => _engine.Find(key)?.Current.World?.Instances.Length ?? 0);
        // Traffic first: an instance that is stopped has none left.
        var stopped = _edge is not null && (await _edge.DescribeAsync(either.Token)).Alive;
        if (_edge is not null && await _edge.StopAsync(either.Token) is { } fault && stopped) throw ApiException.Of(fault, "edge-not-stopped");
        await _engine.HaltAsync(by, either.Token);
        _ended.TrySetResult();
        return new(instances, stopped);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await (await _api).DisposeAsync();
        await _following;
        await _ending;
        await _promoting;
        await _tearing;
        await _measuring;
        await _deploying;
        _ephemeral.Dispose();
        await _source.DisposeAsync();
        _access.Dispose();
        await _pipelines.DisposeAsync();
        if (_parts.Metrics is { } metrics) await metrics.DisposeAsync();
        await _notifications.DisposeAsync();
        await _engine.DisposeAsync();
        if (_edge is not null) await _edge.DisposeAsync();
        await _parts.DisposeAsync();
        _stopping.Dispose();
        _ended.TrySetResult();
    }

    private static async Task<ControlPlane> StartAsync(
        ControlPlaneOptions options, Modules.Parts parts, IConfigurationInForce configuration, EdgeKeeper? edge, Task<ApiServer> api,
        CancellationToken cancellation)
    {
        var plane = new ControlPlane(options, parts, configuration, edge, api);
        try
        {
            await Task.WhenAll(
                plane._engine.StartAsync(cancellation), plane._access.LoadAsync(cancellation), plane._ephemeral.LoadAsync(cancellation), plane._groups.LoadAsync(cancellation),
                plane._baselines.LoadAsync(cancellation));
            // What runs ship to is there now.
            await plane._pipelines.Desk.ResumeAsync(cancellation);
            var newest = await parts.Ports.Ledger.SearchAsync(new() { Order = LedgerOrder.Newest, Limit = 1 }, cancellation);
            plane._position = newest.Records is [var last] ? last.Seq : 0;
            plane._following = plane.FollowAsync();
            plane._ending = plane.EndAccessAsync();
            plane._promoting = Task.WhenAll(plane.UntilStoppedAsync(plane._promotions.RunAsync), plane.UntilStoppedAsync(plane._groups.RunAsync));
            plane._measuring = plane.UntilStoppedAsync(plane._baselines.RunAsync);
            plane._tearing = plane.UntilStoppedAsync(plane._ephemeral.RunAsync);
            plane._deploying = plane.UntilStoppedAsync(plane._deployments.RunAsync);
            await (await api).StartAsync(plane.Services(), plane.Report, cancellation);
            // Last: nobody waits for it.
            parts.Metrics?.Start([.. plane.MetricsSources()], plane._engine);
            plane._notifications.Start();
            plane._source.Desk.Start();
            return plane;
        }
        catch (Exception error)
        {
            await plane.DisposeAsync();
            throw error switch
            {
                LedgerException or IOException or UnauthorizedAccessException => new ControlPlaneStartException(error.Message, ExitCodes.Failed, inner: error),
                _ => error,
            };
        }
    }

    private static Task<ApiServer> BuildApi(ControlPlaneOptions options) => Task.Run(() => ApiServer.Build(options.Data, options.Listen));

    private static void CreateFolder(DataFolder folder)
    {
        try
        {
            folder.Create();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ControlPlaneStartException(
                $"the data folder {folder} cannot be made: {error.Message}; make its parent writable for {Environment.UserName}, or choose another with --data",
                ExitCodes.Failed, inner: error);
        }
    }

    private ControlPlaneServices Services() => new()
    {
        Engine = _engine,
        Releases = new(_parts.Ports.Ledger, _parts.Ports.Artifacts, _clock),
        Attestations = _attestations,
        Shelf = _parts.Shelf,
        Provenance = _provenance,
        Collector = _parts.Shelf is { } shelf ? new(_parts.Ports.Ledger, shelf, _attestations, _clock) : null,
        Verify = VerifyAsync,
        History = new(_parts.Ports.Ledger),
        Ledger = _parts.Ports.Ledger,
        Access = _access,
        Pipelines = _pipelines.Desk,
        Starter = _pipelines.Starter,
        Issuer = _parts.Issuer,
        ConsoleAddress = () => ConsoleAddress,
        Workloads = _parts.Ports.Workloads,
        Configuration = _environments,
        Gates = _gates, Migrations = _migrations,
        GateDesk = new(_parts.Ports.Ledger, _gates, _clock, key => _engine.Find(key)?.Wake(), _engine.WakeAll),
        Promotions = _promotions,
        Groups = _groups,
        Baselines = new(_parts.Ports.Ledger),
        Measuring = _baselines,
        Ephemeral = _ephemeral,
        Editor = _configuration is ConfigurationFile file ? new(file, Path.Combine(_options.Data.Path, "configuration"), _options.Time) : null,
        Subscriptions = _notifications.Book,
        Destinations = _notifications.Destinations,
        Source = _source.Desk,
        Tickets = _source.Tickets,
        Git = _source.Git.HandleAsync,
        IdempotencyFolder = Path.Combine(_options.Data.Path, "idempotency"),
        KeepFile = (path, content) => DurableFile.Replace(path, content),
        Reload = ReloadConfiguration,
        Report = Report,
        Clock = _clock,
        Describe = Describe,
        DescribeEdgeAsync = async cancellation => _edge is null ? null : await _edge.DescribeAsync(cancellation),
        EdgeAddresses = () => EdgeAddresses,
        DownAsync = DownAsync,
        Metrics = _parts.Metrics is { } metrics ? metrics.HandleAsync : null,
        QueryMetrics = _parts.Metrics is { } asked ? asked.RangeAsync : null,
        Stopping = _stopping.Token,
    };

    /// <summary>Refuses a release whose provenance was tampered with, or that has none where its service, as configured now, asks for it.</summary>
    private async Task<Fault?> VerifyAsync(ServiceKey key, Release release, CancellationToken cancellation)
    {
        var asked = _environments.Services.FirstOrDefault(service => service.Key == key)?.RequiresProvenance == true ? key.ToString() : null;
        if (_provenance is { } desk) return await desk.RefusalAsync(release.Artifact, asked, cancellation);
        return asked is null ? null : new(FaultKind.Forbidden, Blame.Platform, Retryable: false, $"{asked} asks for provenance, and this control plane has no keys");
    }

    private IEnumerable<OwnSource> MetricsSources()
    {
        yield return new("fairway-services", "control-plane", new WorkloadExposition(_engine, _parts.Usage).ReadAsync);
        if (_edge is not null && _parts.EdgeAdmin is { } edge) yield return new("fairway-edge", "edge", edge.MetricsAsync);
    }

    private async Task UntilStoppedAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The control plane ends.
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            _options.Tell($"a part of the control plane ended: {error}");
        }
    }

    /// <summary>Records what ends by itself.</summary>
    private async Task EndAccessAsync()
    {
        try
        {
            await _access.RunAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The control plane ends.
        }
        catch (LedgerException fault)
        {
            // Nothing is open longer for it: only the records of what ended wait for the next start.
            _options.Tell($"access: what ended by itself is not recorded: {fault.Message}");
        }
    }

    /// <summary>Follows the ledger, so that its position is known without asking it.</summary>
    private async Task FollowAsync()
    {
        try
        {
            await foreach (var record in _parts.Ports.Ledger.TailAsync(Interlocked.Read(ref _position), _stopping.Token)) Interlocked.Exchange(ref _position, record.Seq);
        }
        catch (OperationCanceledException)
        {
            // The control plane ends.
        }
        catch (LedgerException)
        {
            // The loops that need the ledger say so; the position stays at what was last seen.
        }
    }
}
