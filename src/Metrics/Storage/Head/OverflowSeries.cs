using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Counts what had no room: one counter for each job and metric whose samples met a limit, <c>overflow_samples_total{__overflow__="true", job, metric}</c>.
/// A count is right whatever the metric means; a sum of the samples would be wrong for all but some.
/// </summary>
internal sealed class OverflowSeries(SeriesTable table)
{
    /// <summary>Name of the counters.</summary>
    public const string Metric = "overflow_samples_total";

    /// <summary>The label that marks them.</summary>
    public const string Mark = "__overflow__";

    // The limit must not be passed by the counters of what passes it.
    private const int MostMetrics = 1_000;

    private readonly Dictionary<(string Job, string Metric), HeadSeries> _series = [];
    private readonly Dictionary<HeadSeries, double> _totals = [];

    /// <summary>Adds a batch's counts as samples of the batch. Under the commit lock.</summary>
    public void Settle(BatchColumns columns)
    {
        foreach (var ((job, metric), (count, time)) in columns.Overflowed)
        {
            var series = Of(job, metric);
            var total = _totals.GetValueOrDefault(series) + count;
            columns.OverflowTotals[series] = total;
            columns.Add(series, Math.Max(time, series.NewestTime == long.MinValue ? time : series.NewestTime + 1), BitConverter.DoubleToInt64Bits(total));
        }
    }

    /// <summary>Takes the totals of a batch that was written.</summary>
    public void Keep(BatchColumns columns)
    {
        foreach (var (series, total) in columns.OverflowTotals) _totals[series] = total;
    }

    private HeadSeries Of(string job, string metric)
    {
        if (_series.TryGetValue((job, metric), out var series) && !series.IsForgotten) return series;
        if (_series.Count >= MostMetrics && metric.Length > 0) return Of(job, "");
        if (series is not null) _totals.Remove(series);
        var labels = Labels.Of([new(Labels.MetricName, Metric), new(Mark, "true"), new("job", job), new("metric", metric)]);
        series = table.Restore(labels, 0);
        // After a restart it goes on from where it was.
        if (series.NewestTime != long.MinValue && !_totals.ContainsKey(series)) _totals[series] = BitConverter.Int64BitsToDouble(series.NewestBits);
        return _series[(job, metric)] = series;
    }
}
