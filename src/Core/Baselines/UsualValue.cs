using System.Text.Json.Serialization;

namespace Fairway.Baselines;

/// <summary>What is usual of a metric: its values in the windows after the last releases that stayed.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The median.</param>
/// <param name="Spread">Deviation of one release from it: the median absolute deviation times 1.4826, which of normal values is their standard deviation.</param>
/// <param name="Releases">Of how many releases.</param>
/// <remarks>F. R. Hampel, "The Influence Curve and its Role in Robust Estimation", JASA 69, 1974.</remarks>
public sealed record UsualValue(string Metric, MeasureKind Kind, double Value, double Spread, int Releases)
{
    /// <summary>So many releases are looked back at.</summary>
    public const int Window = 10;

    /// <summary>Fewer releases have nothing usual.</summary>
    public const int Least = 3;

    /// <summary>Fewer releases do not make another one unusual.</summary>
    public const int LeastToJudge = 5;

    /// <summary>
    /// More deviations than this are unusual (B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993: 3.5).
    /// </summary>
    public const double Unusual = 3.5;

    // Ten releases that happen to be alike to the digit do not make the eleventh unusual for a trifle.
    private const double LeastSpread = 0.05;

    private const double NormalDeviation = 1.4826;

    /// <summary>What is usual of some values; null when they are fewer than <see cref="Least"/>.</summary>
    /// <param name="metric">The metric's name.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="values">At most the last <see cref="Window"/> count, the newest last.</param>
    public static UsualValue? Of(string metric, MeasureKind kind, ReadOnlySpan<double> values)
    {
        if (values.Length > Window) values = values[^Window..];
        if (values.Length < Least) return null;
        var usual = Median(values);
        Span<double> away = stackalloc double[values.Length];
        for (var i = 0; i < values.Length; i++) away[i] = Math.Abs(values[i] - usual);
        return new(metric, kind, usual, Median(away) * NormalDeviation, values.Length);
    }

    /// <summary>How far a value is above what is usual, as a share of that; null when nothing is usual.</summary>
    public double? Above(double value) => Value > 0 ? value / Value - 1 : null;

    /// <summary>Whether a value is worse than usual by more than releases differ anyway. Never of metrics of which more is not worse, nor of rare events.</summary>
    public bool IsWorse(double value)
    {
        if (Releases < LeastToJudge || Kind is MeasureKind.PerSecond or MeasureKind.PerHour) return false;
        var least = Math.Max(Value * LeastSpread, Kind == MeasureKind.Share ? WindowComparison.Negligible : 0);
        return value - Value > Unusual * Math.Max(Spread, least);
    }

    private static double Median(ReadOnlySpan<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>What a release's window after said, for what is usual.</summary>
/// <param name="Rollout">Number of the rollout.</param>
/// <param name="Version">The release's version.</param>
/// <param name="Metrics">Values by metric, those that are known.</param>
public sealed record PastRelease(int Rollout, string Version, ImmutableArray<PastValue> Metrics);

/// <summary>A metric's value after one release.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">In the kind's unit.</param>
public sealed record PastValue(string Metric, MeasureKind Kind, double Value);

/// <summary>The last releases of a service in an environment that stayed.</summary>
/// <param name="Releases">The newest last, at most <see cref="UsualValue.Window"/>.</param>
public sealed record PastReleases(ImmutableArray<PastRelease> Releases)
{
    /// <summary>None yet.</summary>
    public static PastReleases None { get; } = new([]);

    /// <summary>What is usual, by metric, of those of which enough is known.</summary>
    [JsonIgnore]
    public ImmutableArray<UsualValue> Usual =>
    [
        .. Releases.SelectMany(static release => release.Metrics).GroupBy(static value => (value.Metric, value.Kind))
            .Select(static group => UsualValue.Of(group.Key.Metric, group.Key.Kind, group.Select(static value => value.Value).ToArray()))
            .OfType<UsualValue>().OrderBy(static usual => usual.Metric, StringComparer.Ordinal),
    ];

    /// <summary>With one more. What was taken back, and a return to a former release, say nothing of what is usual.</summary>
    public PastReleases Add(BaselineEvent.ReleaseCompared compared)
    {
        if (!compared.IsOfUse || compared.After is not { } after) return this;
        var values = after.Metrics.Where(static metric => metric.Value is not null).Select(static metric => new PastValue(metric.Name, metric.Kind, metric.Value!.Value));
        var past = Releases.Where(release => release.Rollout != compared.Number).Append(new(compared.Number, compared.Release.Version, [.. values]));
        return new([.. past.TakeLast(UsualValue.Window)]);
    }
}
