using System.Buffers;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Exposition;

/// <summary>What <c>/federate</c> answers: the newest sample of every series that was asked for, with its time (Prometheus,
/// "Federation").</summary>
/// <param name="source">Where series come from.</param>
/// <param name="metadata">What is known of a metric; null when nothing is.</param>
/// <param name="externalLabels">Added to every series that does not have them.</param>
public sealed class Federation(ISeriesSource source, Func<string, MetricMetadata?> metadata, Labels externalLabels)
{
    /// <summary>How old a sample may be.</summary>
    public static readonly TimeSpan Lookback = TimeSpan.FromMinutes(5);

    /// <summary>Writes the answer. Native histograms are left out: the text formats cannot carry them.</summary>
    /// <param name="output">Written to.</param>
    /// <param name="format">From <see cref="ExpositionFormats.Preferred"/>.</param>
    /// <param name="selectors">Those of <c>match[]</c>; a series that fits several is written once.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void Write(
        IBufferWriter<byte> output, ExpositionFormat format, IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors, long now, CancellationToken cancellation)
    {
        var newest = new Dictionary<Labels, (long Time, double Value)>();
        var samples = new SampleBuffer();
        foreach (var selector in selectors)
        {
            foreach (var series in source.Select(now - (long)Lookback.TotalMilliseconds, now, selector, cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                samples.Clear();
                series.Read(now - (long)Lookback.TotalMilliseconds + 1, now, samples);
                var last = samples.Count - 1;
                if (last < 0 || StaleMarker.Is(samples.Values[last]) || samples.Histogram(last) is not null) continue;
                newest[series.Labels] = (samples.Times[last], samples.Values[last]);
            }
        }

        var writer = new ExpositionWriter(output, format);
        foreach (var metric in newest.GroupBy(s => s.Key.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            // A series of its own, whatever it was part of: the names of families are lost on the way.
            var type = metadata(metric.Key)?.Type ?? "unknown";
            writer.Family(metric.Key, new(type is "counter" or "gauge" && format == ExpositionFormat.PrometheusText ? type : "unknown", "", ""));
            foreach (var (labels, (time, value)) in metric.OrderBy(s => s.Key)) writer.Sample(WithExternal(labels), value, time);
        }

        writer.End();
    }

    private Labels WithExternal(Labels labels)
    {
        foreach (var (name, value) in externalLabels.Pairs())
        {
            if (labels.Value(name).Length == 0) labels = labels.With(name, value);
        }

        return labels;
    }
}
