using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A batch for a <see cref="Head"/>. For one thread.</summary>
internal sealed class HeadBatch(Head head, BatchColumns columns, long latest) : IAppendBatch
{
    private readonly int _forgotten = head.Forgotten;
    private BatchColumns? _columns = columns;

    /// <summary>What was gathered.</summary>
    public BatchColumns Columns => _columns ?? throw new ObjectDisposedException(nameof(HeadBatch), "the batch is over: it was committed or disposed");

    public AppendOutcome Add(ref long series, Labels labels, long time, double value)
    {
        var outcome = Resolve(ref series, labels, time, out var found);
        if (found is null) return outcome;
        var bits = BitConverter.DoubleToInt64Bits(value);
        outcome = Judge(found, new(time, bits, null));
        if (outcome == AppendOutcome.Taken) Columns.Add(found, time, bits);
        else head.CountRefused(outcome);
        return outcome;
    }

    public AppendOutcome Add(ref long series, Labels labels, long time, NativeHistogram histogram)
    {
        if (!IsWhole(histogram))
        {
            head.CountRefused(AppendOutcome.BadHistogram);
            return AppendOutcome.BadHistogram;
        }

        var outcome = Resolve(ref series, labels, time, out var found);
        if (found is null) return outcome;
        var sample = new Sample(time, BitConverter.DoubleToInt64Bits(histogram.Sum), histogram);
        outcome = Judge(found, sample);
        if (outcome != AppendOutcome.Taken)
        {
            head.CountRefused(outcome);
            return outcome;
        }

        if (!found.IsLogged) Columns.AddUnlogged(found);
        Columns.Histograms.Add((found, sample));
        if (Columns.Starts.TryGetValue(found.Id, out var start)) Columns.Starts[found.Id] = (found, start.Zero with { Histogram = Empty(histogram) });
        return outcome;
    }

    public AppendOutcome Start(ref long series, Labels labels, long start)
    {
        var outcome = Resolve(ref series, labels, start, out var found);
        if (found is null) return outcome;
        if (found.NewestTime >= start) return AppendOutcome.Duplicate;
        if (Columns.TryLast(found, out var last) && last.Time <= start) return AppendOutcome.Duplicate;
        // Further back it would make a block of its own, and no rate looks so far.
        var newest = Math.Max(head.MaxTime, last.Series is null ? long.MinValue : last.Time);
        if (newest != long.MinValue && start < newest - head.Range) return AppendOutcome.TooOld;
        if (!found.IsLogged) Columns.AddUnlogged(found);
        Columns.Starts[found.Id] = (found, new(start, 0, null));
        return AppendOutcome.Taken;
    }

    public void Commit()
    {
        var all = Columns;
        try
        {
            if (all.Count + all.Histograms.Count + all.Starts.Count + all.Overflowed.Count == 0) return;
            head.Commit(this);
        }
        finally
        {
            Dispose();
        }

        if (head.Options.FlushEvery is { } every) head.Log?.FlushAfter(every);
    }

    public void Dispose()
    {
        if (_columns is not { } all) return;
        _columns = null;
        head.Reuse(all);
    }

    /// <summary>Makes the batch fit the head as it is now: series forgotten meanwhile are made again, and what overflowed becomes samples. Under the commit lock.</summary>
    public void Settle(OverflowSeries overflow)
    {
        var all = Columns;
        if (head.Forgotten != _forgotten) Renew(all);
        overflow.Settle(all);
    }

    /// <summary>The records of the batch, for the log.</summary>
    public ReadOnlySpan<byte> Records(List<KeyValuePair<string, MetricMetadata>> described)
    {
        var all = Columns;
        var into = all.Frames;
        if (described.Count > 0) LogRecord.WriteMetadata(into, described);
        if (all.Unlogged.Count > 0) LogRecord.WriteSeries(into, all.Unlogged.Distinct());
        var start = LogFrame.Begin(into);
        into.Byte((byte)LogRecordKind.Batch);
        into.Varint((ulong)all.Starts.Count);
        foreach (var (series, zero) in all.Starts.Values) Write(into, series, zero);
        into.Varint((ulong)all.Histograms.Count);
        foreach (var (series, sample) in all.Histograms) Write(into, series, sample);
        into.Raw(all.Records.Written);
        LogFrame.End(into, start);
        return into.Written;
    }

