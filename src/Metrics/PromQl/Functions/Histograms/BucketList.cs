using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>Buckets of one sign by index, in order, for calculating with.</summary>
internal sealed class BucketList
{
    private List<int> _indexes = [];
    private List<double> _counts = [];
    private List<int> _spareIndexes = [];
    private List<double> _spareCounts = [];

    /// <summary>Number of buckets.</summary>
    public int Count => _indexes.Count;

    /// <summary>The buckets of a histogram.</summary>
    public static BucketList Of(BucketSpan[] spans, double[] counts)
    {
        var list = new BucketList();
        foreach (var (index, count) in BucketBounds.Each(spans, counts)) list.Append(index, count);
        return list;
    }

    /// <summary>A bucket by its place.</summary>
    public (int Index, double Count) this[int place] => (_indexes[place], _counts[place]);

    /// <summary>The count of a bucket by its index; 0 where there is none.</summary>
    public double At(int index)
    {
        var place = _indexes.BinarySearch(index);
        return place < 0 ? 0 : _counts[place];
    }

    /// <summary>Adds a bucket after all others, or to the last one.</summary>
    public void Append(int index, double count)
    {
        if (Count > 0 && _indexes[^1] == index) _counts[^1] += count;
        else
        {
            _indexes.Add(index);
            _counts.Add(count);
        }
    }

    /// <summary>Adds another's counts, times a factor.</summary>
    public void Add(BucketList other, double factor)
    {
        _spareIndexes.Clear();
        _spareCounts.Clear();
        int mine = 0, theirs = 0;
        while (mine < Count || theirs < other.Count)
        {
            var isMine = theirs == other.Count || (mine < Count && _indexes[mine] <= other._indexes[theirs]);
            var isTheirs = mine == Count || (theirs < other.Count && other._indexes[theirs] <= _indexes[mine]);
            _spareIndexes.Add(isMine ? _indexes[mine] : other._indexes[theirs]);
            _spareCounts.Add((isMine ? _counts[mine] : 0) + (isTheirs ? factor * other._counts[theirs] : 0));
            if (isMine) mine++;
            if (isTheirs) theirs++;
        }

        (_indexes, _spareIndexes) = (_spareIndexes, _indexes);
        (_counts, _spareCounts) = (_spareCounts, _counts);
    }

    /// <summary>Multiplies all counts.</summary>
    public void Scale(double factor)
    {
        for (var i = 0; i < _counts.Count; i++) _counts[i] *= factor;
    }

    /// <summary>Divides all counts.</summary>
    public void Divide(double divisor)
    {
        for (var i = 0; i < _counts.Count; i++) _counts[i] /= divisor;
    }

    /// <summary>The same observations in other buckets; the new index must not fall where the old one rises.</summary>
    public BucketList Mapped(Func<int, int> index)
    {
        var list = new BucketList();
        for (var i = 0; i < Count; i++) list.Append(index(_indexes[i]), _counts[i]);
        return list;
    }

    /// <summary>Only buckets that are wanted.</summary>
    public BucketList Where(Func<int, bool> wanted)
    {
        var list = new BucketList();
        for (var i = 0; i < Count; i++)
        {
            if (wanted(_indexes[i])) list.Append(_indexes[i], _counts[i]);
        }

        return list;
    }

    /// <summary>As spans and counts, without empty buckets.</summary>
    public (BucketSpan[] Spans, double[] Counts) Compact()
    {
        var spans = new List<BucketSpan>();
        var counts = new List<double>(Count);
        var next = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_counts[i] == 0) continue;
            if (counts.Count > 0 && _indexes[i] == next) spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            else spans.Add(new(_indexes[i] - next, 1));
            next = _indexes[i] + 1;
            counts.Add(_counts[i]);
        }

        return ([.. spans], [.. counts]);
    }
}
