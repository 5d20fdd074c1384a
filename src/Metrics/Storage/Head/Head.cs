using System.Collections.Concurrent;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// The samples in memory. One lock, held for the length of one batch, orders commits: the log is written and the samples are taken under
/// it, and
/// readers look at series under it, so they see a batch whole or not at all. Decoding happens outside.
/// </summary>
internal sealed class Head
{
    private readonly ChunkSlabs _slabs = new();
    private readonly long[] _refused = new long[Enum.GetValues<AppendOutcome>().Length];
    private readonly OverflowSeries _overflow;
    private readonly ConcurrentDictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<KeyValuePair<string, MetricMetadata>> _undescribed = new();
    private readonly ConcurrentBag<BatchColumns> _spare = [];
    private readonly SeriesOrder _order;
    private readonly TimeProvider _time;
    private long _appended;
    private int _forgotten;
    private int _touched;

    public Head(StoreOptions options, TimeProvider time)
    {
        (Options, _time) = (options, time);
        Table = new(Index, options);
        _order = new(Index);
        _overflow = new(Table);
        Window = (long)options.OutOfOrderWindow.TotalMilliseconds;
        Range = Math.Max(1, (long)options.BlockRange.TotalMilliseconds);
    }

    public StoreOptions Options { get; }

    /// <summary>The inverted index.</summary>
    public HeadIndex Index { get; } = new();

    /// <summary>The series by labels.</summary>
    public SeriesTable Table { get; }

    /// <summary>Held while samples are taken, looked at or cut.</summary>
    public Lock CommitLock { get; } = new();

    /// <summary>Where commits are written first; null for a head that lives in memory only.</summary>
    public LogWriter? Log { get; set; }

    /// <summary>How late a sample may be, in milliseconds.</summary>
    public long Window { get; }

    /// <summary>Length of a block, in milliseconds.</summary>
    public long Range { get; }

    /// <summary>Time of the oldest sample; <see cref="long.MaxValue"/> when there is none.</summary>
    public long MinTime { get; private set; } = long.MaxValue;

    /// <summary>Time of the newest sample ever; <see cref="long.MinValue"/> when there is none.</summary>
    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Rises when series are forgotten: a batch under way then looks its series up again.</summary>
    public int Forgotten => Volatile.Read(ref _forgotten);

    /// <summary>Help, type and unit by metric.</summary>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata;

    /// <summary>Samples taken.</summary>
    public long Appended => Volatile.Read(ref _appended);

    /// <summary>Begins a batch.</summary>
    public HeadBatch Begin()
    {
        var latest = Options.Ahead is { } ahead ? _time.GetUtcNow().ToUnixTimeMilliseconds() + (long)ahead.TotalMilliseconds : long.MaxValue;
        return new(this, _spare.TryTake(out var columns) ? columns : new(), latest);
    }

    /// <summary>Takes a batch's columns for the next batch.</summary>
    public void Reuse(BatchColumns columns)
    {
        columns.Clear();
        if (columns.IsModest) _spare.Add(columns);
    }

    /// <summary>Takes metadata; the log learns of it with the next commit.</summary>
    public void Describe(string metric, MetricMetadata metadata)
    {
        if (_metadata.TryGetValue(metric, out var known) && known == metadata) return;
        _metadata[metric] = metadata;
        if (Log is not null) _undescribed.Enqueue(new(metric, metadata));
    }

    /// <summary>Counts a sample that was not taken.</summary>
    public void CountRefused(AppendOutcome outcome) => Interlocked.Increment(ref _refused[(int)outcome]);

    /// <summary>Samples not taken, by what became of them.</summary>
    public IReadOnlyDictionary<AppendOutcome, long> Refused() =>
        Enum.GetValues<AppendOutcome>().Where(o => _refused[(int)o] > 0).ToDictionary(o => o, o => Volatile.Read(ref _refused[(int)o]));

    /// <summary>Makes a batch durable and visible.</summary>
    /// <exception cref="IOException">The log could not be written; nothing was taken.</exception>
    public void Commit(HeadBatch batch)
    {
        lock (CommitLock)
        {
            batch.Settle(_overflow);
            if (Log is { } log)
            {
                var described = Undescribed();
                try
                {
                    log.Write(batch.Records(described));
                }
                catch (Exception fault) when (LogWriter.IsOfDisk(fault))
                {
                    foreach (var one in described) _undescribed.Enqueue(one);
                    throw fault as IOException ?? new IOException(fault.Message, fault);
                }
            }

            _overflow.Keep(batch.Columns);
            batch.Apply();
        }
    }

    /// <summary>Takes a sample. Under the commit lock.</summary>
    public void Take(HeadSeries series, long time, long bits)
    {
        if (time > series.NewestTime)
        {
            series.TakeFloat(time, bits, _slabs, Range);
            Count(time);
        }
        else Take(series, new Sample(time, bits, null));
    }

    /// <summary>Takes floats. Under the commit lock.</summary>
    public void Take(ReadOnlySpan<BatchFloat> floats)
    {
        const int Together = 32;
        while (floats.Length > 0)
        {
            var some = floats[..Math.Min(Together, floats.Length)];
            // The series lie all over the memory: looked at first, one after the other without a wait between, their lines are there when
            // they are written.
            var touched = 0;
            foreach (ref readonly var sample in some) touched += sample.Series.Touch();
            _touched = touched;
            foreach (ref readonly var sample in some) Take(sample.Series, sample.Time, sample.Bits);
            floats = floats[some.Length..];
        }
    }

