namespace Fairway.Metrics.Storage;

/// <summary>
/// The order of the series in memory by their labels. Comparing label sets is dear, so each series keeps its place and a selection sorts by that; only
/// series that came since are compared.
/// </summary>
internal sealed class SeriesOrder(HeadIndex index)
{
    // Fewer than this are compared directly.
    private const int Few = 256;

    private readonly Lock _lock = new();
    private HeadSeries[] _ordered = [];
    private int _rankedTo;

    /// <summary>The series of these numbers in order of labels; those forgotten meanwhile are left out.</summary>
    public HeadSeries[] Sort(ReadOnlySpan<int> ids)
    {
        var series = new HeadSeries[ids.Length];
        var count = 0;
        var highest = 0;
        foreach (var id in ids)
        {
            if (index.Find(id) is not { } found) continue;
            series[count++] = found;
            highest = Math.Max(highest, id);
        }

        Array.Resize(ref series, count);
        if (count < Few)
        {
            Array.Sort(series, static (a, b) => a.Labels.CompareTo(b.Labels));
            return series;
        }

        var ranks = new int[count];
        lock (_lock)
        {
            if (highest > _rankedTo) Rank();
            for (var i = 0; i < count; i++) ranks[i] = series[i].Rank;
        }

        Array.Sort(ranks, series);
        return series;
    }

    private void Rank()
    {
        var all = index.All.Span;
        var added = new List<HeadSeries>();
        foreach (var id in all)
        {
            if (index.Find(id) is { Rank: < 0 } series) added.Add(series);
        }

        var came = added.ToArray();
        Array.Sort(came, static (a, b) => a.Labels.CompareTo(b.Labels));
        var merged = new HeadSeries[_ordered.Length + came.Length];
        int old = 0, next = 0, count = 0;
        while (old < _ordered.Length || next < came.Length)
        {
            // Forgotten ones are passed over here, not looked for elsewhere.
            if (old < _ordered.Length && _ordered[old].IsForgotten) old++;
            else if (next == came.Length || (old < _ordered.Length && _ordered[old].Labels.CompareTo(came[next].Labels) < 0)) merged[count++] = _ordered[old++];
            else merged[count++] = came[next++];
        }

        Array.Resize(ref merged, count);
        for (var i = 0; i < count; i++) merged[i].Rank = i;
        _ordered = merged;
        _rankedTo = all.Length == 0 ? 0 : all[^1];
    }
}
