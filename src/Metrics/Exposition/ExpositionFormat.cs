namespace Fairway.Metrics.Exposition;

/// <summary>How a target writes its metrics.</summary>
public enum ExpositionFormat
{
    /// <summary>The Prometheus text format, version 0.0.4 or 1.0.0.</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0 text.</summary>
    OpenMetrics,

    /// <summary>Length-delimited <c>io.prometheus.client.MetricFamily</c> messages: the only one that carries native histograms.</summary>
    Protobuf,
}

/// <summary>Formats by their media types.</summary>
public static class ExpositionFormats
{
    /// <summary>What a scrape asks for: OpenMetrics first, then text.</summary>
    public const string Accept =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    /// <summary>What a scrape that wants native histograms asks for.</summary>
    public const string AcceptNative =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," + Accept;

    /// <summary>The format of a body; null when it is none of ours.</summary>
    /// <param name="contentType">Value of the header. Without one, or with a plain text, the body is held to be Prometheus text, as old
    /// exporters need it.</param>
    public static ExpositionFormat? Of(string? contentType)
    {
        if (string.IsNullOrWhiteSpace(contentType)) return ExpositionFormat.PrometheusText;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        return parts[0].ToLowerInvariant() switch
        {
            "application/openmetrics-text" => ExpositionFormat.OpenMetrics,
            "application/vnd.google.protobuf" when Has(parts, "proto=io.prometheus.client.MetricFamily") && Has(parts, "encoding=delimited") => ExpositionFormat.Protobuf,
            "text/plain" or "text/html" or "application/octet-stream" or "application/json" => ExpositionFormat.PrometheusText,
            _ => null,
        };
    }

    /// <summary>The text format a reader of ours prefers, from its Accept header: the one with the highest quality, Prometheus text when
    /// in doubt.</summary>
    public static ExpositionFormat Preferred(string? accept)
    {
        var (best, bestQuality) = (ExpositionFormat.PrometheusText, 0.0);
        foreach (var range in (accept ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            var format = parts[0].ToLowerInvariant() switch
            {
                "application/openmetrics-text" => ExpositionFormat.OpenMetrics,
                "text/plain" or "text/*" or "*/*" => ExpositionFormat.PrometheusText,
                _ => (ExpositionFormat?)null,
            };
            if (format is null) continue;
            var quality = 1.0;
            foreach (var part in parts)
            {
                if (part.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && !double.TryParse(part.AsSpan(2), out quality)) quality = 0;
            }

            if (quality > bestQuality) (best, bestQuality) = (format.Value, quality);
        }

        return best;
    }

    /// <summary>The media type we answer with.</summary>
    public static string ContentType(ExpositionFormat format) => format switch
    {
        ExpositionFormat.OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        ExpositionFormat.Protobuf => "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        _ => "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
    };

    private static bool Has(string[] parts, string parameter) =>
        parts.Any(p => p.Replace(" ", "", StringComparison.Ordinal).Equals(parameter, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A body that is not in its format.</summary>
public sealed class ExpositionException : FormatException
{
    /// <param name="line">From 1.</param>
    /// <param name="column">In bytes, from 1.</param>
    /// <param name="what">What is wrong there.</param>
    public ExpositionException(int line, int column, string what)
        : base($"line {line}, column {column}: {what}") => (Line, Column) = (line, column);

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>In bytes, from 1.</summary>
    public int Column { get; }
}
