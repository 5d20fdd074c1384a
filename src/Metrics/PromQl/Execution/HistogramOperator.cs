using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>A number asked of a histogram, classic or native.</summary>
internal abstract class HistogramQuestion
{
    /// <summary>Of cumulative counts by upper bound.</summary>
    public abstract double Classic(ReadOnlySpan<double> bounds, Span<double> counts, int step, string metric);

    /// <summary>Of a native histogram.</summary>
    public abstract double Native(NativeHistogram histogram, int step, string metric);
}

/// <summary>histogram_quantile().</summary>
internal sealed class QuantileQuestion(QueryContext context, double[] q, TextSpan span) : HistogramQuestion
{
    /// <summary>Remarks on numbers that are no quantiles.</summary>
    public QuantileQuestion Checked(TextSpan parameter)
    {
        foreach (var value in q)
        {
            if (double.IsNaN(value) || value < 0 || value > 1) context.Annotations.InvalidQuantile(value, parameter);
        }

        return this;
    }

    public override double Classic(ReadOnlySpan<double> bounds, Span<double> counts, int step, string metric)
    {
        var value = ClassicQuantile.Of(q[step], bounds, counts, context.Compat.ExactBuckets, out var forced);
        if (forced) context.Annotations.ForcedMonotonicity(metric, span);
        return value;
    }

    public override double Native(NativeHistogram histogram, int step, string metric)
    {
        var value = NativeQuantile.Of(q[step], histogram, out var ranOut, out var skewed);
        if (ranOut || skewed) context.Annotations.QuantileNaN(metric, skewed, span);
        return value;
    }
}

/// <summary>histogram_fraction().</summary>
internal sealed class FractionQuestion(QueryContext context, double[] lower, double[] upper, TextSpan span) : HistogramQuestion
{
    public override double Classic(ReadOnlySpan<double> bounds, Span<double> counts, int step, string metric) =>
        context.Compat.NativeFractionsOnly ? Column.Absent : ClassicQuantile.Fraction(lower[step], upper[step], bounds, counts);

    public override double Native(NativeHistogram histogram, int step, string metric)
    {
        if (double.IsNaN(histogram.Sum)) context.Annotations.FractionNaN(metric, span);
        return NativeQuantile.Fraction(lower[step], upper[step], histogram);
    }
}

/// <summary>
/// Asks each histogram of a vector. The series of a classic one differ by their label <c>le</c> only; their bounds are sorted once.
/// </summary>
/// <param name="context">The query.</param>
/// <param name="name">The function.</param>
/// <param name="inner">The histograms.</param>
/// <param name="questions">What is asked; each with the value of <paramref name="label"/> that its answers have.</param>
/// <param name="label">A label for answers; empty without.</param>
/// <param name="span">Where, for remarks.</param>
internal sealed class HistogramOperator(
    QueryContext context, string name, VectorOperator inner, Func<(HistogramQuestion Question, string Value)[]> questions, string label,
        TextSpan span)
    : VectorOperator(context, inner.Grid, name, inner)
{
    private const string BoundLabel = "le";

    private readonly List<Source> _sources = [];
    private readonly List<(int Source, int Question)> _outputs = [];
    private (HistogramQuestion Question, string Value)[] _questions = [];

    private sealed class Source(Labels labels, bool dropsName)
    {
        public Labels Labels { get; } = labels;
        public bool DropsName { get; } = dropsName;
        public List<(double Bound, int Series)> Buckets { get; } = [];
        public List<int> Natives { get; } = [];
        public Column[]? Columns { get; set; }
    }

    protected override OutputSeries[] Open()
    {
        _questions = questions();
        var byLabels = new Dictionary<Labels, Source>();
        for (var i = 0; i < inner.Series.Length; i++)
        {
            var (labels, dropsName) = inner.Series[i];
            var bound = labels.Value(BoundLabel);
            var isBucket = GoNumber.TryParseFloat(bound, out var upper);
            var key = isBucket ? labels.Without(BoundLabel) : labels;
            if (!byLabels.TryGetValue(key, out var source)) _sources.Add(byLabels[key] = source = new(key, dropsName));
            if (isBucket) source.Buckets.Add((upper, i));
            else source.Natives.Add(i);
        }

        var series = new List<OutputSeries>();
        for (var s = 0; s < _sources.Count; s++)
        {
            _sources[s].Buckets.Sort((a, b) => a.Bound.CompareTo(b.Bound));
            for (var q = 0; q < _questions.Length; q++)
            {
                var output = Unnamed(new(_sources[s].Labels, _sources[s].DropsName));
                if (label.Length > 0) output = output with { Labels = output.Labels.With(label, _questions[q].Value) };
                series.Add(output);
                _outputs.Add((s, q));
            }
        }

        return [.. series];
    }

    protected override void ReadSeries(int series, Column into)
    {
        var (index, question) = _outputs[series];
        var source = _sources[index];
        var columns = source.Columns ?? ReadColumns(source);
        // Kept only while further questions are asked of the same histogram.
        source.Columns = _questions.Length > 1 ? columns : null;
        into.Clear();
        var bounds = new double[source.Buckets.Count];
        var counts = new double[source.Buckets.Count];
        var metric = source.Labels.Name;
        for (var step = 0; step < Grid.Count; step++)
        {
            var filled = Gather(source, columns, step, bounds, counts);
            var native = Native(source, columns, step, metric);
            if (native is not null && filled > 0) Context.Annotations.MixedClassicNative(metric, span);
            else if (native is not null) into.Values[step] = _questions[question].Question.Native(native, step, metric);
            else if (filled > 0) into.Values[step] = _questions[question].Question.Classic(bounds.AsSpan(0, filled),
                counts.AsSpan(0, filled), step, metric);
        }
    }

    private Column[] ReadColumns(Source source)
    {
        var columns = new Column[source.Buckets.Count + source.Natives.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var series = i < source.Buckets.Count ? source.Buckets[i].Series : source.Natives[i - source.Buckets.Count];
            inner.Read(series, columns[i] = NewColumn());
        }

        return columns;
    }

    // Buckets of the same bound, written differently, are added up.
    private static int Gather(Source source, Column[] columns, int step, double[] bounds, double[] counts)
    {
        var filled = 0;
        for (var i = 0; i < source.Buckets.Count; i++)
        {
            var count = columns[i].Values[step];
            if (Column.IsAbsent(count)) continue;
            if (filled > 0 && bounds[filled - 1].Equals(source.Buckets[i].Bound)) counts[filled - 1] += count;
            else (bounds[filled], counts[filled++]) = (source.Buckets[i].Bound, count);
        }

        return filled;
    }

    private NativeHistogram? Native(Source source, Column[] columns, int step, string metric)
    {
        NativeHistogram? found = null;
        for (var i = 0; i < columns.Length; i++)
        {
            found ??= columns[i].Histogram(step);
            if (i >= source.Buckets.Count
                && !Column.IsAbsent(columns[i].Values[step])) Context.Annotations.BadBucketLabel(metric,
                    source.Labels.Value(BoundLabel), span);
        }

        return found;
    }
}
