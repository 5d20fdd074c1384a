using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>What one place (memory, or one block) holds of a series.</summary>
internal interface ISeriesPart : ISeries
{
    /// <summary>Time of its oldest sample.</summary>
    long MinTime { get; }

    /// <summary>Time of its newest sample.</summary>
    long MaxTime { get; }
}

/// <summary>A series of which several places hold a part.</summary>
internal sealed class MergedSeries : ISeries
{
    private readonly ISeriesPart[] _parts;
    private readonly bool _isApart = true;

    /// <param name="parts">At least two; of samples at one time, that of the part given first holds.</param>
    public MergedSeries(IReadOnlyList<ISeriesPart> parts)
    {
        ISeriesPart[] ordered = [.. parts.OrderBy(p => p.MinTime)];
        for (var i = 1; i < ordered.Length; i++) _isApart &= ordered[i].MinTime > ordered[i - 1].MaxTime;
        _parts = _isApart ? ordered : [.. parts];
    }

    public Labels Labels => _parts[0].Labels;

    public void Read(long from, long to, SampleBuffer into)
    {
        var wanted = Array.FindAll(_parts, p => p.MinTime <= to && p.MaxTime >= from);
        if (_isApart || wanted.Length < 2)
        {
            foreach (var part in wanted) part.Read(from, to, into);
            return;
        }

        var all = new SampleBuffer[wanted.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            all[i] = new();
            wanted[i].Read(from, to, all[i]);
        }

        SampleMerge.Merge(all, into);
    }
}

/// <summary>Puts samples of several places in one order.</summary>
internal static class SampleMerge
{
    /// <summary>Merges columns in order of time; of several samples at one time the first column's holds.</summary>
    public static void Merge(ReadOnlySpan<SampleBuffer> columns, SampleBuffer into)
    {
        var next = new int[columns.Length];
        while (true)
        {
            var best = -1;
            for (var i = 0; i < columns.Length; i++)
            {
                if (next[i] < columns[i].Count && (best < 0 || columns[i].Times[next[i]] < columns[best].Times[next[best]])) best = i;
            }

            if (best < 0) return;
            var time = columns[best].Times[next[best]];
            Copy(columns[best], next[best], into);
            for (var i = 0; i < columns.Length; i++)
            {
                if (next[i] < columns[i].Count && columns[i].Times[next[i]] == time) next[i]++;
            }
        }
    }

    /// <summary>Copies one sample.</summary>
    public static void Copy(SampleBuffer from, int index, SampleBuffer into)
    {
        if (from.Histogram(index) is { } histogram) into.Add(from.Times[index], histogram);
        else into.Add(from.Times[index], from.Values[index]);
    }
}
