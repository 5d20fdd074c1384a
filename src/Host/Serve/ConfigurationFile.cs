using Fairway.Access;
using Fairway.Rollouts;
using Fairway.Adapters.Prometheus;
using Fairway.Adapters.Yaml;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Configuration;
using Fairway.Metrics;
using Fairway.Notifications;

namespace Fairway.Serve;

/// <summary>
/// The configuration in force: the last good state of a file. It is read again before each deploy and on <c>SIGHUP</c>; a broken file
/// leaves what was in force,
/// and its mistakes where <c>status</c> shows them.
/// </summary>
public sealed class ConfigurationFile : IConfigurationInForce
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private volatile FairwayConfiguration? _good;
    private volatile IReadOnlyList<Pipelines.Pipeline> _pipelines = [];
    private volatile IReadOnlyList<string> _problems = [];

    /// <summary>Reads a file for the first time.</summary>
    public ConfigurationFile(string path)
    {
        _path = Path.GetFullPath(path);
        Reload();
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Environments => _good?.Environments ?? [];

    /// <inheritdoc/>
    public ImmutableArray<ServiceSpec> Services => _good?.All ?? [];

    /// <inheritdoc/>
    public string? File => _path;

    /// <inheritdoc/>
    public ImmutableArray<string> Problems => [.. _problems];

    /// <inheritdoc/>
    public ImmutableArray<Environments.EnvironmentSettings> Settings => _good?.Settings ?? [];

    /// <inheritdoc/>
    public ImmutableArray<Gates.ConfiguredFreeze> Freezes => _good?.Freezes ?? [];

    /// <inheritdoc/>
    public ImmutableArray<Policy.PolicyRule> Policies => _good?.Policies ?? [];

    /// <inheritdoc/>
    public ImmutableArray<Groups.GroupSettings> Groups => _good?.Groups ?? [];

    /// <inheritdoc/>
    public string? Place(string environment, string service, string path)
    {
        if (_good is not { } good) return null;
        var at = service.Length > 0 ? good.Find(environment, service, path) : good.Sources.Find(path);
        return at is { } found ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Path.GetFileName(found.File.Name)}:{found.Line}") : null;
    }

    /// <inheritdoc/>
    public NotificationSettings? Notifications => _good?.Notifications;

    /// <inheritdoc/>
    public Source.SourceSettings? Source => _good?.Source;

    /// <inheritdoc/>
    public ImmutableArray<Pipelines.Pipeline> Pipelines => [.. _pipelines];

    /// <summary>What is in force; null until a good file was read.</summary>
    public FairwayConfiguration? Good => _good;

    /// <summary>Where the edge listens; null until a good file was read.</summary>
    public EdgeSettings? Edge => _good?.Edge;

    /// <summary>The server that is asked for metrics; null is our own engine.</summary>
    public PrometheusOptions? Metrics => _good?.Metrics is { Url: { } url } metrics
        ? new(url, metrics.Timeout.ToTimeSpan(), metrics.BearerFile is { } file ? Path.Combine(Folder, file) : null) : null;

    /// <summary>The issuer whose tokens are accepted; null is none.</summary>
    public OidcSettings? Oidc => _good?.Access?.Oidc;

    /// <summary>How our own metrics engine runs.</summary>
    /// <param name="folder">Where it keeps samples.</param>
    /// <param name="time">The clock.</param>
    public EmbeddedMetricsOptions OwnMetrics(string folder, TimeProvider time) => Options(_good?.Metrics ?? new(), Folder, folder, time);

    /// <summary>The same, without a file.</summary>
    public static EmbeddedMetricsOptions UsualMetrics(string folder, TimeProvider time) => Options(new(), "", folder, time);

    // One value: options are compared.
    private static readonly ImmutableArray<Metrics.Configuration.ScrapeConfig> Scraped = [InstanceDiscovery.Config];

    private static EmbeddedMetricsOptions Options(MetricsSettings metrics, string root, string folder, TimeProvider time) => new(
        new()
        {
            Data = folder, ConfigFile = metrics.File is { } file ? Path.Combine(root, file) : null, Retention = metrics.Retention.ToTimeSpan(), Time = time,
            Discovered = Scraped,
        },
        metrics.Timeout.ToTimeSpan(), metrics.Listen, metrics.OtlpGrpc);

    /// <summary>Folder that the file's relative paths start from.</summary>
    public string Folder => Path.GetDirectoryName(_path)!;

    /// <inheritdoc/>
    public void Reload()
    {
        lock (_gate)
        {
            var loaded = YamlConfiguration.Load(_path, Environment.GetEnvironmentVariable);
            if (loaded.Configuration is { } good)
            {
                _good = good;
                _pipelines = [.. loaded.Pipelines];
                _problems = [];
            }
            else _problems = [.. loaded.Diagnostics.Where(mistake => mistake.Severity == DiagnosticSeverity.Error).Select(mistake => mistake.ToString())];
        }
    }
}
