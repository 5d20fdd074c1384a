using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>What one series held in memory when it was looked at. Safe to read while the series goes on.</summary>
internal sealed class HeadPart(HeadSeries series, Chunk[] closed, int closedCount, Chunk open, Sample[] late, long minTime, long maxTime) : ISeriesPart
{
    /// <summary>The series.</summary>
    public HeadSeries Series { get; } = series;

    public Labels Labels => Series.Labels;

    public long MinTime { get; } = minTime;

    public long MaxTime { get; } = maxTime;

    /// <summary>Time of the newest sample the series ever took in order; <see cref="long.MinValue"/> before the first.</summary>
    public long NewestTime { get; } = series.NewestTime;

    /// <summary>The bits of the newest float.</summary>
    public long NewestBits { get; } = series.NewestBits;

    /// <summary>The closed chunks, in order of time.</summary>
    public ReadOnlySpan<Chunk> Closed => closed.AsSpan(0, closedCount);

    /// <summary>The chunk being written, as far as it was; without samples when there is none.</summary>
    public Chunk Open => open;

    /// <summary>Samples that came after newer ones, in order of time.</summary>
    public ReadOnlySpan<Sample> Late => late;

    /// <summary>How many closed chunks begin before a time.</summary>
    public int ClosedBefore(long time)
    {
        var count = 0;
        while (count < closedCount && closed[count].MinTime < time) count++;
        return count;
    }

    /// <summary>The late samples before a time.</summary>
    public ReadOnlySpan<Sample> LateBefore(long time)
    {
        var count = 0;
        while (count < late.Length && late[count].Time < time) count++;
        return late.AsSpan(0, count);
    }

    public void Read(long from, long to, SampleBuffer into)
    {
        if (late.Length == 0)
        {
            ReadOrdered(from, to, into);
            return;
        }

        var ordered = new SampleBuffer();
        ReadOrdered(from, to, ordered);
        var next = 0;
        while (next < late.Length && late[next].Time < from) next++;
        for (var i = 0; i < ordered.Count; i++)
        {
            while (next < late.Length && late[next].Time < ordered.Times[i]) late[next++].AddTo(into);
            if (next < late.Length && late[next].Time == ordered.Times[i]) next++;
            SampleMerge.Copy(ordered, i, into);
        }

        while (next < late.Length && late[next].Time <= to) late[next++].AddTo(into);
    }

    private void ReadOrdered(long from, long to, SampleBuffer into)
    {
        for (var i = 0; i < closedCount; i++) closed[i].Read(from, to, into);
        if (open.Count > 0) open.Read(from, to, into);
    }
}
