using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A sample by itself.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Bits">The float's bits.</param>
/// <param name="Histogram">The histogram; null for a float.</param>
internal readonly record struct Sample(long Time, long Bits, NativeHistogram? Histogram)
{
    /// <summary>Whether both hold the same value, bit for bit.</summary>
    public bool SameValue(in Sample other) =>
        Histogram is null ? other.Histogram is null && Bits == other.Bits : other.Histogram is not null && OpenHistograms.Same(Histogram, other.Histogram);

    /// <summary>Adds it to a buffer.</summary>
    public void AddTo(SampleBuffer into)
    {
        if (Histogram is null) into.Add(Time, BitConverter.Int64BitsToDouble(Bits));
        else into.Add(Time, Histogram);
    }
}

/// <summary>Samples that came after newer ones, in order of time.</summary>
internal sealed class LateSamples
{
    private Sample[] _samples = new Sample[4];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>They, in order.</summary>
    public ReadOnlySpan<Sample> All => _samples.AsSpan(0, Count);

    /// <summary>The position of a time; the complement of where it belongs when it is not there.</summary>
    public int Find(long time)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_samples[middle].Time == time) return middle;
            if (_samples[middle].Time < time) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    /// <summary>Adds a sample at the place that <see cref="Find"/> told.</summary>
    public void Insert(int place, in Sample sample)
    {
        if (Count == _samples.Length) Array.Resize(ref _samples, Count * 2);
        Array.Copy(_samples, place, _samples, place + 1, Count - place);
        _samples[place] = sample;
        Count++;
    }

    /// <summary>Takes away those whose times are given, in order.</summary>
    public void Remove(ReadOnlySpan<Sample> gone)
    {
        var (kept, next) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            while (next < gone.Length && gone[next].Time < _samples[i].Time) next++;
            if (next < gone.Length && gone[next].Time == _samples[i].Time) continue;
            _samples[kept++] = _samples[i];
        }

        Array.Clear(_samples, kept, Count - kept);
        Count = kept;
    }
}
