using System.Text;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Counts what a head holds.</summary>
internal static class Cardinality
{
    /// <summary>The statistics of a store.</summary>
    public static StoreStatistics Measure(Head head, int top, long logBytes, IReadOnlyList<BlockSummary> blocks)
    {
        var index = head.Index;
        long chunks = 0, bytes = 0;
        lock (head.CommitLock)
        {
            foreach (var id in index.All.Span) index.Find(id)?.Measure(ref chunks, ref bytes);
        }

        var pairs = new List<NamedCount>();
        var metrics = new List<NamedCount>();
        var values = new List<NamedCount>();
        var sizes = new List<NamedCount>();
        foreach (var name in index.Names)
        {
            var texts = index.Values(name);
            values.Add(new(name, texts.Count));
            sizes.Add(new(name, texts.Sum(t => (long)Encoding.UTF8.GetByteCount(t))));
            foreach (var text in texts)
            {
                var count = index.With(name, text).Length;
                pairs.Add(new($"{name}={text}", count));
                if (name == Labels.MetricName) metrics.Add(new(text, count));
            }
        }

        var newest = head.MaxTime;
        if (blocks.Count > 0) newest = Math.Max(newest, blocks.Max(b => b.MaxTime));
        return new(
            index.Count, pairs.Count, chunks, bytes, head.MinTime, newest, head.Appended, head.Refused(), logBytes, blocks,
            Largest(metrics, top), Largest(values, top), Largest(sizes, top), Largest(pairs, top));
    }

    private static NamedCount[] Largest(List<NamedCount> all, int top) =>
        [.. all.OrderByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal).Take(top)];
}