    /// <summary>Makes the batch visible. Under the commit lock.</summary>
    public void Apply()
    {
        var all = Columns;
        foreach (var series in all.Unlogged) series.IsLogged = true;
        foreach (var (series, zero) in all.Starts.Values) head.TakeStart(series, zero);
        foreach (var (series, sample) in all.Histograms) head.Take(series, sample);
        foreach (ref readonly var sample in all.Floats) head.Take(sample.Series, sample.Time, sample.Bits);
    }

    private static void Write(ByteWriter into, HeadSeries series, in Sample sample)
    {
        into.Varint((ulong)series.Id);
        into.Byte(sample.Histogram is null ? (byte)0 : (byte)1);
        if (sample.Histogram is not null) LogRecord.WriteHistogram(into, sample.Time, sample.Histogram);
        else into.Signed(sample.Time);
    }

    private AppendOutcome Resolve(ref long series, Labels labels, long time, out HeadSeries? found)
    {
        found = null;
        if (time > latest)
        {
            head.CountRefused(AppendOutcome.TooNew);
            return AppendOutcome.TooNew;
        }

        found = head.Index.Find(series);
        if (found is null || found.IsForgotten)
        {
            found = head.Table.FindOrAdd(labels, out var outcome);
            if (found is null)
            {
                series = 0;
                head.CountRefused(outcome);
                if (outcome == AppendOutcome.Overflowed) CountOverflow(labels, time);
                return outcome;
            }

            if (head.Log is null) found.IsLogged = true;
            series = found.Id;
        }

        return AppendOutcome.Taken;
    }

    private void CountOverflow(Labels labels, long time)
    {
        var key = (labels.Value("job"), labels.Name);
        var (count, newest) = Columns.Overflowed.GetValueOrDefault(key, (0, long.MinValue));
        Columns.Overflowed[key] = (count + 1, Math.Max(newest, time));
    }

    private AppendOutcome Judge(HeadSeries series, in Sample sample)
    {
        var all = Columns;
        if (all.Starts.Count > 0 && all.Starts.TryGetValue(series.Id, out var start) && start.Zero.Time >= sample.Time) all.Starts.Remove(series.Id);
        if (sample.Histogram is null && all.TryLast(series, out var last))
        {
            if (sample.Time > last.Time) return AppendOutcome.Taken;
            if (sample.Time == last.Time) return sample.Bits == last.Bits ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
            if (last.Time - sample.Time > head.Window) return AppendOutcome.TooOld;
        }

        if (sample.Time > series.NewestTime) return AppendOutcome.Taken;
        // Late ones are compared with what is there: not while it changes.
        lock (head.CommitLock) return series.Judge(sample, head.Window);
    }

    private void Renew(BatchColumns all)
    {
        HeadSeries Again(HeadSeries series)
        {
            if (!series.IsForgotten) return series;
            var renewed = head.Table.Find(series.Labels) ?? head.Table.Restore(series.Labels, 0);
            if (head.Log is null) renewed.IsLogged = true;
            if (!renewed.IsLogged) all.AddUnlogged(renewed);
            return renewed;
        }

        all.Unlogged.RemoveAll(s => s.IsForgotten);
        foreach (ref var sample in all.Changeable) sample = sample with { Series = Again(sample.Series) };
        for (var i = 0; i < all.Histograms.Count; i++) all.Histograms[i] = (Again(all.Histograms[i].Series), all.Histograms[i].Sample);
        foreach (var (id, (series, zero)) in all.Starts.ToArray()) all.Starts[id] = (Again(series), zero);
        all.Records.Clear();
        foreach (ref readonly var sample in all.Floats) all.Records.Add(sample.Series.Id, sample.Time, sample.Bits);
    }

    private static bool IsWhole(NativeHistogram histogram) =>
        Buckets(histogram.PositiveSpans) == histogram.PositiveBuckets.Length && Buckets(histogram.NegativeSpans) == histogram.NegativeBuckets.Length;

    private static long Buckets(BucketSpan[] spans)
    {
        var count = 0L;
        foreach (var span in spans) count += span.Length < 0 ? long.MinValue / 2 : span.Length;
        return count;
    }

    private static NativeHistogram Empty(NativeHistogram like) =>
        new() { Schema = like.Schema, ZeroThreshold = like.ZeroThreshold, Bounds = like.Bounds, Hint = ResetHint.Unknown };
}
