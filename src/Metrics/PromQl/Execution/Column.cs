using System.Runtime.CompilerServices;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>
/// What one series has at each step of a grid. Where it has nothing, or a histogram, <see cref="Values"/> holds <see cref="Absent"/>: a NaN of its
/// own that no calculation gives, so that loops over floats need not look anywhere else.
/// </summary>
internal sealed class Column(int count)
{
    /// <summary>No float here. The bits of the stale marker, which never gets this far.</summary>
    public static readonly double Absent = StaleMarker.Value;

    private NativeHistogram?[]? _histograms;

    /// <summary>A float for each step.</summary>
    public double[] Values { get; } = new double[count];

    /// <summary>Whether some step has a histogram.</summary>
    public bool HasHistograms { get; private set; }

    /// <summary>Whether a value stands for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAbsent(double value) => BitConverter.DoubleToInt64Bits(value) == StaleMarker.Bits;

    /// <summary>The histogram at a step, or null.</summary>
    public NativeHistogram? Histogram(int step) => HasHistograms ? _histograms![step] : null;

    /// <summary>Whether there is a float or a histogram at a step.</summary>
    public bool Has(int step) => !IsAbsent(Values[step]) || (HasHistograms && _histograms![step] is not null);

    /// <summary>Nothing anywhere.</summary>
    public void Clear()
    {
        Array.Fill(Values, Absent);
        ClearHistograms();
    }

    /// <summary>No histograms; for who sets all floats.</summary>
    public void ClearHistograms()
    {
        if (HasHistograms) Array.Clear(_histograms!);
        HasHistograms = false;
    }

    /// <summary>Sets a histogram; null leaves nothing.</summary>
    public void Set(int step, NativeHistogram? histogram)
    {
        Values[step] = Absent;
        if (histogram is null)
        {
            if (HasHistograms) _histograms![step] = null;
            return;
        }

        _histograms ??= new NativeHistogram?[Values.Length];
        HasHistograms = true;
        _histograms[step] = histogram;
    }

    /// <summary>Sets a float.</summary>
    public void Set(int step, double value)
    {
        Values[step] = value;
        if (HasHistograms) _histograms![step] = null;
    }

    /// <summary>Takes what another has at a step.</summary>
    public void Take(Column other, int step)
    {
        if (other.Histogram(step) is { } histogram) Set(step, histogram);
        else Set(step, other.Values[step]);
    }

    /// <summary>Takes all that another has.</summary>
    public void CopyFrom(Column other)
    {
        other.Values.AsSpan().CopyTo(Values);
        ClearHistograms();
        if (!other.HasHistograms) return;
        _histograms ??= new NativeHistogram?[Values.Length];
        HasHistograms = true;
        other._histograms.AsSpan().CopyTo(_histograms);
    }

    /// <summary>Nothing at the steps where a condition does not hold.</summary>
    public void Remove(int step)
    {
        Values[step] = Absent;
        if (HasHistograms) _histograms![step] = null;
    }
}
