using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>Puts the series of a script into a store.</summary>
public static class Loader
{
    public static void Load(LoadCommand load, InMemorySeries store)
    {
        foreach (var (labels, points) in load.Series)
        {
            for (var i = 0; i < points.Count; i++)
            {
                if (!points[i].IsPresent) continue;
                if (points[i].Histogram is { } histogram) store.Add(labels, i * load.Gap, histogram);
                else store.Add(labels, i * load.Gap, points[i].Value);
            }
        }

        if (load.WithCustomBuckets) LoadCustomBuckets(load, store);
    }

    // A classic histogram as a native one with custom bounds, beside itself.
    private static void LoadCustomBuckets(LoadCommand load, InMemorySeries store)
    {
        string[] suffixes = ["_bucket", "_count", "_sum"];
        var groups = load.Series
            .Where(s => suffixes.Any(x => s.Labels.Name.EndsWith(x, StringComparison.Ordinal)))
            .GroupBy(s => s.Labels.Without("le").With(Labels.MetricName, s.Labels.Name[..s.Labels.Name.LastIndexOf('_')]));
        foreach (var group in groups)
        {
            List<Point>? Series(string suffix) => group.FirstOrDefault(s => s.Labels.Name.EndsWith(suffix, StringComparison.Ordinal)).Points;
            var (counts, sums) = (Series("_count"), Series("_sum"));
            var buckets = group.Where(s => s.Labels.Name.EndsWith("_bucket", StringComparison.Ordinal))
                .Select(s => (Bound: GoNumber.TryParse(s.Labels.Value("le"), out var le) ? le : double.NaN, s.Points)).OrderBy(b => b.Bound).ToArray();
            for (var i = 0; i < group.Max(s => s.Points.Count); i++)
            {
                double? At(List<Point>? points) => points is not null && i < points.Count && points[i].IsPresent ? points[i].Value : null;
                var present = buckets.Where(b => At(b.Points) is not null).ToArray();
                if (present.Length == 0) continue;
                var total = At(counts) ?? At(present[^1].Points)!.Value;
                var bounds = present.Where(b => !double.IsPositiveInfinity(b.Bound)).Select(b => b.Bound).ToArray();
                var cumulative = bounds.Select((_, k) => At(present[k].Points)!.Value).Append(total).ToArray();
                var each = cumulative.Select((c, k) => k == 0 ? c : c - cumulative[k - 1]).ToArray();
                store.Add(group.Key, i * load.Gap, new NativeHistogram
                {
                    Schema = NativeHistogram.CustomBounds, Bounds = bounds, Count = total, Sum = At(sums) ?? 0,
                    PositiveBuckets = each, PositiveSpans = [new(0, each.Length)],
                });
            }
        }
    }
}
