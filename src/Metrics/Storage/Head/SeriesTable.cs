using System.Collections.Concurrent;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>How many series a job has, and how many it may have.</summary>
internal sealed class JobQuota
{
    private int _series;

    /// <summary>Series in memory.</summary>
    public int Series => Volatile.Read(ref _series);

    /// <summary>Takes one more, unless that is too many.</summary>
    public bool TryTake(int most)
    {
        if (Interlocked.Increment(ref _series) <= most) return true;
        Interlocked.Decrement(ref _series);
        return false;
    }

    /// <summary>Takes one more whatever the limit.</summary>
    public void Take() => Interlocked.Increment(ref _series);

    /// <summary>Gives one back.</summary>
    public void Return() => Interlocked.Decrement(ref _series);
}

/// <summary>The series in memory by their labels. Locked in stripes, so that look-ups of several writers do not meet.</summary>
internal sealed class SeriesTable(HeadIndex index, StoreOptions options)
{
    private const int Stripes = 32;

    private readonly Lock[] _locks = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly Dictionary<Labels, HeadSeries>[] _series = [.. Enumerable.Range(0, Stripes).Select(_ => new Dictionary<Labels, HeadSeries>())];
    private readonly ConcurrentDictionary<string, JobQuota> _jobs = new(StringComparer.Ordinal);
    private readonly JobQuota _all = new();

    /// <summary>The series with these labels; null when there is none.</summary>
    public HeadSeries? Find(Labels labels)
    {
        var stripe = labels.GetHashCode() & (Stripes - 1);
        lock (_locks[stripe]) return _series[stripe].GetValueOrDefault(labels);
    }

    /// <summary>The series with these labels, made if need be.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="outcome">Why there is none: <see cref="AppendOutcome.BadLabels"/> or <see cref="AppendOutcome.Overflowed"/>.</param>
    public HeadSeries? FindOrAdd(Labels labels, out AppendOutcome outcome)
    {
        outcome = AppendOutcome.Taken;
        var stripe = labels.GetHashCode() & (Stripes - 1);
        lock (_locks[stripe])
        {
            if (_series[stripe].TryGetValue(labels, out var found)) return found;
            outcome = IsGood(labels) ? AppendOutcome.Taken : AppendOutcome.BadLabels;
            if (outcome != AppendOutcome.Taken) return null;
            var quota = _jobs.GetOrAdd(labels.Value("job"), _ => new());
            if (!_all.TryTake(options.Series) || !TryTake(quota))
            {
                outcome = AppendOutcome.Overflowed;
                return null;
            }

            return Add(stripe, labels, quota, 0);
        }
    }

    /// <summary>A series that the log names, or that counts what went over a limit: no limit holds for it.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="id">Its number; zero for a new one.</param>
    public HeadSeries Restore(Labels labels, int id)
    {
        var stripe = labels.GetHashCode() & (Stripes - 1);
        lock (_locks[stripe])
        {
            if (_series[stripe].TryGetValue(labels, out var found)) return found;
            var quota = _jobs.GetOrAdd(labels.Value("job"), _ => new());
            quota.Take();
            _all.Take();
            return Add(stripe, labels, quota, id);
        }
    }

    /// <summary>Takes a series away; its number goes with <see cref="HeadIndex.Remove"/>.</summary>
    public void Remove(HeadSeries series)
    {
        var stripe = series.Labels.GetHashCode() & (Stripes - 1);
        lock (_locks[stripe]) _series[stripe].Remove(series.Labels);
        series.Quota.Return();
        _all.Return();
    }

    private bool TryTake(JobQuota quota)
    {
        if (quota.TryTake(options.SeriesPerJob)) return true;
        _all.Return();
        return false;
    }

    private HeadSeries Add(int stripe, Labels labels, JobQuota quota, int id)
    {
        var series = index.Add(labels, quota, id);
        _series[stripe].Add(series.Labels, series);
        return series;
    }

    private static bool IsGood(Labels labels)
    {
        if (labels.Name.Length == 0) return false;
        for (var i = 0; i < labels.Count; i++)
        {
            var (name, value) = labels[i];
            if (name.Length == 0 || value.Length == 0 || !IsUnicode(name) || !IsUnicode(value)) return false;
            if (i > 0 && string.CompareOrdinal(labels[i - 1].Name, name) >= 0) return false;
        }

        return true;
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }
}
