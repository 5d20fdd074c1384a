using System.Runtime.InteropServices;

namespace Fairway.Metrics.Model;

/// <summary>Samples of one series in order of time, as columns; made to be filled again and again.</summary>
public sealed class SampleBuffer
{
    private long[] _times = new long[128];
    private double[] _values = new double[128];
    private NativeHistogram?[]? _histograms;

    /// <summary>Number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>Milliseconds since 1970, strictly rising.</summary>
    public ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    /// <summary>
    /// The floats, bit for bit (a stale marker is a NaN of its own: <see cref="StaleMarker"/>); of a histogram sample its sum.
    /// </summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Whether any sample is a native histogram.</summary>
    public bool HasHistograms { get; private set; }

    /// <summary>The native histogram at a position; null where the sample is a float.</summary>
    public NativeHistogram? Histogram(int index) => HasHistograms ? _histograms![index] : null;

    /// <summary>Empties it; keeps the room.</summary>
    public void Clear()
    {
        if (HasHistograms) Array.Clear(_histograms!, 0, Count);
        (Count, HasHistograms) = (0, false);
    }

    /// <summary>Adds a float sample.</summary>
    public void Add(long time, double value)
    {
        if (Count == _times.Length) Grow();
        _times[Count] = time;
        _values[Count] = value;
        Count++;
    }

    /// <summary>Adds a histogram sample.</summary>
    public void Add(long time, NativeHistogram histogram)
    {
        if (Count == _times.Length) Grow();
        _histograms ??= new NativeHistogram?[_times.Length];
        HasHistograms = true;
        _times[Count] = time;
        _values[Count] = histogram.Sum;
        _histograms[Count] = histogram;
        Count++;
    }

    /// <summary>Room behind the last sample for a decoder that writes whole columns; <see cref="Fill"/> says how much of it was used.</summary>
    public void Room(int count, out Span<long> times, out Span<double> values)
    {
        while (_times.Length - Count < count) Grow();
        times = _times.AsSpan(Count, count);
        values = _values.AsSpan(Count, count);
    }

    /// <summary>Takes the first floats of the last <see cref="Room"/> for samples.</summary>
    public void Fill(int count)
    {
        if (HasHistograms) Array.Clear(_histograms!, Count, count);
        Count += count;
    }

    /// <summary>Takes the stale markers out.</summary>
    public void RemoveStale()
    {
        var kept = MemoryMarshal.Cast<double, long>(Values).IndexOf(StaleMarker.Bits);
        if (kept < 0) return;
        for (var i = kept + 1; i < Count; i++)
        {
            if (StaleMarker.Is(_values[i])) continue;
            (_times[kept], _values[kept]) = (_times[i], _values[i]);
            if (HasHistograms) _histograms![kept] = _histograms[i];
            kept++;
        }

        if (HasHistograms) Array.Clear(_histograms!, Math.Min(kept, Count), Count - kept);
        Count = kept;
    }

    private void Grow()
    {
        Array.Resize(ref _times, _times.Length * 2);
        Array.Resize(ref _values, _values.Length * 2);
        if (_histograms is not null) Array.Resize(ref _histograms, _times.Length);
    }
}
