namespace Fairway.Client.Prometheus;

/// <summary>What a query gave.</summary>
/// <param name="Type"><c>scalar</c>, <c>string</c>, <c>vector</c> or <c>matrix</c>.</param>
/// <param name="Series">In the server's order; of a scalar or string one without labels.</param>
/// <param name="Warnings">It may be wrong.</param>
/// <param name="Infos">It may not be what was meant.</param>
/// <param name="Json">The answer as it came.</param>
public sealed record PrometheusAnswer(
    string Type, IReadOnlyList<PrometheusSeries> Series, IReadOnlyList<string> Warnings, IReadOnlyList<string> Infos, string Json);

/// <summary>A series of an answer.</summary>
/// <param name="Labels">By name; the metric's name is <c>__name__</c>.</param>
/// <param name="Points">By time.</param>
public sealed record PrometheusSeries(IReadOnlyList<KeyValuePair<string, string>> Labels, IReadOnlyList<PrometheusPoint> Points)
{
    /// <summary>The metric's name; empty when there is none.</summary>
    public string Name => Labels.FirstOrDefault(l => l.Key == "__name__").Value ?? "";
}

/// <summary>A point.</summary>
/// <param name="Time">Seconds since 1970.</param>
/// <param name="Text">The value as the server wrote it; of a histogram its count and sum.</param>
/// <param name="Number">The value as a number; null for a text or a histogram.</param>
public readonly record struct PrometheusPoint(double Time, string Text, double? Number);
