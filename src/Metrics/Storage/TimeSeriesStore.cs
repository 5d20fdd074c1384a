using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Samples on one machine's disk: the newest in memory and in a write-ahead log, older ones in blocks. It starts no thread of its own: whoever owns it
/// calls <see cref="Maintain"/> every minute or so. One process at a time may have a folder open.
/// </summary>
public sealed class TimeSeriesStore : IMetricStore
{
    private readonly Head _head;
    private readonly BlockSet _blocks;
    private readonly StoreSearch _search;
    private readonly Maintenance _maintenance;
    private readonly string _logFolder;
    private readonly FileStream _lock;
    private readonly Lock _maintaining = new();
    private readonly List<StorageFault> _faults;

    private TimeSeriesStore(Head head, BlockSet blocks, string logFolder, FileStream held, List<StorageFault> faults)
    {
        (_head, _blocks, _logFolder, _lock, _faults) = (head, blocks, logFolder, held, faults);
        _search = new(head, () => blocks.All);
        _maintenance = new(head, blocks, logFolder, head.Options);
    }

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _head.Metadata;

    /// <summary>What was found broken or could not be written since the store was opened, the opening included; the newest 1,000.</summary>
    public IReadOnlyList<StorageFault> Faults
    {
        get
        {
            lock (_faults) return [.. _faults];
        }
    }

    /// <summary>Opens a store; makes it when there is none. Reads the log back: about a second for ten million samples.</summary>
    /// <param name="options">The folder and the limits.</param>
    /// <param name="time">Says what lies in the future, and when to flush.</param>
    /// <exception cref="IOException">The folder cannot be used, or another process has it open.</exception>
    public static TimeSeriesStore Open(StoreOptions options, TimeProvider time)
    {
        Directory.CreateDirectory(options.Folder);
        var held = Hold(options.Folder);
        try
        {
            var faults = new List<StorageFault>();
            var blocks = BlockSet.Open(Path.Combine(options.Folder, "blocks"), Path.Combine(options.Folder, "broken"), faults);
            var logFolder = Path.Combine(options.Folder, "log");
            Directory.CreateDirectory(logFolder);
            var head = new Head(options, time);
            var segment = new LogReplay(head, logFolder, faults).Run();
            head.Log = new(logFolder, segment, options.SegmentBytes, time);
            DurableFiles.FlushFolder(options.Folder);
            return new(head, blocks, logFolder, held, faults);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public IAppendBatch Begin() => _head.Begin();

    public void Describe(string metric, MetricMetadata metadata) => _head.Describe(metric, metadata);

    public IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.Select(from, to, matchers, cancellation);

    public IReadOnlyList<string> LabelNames(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.LabelNames(from, to, matchers, cancellation);

    public IReadOnlyList<string> LabelValues(string name, long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.LabelValues(name, from, to, matchers, cancellation);

    public IReadOnlyList<Labels> Series(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.Series(from, to, matchers, cancellation);

    public StoreStatistics Statistics(int top) => Cardinality.Measure(_head, top, Maintenance.LogBytes(_logFolder), [.. _blocks.All.Select(Summary)]);

    /// <summary>
    /// Flushes the log, moves full windows from memory to blocks, saves what can be read of damaged blocks, compacts, and deletes what is over the
    /// retention. Writers and readers go on meanwhile. What fails is in the report and in <see cref="Faults"/>; the next call tries it again.
    /// </summary>
    /// <param name="now">The time; samples ahead of it make nothing old.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    public MaintenanceReport Maintain(DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_maintaining)
        {
            var report = _maintenance.Run(now.ToUnixTimeMilliseconds(), cancellation);
            lock (_faults)
            {
                _faults.AddRange(report.Faults);
                const int Kept = 1_000;
                if (_faults.Count > Kept) _faults.RemoveRange(0, _faults.Count - Kept);
            }

            return report;
        }
    }

    /// <summary>Flushes the log to the device and closes the store.</summary>
    public void Dispose()
    {
        lock (_maintaining)
        {
            _head.Log?.Dispose();
            foreach (var block in _blocks.All) block.Dispose();
            _lock.Dispose();
        }
    }

    private static BlockSummary Summary(Block block) =>
        new(block.Meta.Name, block.Meta.MinTime, block.Meta.MaxTime, block.Meta.Series, block.Meta.Samples, block.Meta.Bytes);

    private static FileStream Hold(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new IOException($"{folder}: another process has this store open ({fault.Message}); stop it, or name another folder", fault);
        }
    }
}