    /// <summary>Counts what a lane took. While nothing else uses the head.</summary>
    public void Join(HeadLane lane)
    {
        if (lane.Taken > 0)
        {
            _appended += lane.Taken;
            Widen(lane.MinTime);
            Widen(lane.MaxTime);
        }

        lane.Clear();
    }

    /// <summary>Takes a sample that may be late or a histogram. Under the commit lock.</summary>
    public void Take(HeadSeries series, in Sample sample)
    {
        var outcome = series.Judge(sample, Window);
        if (outcome != AppendOutcome.Taken)
        {
            CountRefused(outcome);
            return;
        }

        series.Take(sample, _slabs, Range);
        Count(sample.Time);
    }

    /// <summary>Takes the zero a counter started from, if nothing newer is there. Under the commit lock.</summary>
    public void TakeStart(HeadSeries series, in Sample zero)
    {
        if (series.NewestTime < zero.Time) Take(series, zero);
    }

    /// <summary>Takes a closed chunk of a checkpoint.</summary>
    public void Restore(HeadSeries series, ChunkKind kind, int count, long minTime, long maxTime, ReadOnlySpan<byte> data)
    {
        series.Restore(_slabs.Keep(kind, count, minTime, maxTime, data));
        Widen(minTime);
        Widen(maxTime);
    }

    /// <summary>Takes a late sample of a checkpoint: it was in time when it came.</summary>
    public void RestoreLate(HeadSeries series, in Sample sample)
    {
        series.Take(sample, _slabs, Range);
        Count(sample.Time);
    }

    /// <summary>What a checkpoint knew of a metric.</summary>
    public void RestoreMetadata(string metric, MetricMetadata metadata) => _metadata[metric] = metadata;

    /// <summary>The series of these numbers in order of labels.</summary>
    public HeadSeries[] InOrder(ReadOnlySpan<int> ids) => _order.Sort(ids);

    /// <summary>What series hold between two times. Under the commit lock.</summary>
    public static List<HeadPart> Look(HeadSeries[] series, long from, long to)
    {
        var parts = new List<HeadPart>(series.Length);
        foreach (var one in series)
        {
            if (one.Look(from, to) is { } part) parts.Add(part);
        }

        return parts;
    }

    /// <summary>Series made after the one with a number. Under the commit lock: what a commit made since then is among them.</summary>
    public HeadSeries[] Since(int id)
    {
        var ids = Index.All.Span;
        var at = ids.BinarySearch(id);
        return [.. ids[(at < 0 ? ~at : at + 1)..].ToArray().Select(i => Index.Find(i)).OfType<HeadSeries>()];
    }

    /// <summary>
    /// Closes what is wholly before a time, begins a new segment of the log and looks at everything: the state at one moment, for
    /// blocks and a checkpoint.
    /// </summary>
    /// <param name="before">Milliseconds since 1970.</param>
    /// <param name="segment">The segment that begins at that moment.</param>
    public List<HeadPart> LookForCut(long before, out int segment)
    {
        var ids = Index.All;
        var all = InOrder(ids.Span);
        var known = ids.IsEmpty ? 0 : ids.Span[^1];
        lock (CommitLock)
        {
            segment = Log?.Rotate() ?? 0;
            var came = Since(known);
            var parts = new List<HeadPart>(all.Length + came.Length);
            foreach (var series in all.Concat(came))
            {
                series.CloseBefore(before, _slabs);
                // Those without samples too: the log may know them by number only.
                if (series.IsLogged) parts.Add(series.LookWhole());
            }

            if (came.Length > 0) parts.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
            return parts;
        }
    }

    /// <summary>Lets go of what parts hold before a time, and of series that hold nothing any more. Under the commit lock.</summary>
    /// <returns>Number of series forgotten.</returns>
    public int Forget(IReadOnlyList<HeadPart> parts, long before)
    {
        var gone = new List<HeadSeries>();
        MinTime = long.MaxValue;
        foreach (var part in parts) part.Series.Forget(part, before);
        foreach (var id in Index.All.Span)
        {
            if (Index.Find(id) is not { } series) continue;
            if (series.IsEmpty) gone.Add(series);
            else MinTime = Math.Min(MinTime, series.OldestTime);
        }

        foreach (var series in gone)
        {
            series.IsForgotten = true;
            Table.Remove(series);
        }

        if (gone.Count > 0) Index.Remove(gone);
        Volatile.Write(ref _forgotten, _forgotten + 1);
        return gone.Count;
    }

    private List<KeyValuePair<string, MetricMetadata>> Undescribed()
    {
        var all = new List<KeyValuePair<string, MetricMetadata>>();
        while (_undescribed.TryDequeue(out var one)) all.Add(one);
        return all;
    }

    private void Count(long time)
    {
        _appended++;
        Widen(time);
    }

    private void Widen(long time)
    {
        if (time < MinTime) MinTime = time;
        if (time > MaxTime) MaxTime = time;
    }
}
