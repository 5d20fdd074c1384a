using Fairway.Rollouts;
using Fairway.Adapters.Prometheus;
using Fairway.Adapters.Yaml;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Configuration;

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

    /// <summary>Where the edge listens; null until a good file was read.</summary>
    public EdgeSettings? Edge => _good?.Edge;

    /// <summary>Where metrics are asked for; null is nowhere.</summary>
    public PrometheusOptions? Metrics => _good?.Metrics is { } metrics
        ? new(metrics.Url, metrics.Timeout.ToTimeSpan(), metrics.BearerFile is { } file ? Path.Combine(Folder, file) : null) : null;

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
                _problems = [];
            }
            else _problems = [.. loaded.Diagnostics.Where(mistake => mistake.Severity == DiagnosticSeverity.Error).Select(mistake => mistake.ToString())];
        }
    }
}
