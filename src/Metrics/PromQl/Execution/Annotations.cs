using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>A remark on an answer.</summary>
/// <param name="Text">Starts with <c>PromQL warning:</c> or <c>PromQL info:</c>.</param>
/// <param name="Span">What it is about.</param>
public readonly record struct Annotation(string Text, TextSpan Span)
{
    /// <summary>With its place.</summary>
    public string In(string query) => $"{Text} ({Span.Place(query)})";
}

/// <summary>The remarks on an answer, each once.</summary>
internal sealed class Annotations
{
    private readonly HashSet<Annotation> _warnings = [];
    private readonly HashSet<Annotation> _infos = [];

    /// <summary>The answer may be wrong.</summary>
    public IReadOnlyCollection<Annotation> Warnings => _warnings;

    /// <summary>The answer may not be what was meant.</summary>
    public IReadOnlyCollection<Annotation> Infos => _infos;

    public void Warn(string text, TextSpan span) => _warnings.Add(new("PromQL warning: " + text, span));

    public void Info(string text, TextSpan span) => _infos.Add(new("PromQL info: " + text, span));

    /// <summary>Moves the remarks of another here, behind those that are.</summary>
    public void Take(Annotations other)
    {
        _warnings.UnionWith(other._warnings);
        _infos.UnionWith(other._infos);
        other._warnings.Clear();
        other._infos.Clear();
    }

    public void MixedFloatsHistograms(string metric, TextSpan span) =>
        Warn($"encountered a mix of histograms and floats for metric name {GoText.Quoted(metric)}", span);

    public void MixedFloatsHistogramsInAggregation(TextSpan span) =>
        Warn("encountered a mix of histograms and floats for aggregation", span);

    public void MixedSchemas(string metric, TextSpan span) =>
        Warn($"vector contains a mix of histograms with exponential and custom buckets schemas for metric name {GoText.Quoted(metric)}", span);

    public void NotACounter(string metric, TextSpan span) =>
        Warn($"this native histogram metric is not a counter: {GoText.Quoted(metric)}", span);

    public void NotAGauge(string metric, TextSpan span) =>
        Warn($"this native histogram metric is not a gauge: {GoText.Quoted(metric)}", span);

    public void InvalidQuantile(double q, TextSpan span) =>
        Warn($"quantile value should be between 0 and 1, got {GoNumber.General(q)}", span);

    public void InvalidRatio(double ratio, double capped, TextSpan span) =>
        Warn($"ratio value should be between -1 and 1, got {GoNumber.General(ratio)}, capping to {GoNumber.General(capped)}", span);

    public void BadBucketLabel(string metric, string label, TextSpan span) =>
        Warn($"bucket label \"le\" is missing or has a malformed value of {GoText.Quoted(label)} for metric name {GoText.Quoted(metric)}", span);

    public void MixedClassicNative(string metric, TextSpan span) =>
        Warn($"vector contains a mix of classic and native histograms for metric name {GoText.Quoted(metric)}", span);

    public void ResetCollision(string operation, TextSpan span) => Warn($"conflicting counter resets during histogram {operation}", span);

    public void IncompatibleBucketLayout(string op, TextSpan span) =>
        Warn($"incompatible bucket layout encountered for binary operator {op}", span);

    public void IncompatibleTypes(string left, string op, string right, TextSpan span) =>
        Info($"incompatible sample types encountered for binary operator {GoText.Quoted(op)}: {left} {op} {right}", span);

    public void HistogramIgnoredInAggregation(string aggregation, TextSpan span) =>
        Info($"ignored histogram in {aggregation} aggregation", span);

    public void HistogramIgnoredInMixedRange(string metric, TextSpan span) =>
        Info($"ignored histograms in a range containing both floats and histograms for metric name {GoText.Quoted(metric)}", span);

    public void MismatchedBounds(string operation, TextSpan span) =>
        Info($"mismatched custom buckets were reconciled during {operation}", span);

    public void PossibleNonCounter(string metric, TextSpan span) =>
        Info($"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {GoText.Quoted(metric)}", span);

    public void ForcedMonotonicity(string metric, TextSpan span) => Info(
        "input to histogram_quantile needed to be fixed for monotonicity "
        + $"(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name {GoText.Quoted(metric)}", span);

    public void QuantileNaN(string metric, bool skewed, TextSpan span) => Info(
        skewed ? $"input to histogram_quantile has NaN observations, result is skewed higher for metric name {GoText.Quoted(metric)}"
            : $"input to histogram_quantile has NaN observations, result is NaN for metric name {GoText.Quoted(metric)}", span);

    public void FractionNaN(string metric, TextSpan span) =>
        Info($"input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name {GoText.Quoted(metric)}", span);

    public void SortInRangeQuery(TextSpan span) =>
        Warn("sort is ineffective for range queries since results are always ordered by labels", span);
}
