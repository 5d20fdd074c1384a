using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>Scrapes everything a configuration names: one loop a target, files with targets looked at again and again, targets that the
/// host discovers.</summary>
/// <param name="store">Where samples go.</param>
/// <param name="time">The clock.</param>
/// <param name="parseYaml">Reads files of targets in YAML; throws <see cref="FormatException"/>. Null where only JSON is read.</param>
public sealed class Scraper(ISampleStore store, TimeProvider time, Func<string, ConfigNode>? parseYaml = null) : IAsyncDisposable
{
    private static readonly TimeSpan FileInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<TargetGroup>> _discovered = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private ImmutableArray<TargetStatus> _retired = [];
    private Task? _files;

    /// <summary>Scrapes what these configs say. Targets that stay as they were go on undisturbed; those that are gone get stale
    /// markers.</summary>
    /// <param name="configs">All of them; those not named any more end.</param>
    /// <param name="cancellation">Ends the wait for scrapes under way.</param>
    /// <exception cref="IOException">A file of certificates cannot be read; nothing is changed for its config.</exception>
    public async Task ApplyAsync(IReadOnlyList<ScrapeConfig> configs, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            foreach (var gone in _pools.Keys.Except(configs.Select(c => c.JobName), StringComparer.Ordinal).ToArray())
            {
                if (_pools.Remove(gone, out var pool)) await pool.RemoveAsync();
            }

            foreach (var config in configs)
            {
                await SyncAsync(await PoolOfAsync(config));
            }

            _files ??= Task.Run(WatchFilesAsync, CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes targets that the host discovered for a job, in place of those of the call before.</summary>
    /// <param name="job">Name of a scrape config; may come later.</param>
    /// <param name="groups">All of them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task DiscoverAsync(string job, ImmutableArray<TargetGroup> groups, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            _discovered[job] = groups;
            if (_pools.TryGetValue(job, out var pool)) await SyncAsync(pool);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The targets and how they are, by job and address.</summary>
    public async Task<ScrapeState> StateAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return new(
                [.. _pools.Values.OrderBy(p => p.Config.JobName, StringComparer.Ordinal).SelectMany(p => p.Loops.Values.Select(l => l.Status).OrderBy(s => s.Target.Url.AbsoluteUri, StringComparer.Ordinal))],
                [.. _pools.Values.SelectMany(p => p.Set.Dropped.Select(d => (p.Config.JobName, d)))],
                [.. _pools.Values.SelectMany(p => p.Set.Problems.Concat(p.Files.Problems)), .. _retired.Where(r => r.LastError.Length > 0).Select(r => $"{r.Target.Url}: {r.LastError}")]);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops everything. No stale markers: the next start goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        if (_files is not null) await _files;
        foreach (var pool in _pools.Values) await pool.DisposeAsync();
        _pools.Clear();
        _stop.Dispose();
        _gate.Dispose();
    }

    private async Task<Pool> PoolOfAsync(ScrapeConfig config)
    {
        if (_pools.TryGetValue(config.JobName, out var pool) && pool.Config.Identity.Length > 0 && pool.Config.Identity == config.Identity)
        {
            if (!pool.Config.FileSd.SequenceEqual(config.FileSd, StringComparer.Ordinal)) pool.Files = new(config.FileSd, parseYaml);
            pool.Config = config;
        }
        else if (pool is null || !ReferenceEquals(pool.Config, config))
        {
            var client = OutgoingHttp.Create(config.Http);
            if (pool is not null) await pool.RemoveAsync();
            _pools[config.JobName] = pool = new(config, client) { Files = new(config.FileSd, parseYaml) };
        }

        pool.Files.Refresh();
        return pool;
    }

    private async Task WatchFilesAsync()
    {
        using var timer = new PeriodicTimer(FileInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await _gate.WaitAsync(_stop.Token);
                try
                {
                    foreach (var pool in _pools.Values)
                    {
                        if (pool.Files.Refresh()) await SyncAsync(pool);
                    }
                }
                finally
                {
                    _gate.Release();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task SyncAsync(Pool pool)
    {
        var config = pool.Config;
        var set = TargetRelabelling.Apply(config, [.. config.StaticConfigs, .. pool.Files.Groups, .. _discovered.GetValueOrDefault(config.JobName, [])]);
        if (config.TargetLimit > 0 && set.Active.Length > config.TargetLimit)
            set = set with { Active = [], Problems = [.. set.Problems, $"{config.JobName}: target_limit exceeded: {set.Active.Length} targets, {config.TargetLimit} is the most; none is scraped"] };
        pool.Set = set;
        var wanted = set.Active.ToDictionary(t => (t.Labels, t.Url.AbsoluteUri, t.Interval, t.Timeout));
        foreach (var gone in pool.Loops.Keys.Where(k => !wanted.ContainsKey(k)).ToArray())
        {
            if (!pool.Loops.Remove(gone, out var loop)) continue;
            await loop.RemoveAsync();
            _retired = [.. _retired.TakeLast(99), loop.Status];
        }

        foreach (var (key, target) in wanted)
        {
            if (!pool.Loops.ContainsKey(key)) pool.Loops.Add(key, new(target, config, pool.Client, store, time));
        }
    }

    private sealed class Pool(ScrapeConfig config, HttpClient client) : IAsyncDisposable
    {
        public ScrapeConfig Config { get; set; } = config;

        public HttpClient Client { get; } = client;

        public required FileTargets Files { get; set; }

        public TargetSet Set { get; set; } = new([], [], []);

        public Dictionary<(Labels, string, TimeSpan, TimeSpan), ScrapeLoop> Loops { get; } = [];

        public async Task RemoveAsync()
        {
            await Task.WhenAll(Loops.Values.Select(l => l.RemoveAsync()));
            Client.Dispose();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var loop in Loops.Values) await loop.DisposeAsync();
            Client.Dispose();
        }
    }
}

/// <summary>What is scraped at a moment.</summary>
/// <param name="Active">Targets.</param>
/// <param name="Dropped">Labels before relabelling of those that rules dropped, with their job.</param>
/// <param name="Problems">Targets that cannot be scraped, files that cannot be read.</param>
public sealed record ScrapeState(ImmutableArray<TargetStatus> Active, ImmutableArray<(string Job, Labels Discovered)> Dropped, ImmutableArray<string> Problems);
