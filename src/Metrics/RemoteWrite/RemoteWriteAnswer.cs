using System.Globalization;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>What to answer a writer.</summary>
/// <param name="Status">HTTP status: 204 when all was taken; 400 when something was not and never will be; 413, 415; 503 when it is worth
/// trying again.</param>
/// <param name="Error">The body; empty when all was taken.</param>
/// <param name="Samples">Float samples taken, of a refused request too.</param>
/// <param name="Histograms">Native histograms taken.</param>
public sealed record RemoteWriteAnswer(int Status, string Error, int Samples, int Histograms)
{
    /// <summary>Exemplars are counted as not written: the store has no place for them.</summary>
    public static int Exemplars => 0;

    /// <summary>The headers of remote write 2.0; harmless to a writer of 1.0.</summary>
    public IEnumerable<KeyValuePair<string, string>> Headers() =>
    [
        new("X-Prometheus-Remote-Write-Samples-Written", Samples.ToString(CultureInfo.InvariantCulture)),
        new("X-Prometheus-Remote-Write-Histograms-Written", Histograms.ToString(CultureInfo.InvariantCulture)),
        new("X-Prometheus-Remote-Write-Exemplars-Written", Exemplars.ToString(CultureInfo.InvariantCulture)),
    ];
}

/// <summary>Limits of what others may write.</summary>
public sealed record RemoteWriteLimits
{
    /// <summary>Size of a request's message when unpacked, in bytes.</summary>
    public int MessageBytes { get; init; } = 64 << 20;

    /// <summary>Labels of one series.</summary>
    public int Labels { get; init; } = 128;

    /// <summary>Series whose labels are kept parsed.</summary>
    public int KnownSeries { get; init; } = 2_000_000;
}
