using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Queries over memory and blocks together.</summary>
/// <param name="head">Memory.</param>
/// <param name="blocks">The blocks, oldest first; asked under the head's commit lock.</param>
internal sealed class StoreSearch(Head head, Func<Block[]> blocks)
{
    /// <inheritdoc cref="ISeriesSource.Select"/>
    public IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
    {
        var ids = head.Index.All;
        var known = ids.IsEmpty ? 0 : ids.Span[^1];
        var found = head.InOrder(SeriesSearch.Find(head.Index, matchers, cancellation).Span);
        List<HeadPart> inMemory;
        Block[] onDisk;
        lock (head.CommitLock)
        {
            // A batch committed since the search may have made series: without them it would be seen in part.
            var came = head.Since(known);
            inMemory = Head.Look(found, from, to);
            if (came.Length > 0)
            {
                var seen = found.ToHashSet();
                var more = Array.FindAll(came, s => !seen.Contains(s) && matchers.All(m => m.Matches(s.Labels.Value(m.Name))));
                inMemory.AddRange(Head.Look(more, from, to));
                if (more.Length > 0) inMemory.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
            }

            onDisk = blocks();
        }

        var lists = new List<IReadOnlyList<ISeriesPart>>();
        foreach (var block in onDisk)
        {
            if (block.Damage is not null || block.Meta.MinTime > to || block.Meta.MaxTime < from) continue;
            var parts = new List<ISeriesPart>();
            foreach (var id in SeriesSearch.Find(block.Index, matchers, cancellation).Span)
            {
                if ((id & 0xfff) == 0) cancellation.ThrowIfCancellationRequested();
                if (block.Part(id, from, to, Known) is { } part) parts.Add(part);
            }

            if (parts.Count > 0) lists.Add(parts);
        }

        if (lists.Count == 0) return inMemory;
        if (inMemory.Count > 0) lists.Add(inMemory);
        return lists.Count == 1 ? lists[0] : Merge(lists);
    }

    /// <inheritdoc cref="IMetricStore.LabelNames"/>
    public IReadOnlyList<string> LabelNames(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        if (matchers.Count == 0)
        {
            foreach (var index in Indexes(from, to)) names.UnionWith(index.Names);
            return [.. names];
        }

        foreach (var series in Select(from, to, matchers, cancellation))
        {
            for (var i = 0; i < series.Labels.Count; i++) names.Add(series.Labels[i].Name);
        }

        return [.. names];
    }

    /// <inheritdoc cref="IMetricStore.LabelValues"/>
    public IReadOnlyList<string> LabelValues(string name, long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        if (matchers.Count == 0)
        {
            foreach (var index in Indexes(from, to)) values.UnionWith(index.Values(name));
        }
        else
        {
            foreach (var series in Select(from, to, matchers, cancellation)) values.Add(series.Labels.Value(name));
            values.Remove("");
        }

        return [.. values.Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc cref="IMetricStore.Series"/>
    public IReadOnlyList<Labels> Series(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        [.. Select(from, to, matchers, cancellation).Select(s => s.Labels)];

    private List<ISeriesIndex> Indexes(long from, long to)
    {
        lock (head.CommitLock)
        {
            var indexes = new List<ISeriesIndex>();
            foreach (var block in blocks())
            {
                if (block.Damage is null && block.Meta.MinTime <= to && block.Meta.MaxTime >= from) indexes.Add(block.Index);
            }

            if (head.MinTime <= to && head.MaxTime >= from) indexes.Add(head.Index);
            return indexes;
        }
    }

    private Labels? Known(Labels labels) => head.Table.Find(labels)?.Labels;

    private static List<ISeries> Merge(List<IReadOnlyList<ISeriesPart>> lists)
    {
        var next = new int[lists.Count];
        var merged = new List<ISeries>(lists.Max(l => l.Count));
        var same = new List<ISeriesPart>();
        while (true)
        {
            same.Clear();
            for (var i = 0; i < next.Length; i++)
            {
                if (next[i] == lists[i].Count) continue;
                var part = lists[i][next[i]];
                var order = same.Count == 0 ? -1 : ReferenceEquals(part.Labels, same[0].Labels) ? 0 : part.Labels.CompareTo(same[0].Labels);
                if (order < 0) same.Clear();
                if (order <= 0) same.Add(part);
            }

            if (same.Count == 0) return merged;
            for (var i = 0; i < next.Length; i++)
            {
                if (next[i] < lists[i].Count && same.Contains(lists[i][next[i]])) next[i]++;
            }

            merged.Add(same.Count == 1 ? same[0] : new MergedSeries(same));
        }
    }
}
