using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// One series in memory. Its samples are changed under the head's commit lock only; a reader takes a <see cref="HeadPart"/> under that lock and
/// decodes it without.
/// </summary>
internal sealed class HeadSeries(Labels labels, int id, JobQuota quota)
{
    private const int MostSamples = 120;

    private OpenFloats _floats;
    private OpenHistograms? _histograms;
    private LateSamples? _late;
    private Chunk[] _closed = [];
    private int _closedCount;
    private long _end;
    private bool _isSeen;

    // A reader may hold the open chunk's bytes: they cannot be written over.
    private bool _isLookedAt;

    /// <summary>Its labels, interned.</summary>
    public Labels Labels { get; } = labels;

    /// <summary>Its number; never given twice while the store is open.</summary>
    public int Id { get; } = id;

    /// <summary>The job it counts for.</summary>
    public JobQuota Quota { get; } = quota;

    /// <summary>Whether the log knows its labels.</summary>
    public bool IsLogged { get; set; }

    /// <summary>Whether it was forgotten: whoever still holds it must look its labels up again.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Place among all series in order of labels (<see cref="SeriesOrder"/>).</summary>
    public int Rank { get; set; } = -1;

    /// <summary>Time of the newest sample ever taken in order; <see cref="long.MinValue"/> before the first.</summary>
    public long NewestTime => _isSeen ? _floats.Last : long.MinValue;

    /// <summary>Whether it holds any sample.</summary>
    public bool IsEmpty => _closedCount == 0 && _floats.Count == 0 && _histograms is not { Count: > 0 } && _late is not { Count: > 0 };

    /// <summary>Time of the oldest sample it holds; <see cref="long.MaxValue"/> when there is none.</summary>
    public long OldestTime
    {
        get
        {
            var oldest = _closedCount > 0 ? _closed[0].MinTime : Open() is { Count: > 0 } open ? open.MinTime : long.MaxValue;
            return _late is { Count: > 0 } ? Math.Min(oldest, _late.All[0].Time) : oldest;
        }
    }

    /// <summary>What would become of a sample now.</summary>
    public AppendOutcome Judge(in Sample sample, long window)
    {
        var newest = NewestTime;
        if (sample.Time > newest) return AppendOutcome.Taken;
        if (sample.Time == newest && newest != long.MinValue && sample.Histogram is null && !NewestIsHistogram)
            return sample.Bits == _floats.LastBits ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
        // Not newest - window: that could pass below the least number.
        if ((ulong)(newest - sample.Time) > (ulong)window) return AppendOutcome.TooOld;
        return Held(sample.Time) is { } held ? held.SameValue(sample) ? AppendOutcome.Duplicate : AppendOutcome.Conflict : AppendOutcome.Taken;
    }

    private bool NewestIsHistogram => _histograms is not null && _histograms.Last == _floats.Last && _histograms.Newest is not null;

    /// <summary>Takes a sample that <see cref="Judge"/> found good.</summary>
    public void Take(in Sample sample, ChunkSlabs slabs, long range)
    {
        if (_isSeen && sample.Time <= _floats.Last)
        {
            _late ??= new();
            var place = _late.Find(sample.Time);
            if (place < 0) _late.Insert(~place, sample);
            return;
        }

        _isSeen = true;
        if (sample.Histogram is null) TakeFloat(sample.Time, sample.Bits, slabs, range);
        else TakeHistogram(sample.Time, sample.Histogram, slabs, range);
    }

    /// <summary>The same for a float newer than all before.</summary>
    public void TakeFloat(long time, long bits, ChunkSlabs slabs, long range)
    {
        _isSeen = true;
        if (_histograms is { Count: > 0 }) CloseHistograms(slabs);
        if (_floats.Count > 0 && (_floats.Count >= MostSamples || time >= _end)) CloseFloats(slabs);
        if (_floats.Count == 0) _end = End(time, range);
        _floats.Add(time, bits);
    }

    private void TakeHistogram(long time, NativeHistogram histogram, ChunkSlabs slabs, long range)
    {
        if (_floats.Count > 0) CloseFloats(slabs);
        _histograms ??= new();
        if (_histograms.Count > 0 && (_histograms.Count >= MostSamples || time >= _end)) CloseHistograms(slabs);
        if (_histograms.Count == 0) _end = End(time, range);
        _histograms.Add(time, histogram);
        _floats.Last = time;
    }

    /// <summary>What it holds between two times, as it is now; null when there is nothing.</summary>
    public HeadPart? Look(long from, long to)
    {
        var open = Open();
        var closed = _closedCount;
        var late = _late is { Count: > 0 } ? _late.All.ToArray() : [];
        if (open.Count == 0 && closed == 0 && late.Length == 0) return null;
        var (least, most) = (long.MaxValue, long.MinValue);
        if (closed > 0) (least, most) = (_closed[0].MinTime, _closed[closed - 1].MaxTime);
        if (open.Count > 0) (least, most) = (Math.Min(least, open.MinTime), open.MaxTime);
        if (late.Length > 0) (least, most) = (Math.Min(least, late[0].Time), Math.Max(most, late[^1].Time));
        if (least > to || most < from) return null;
        if (_floats.Count > 0) _isLookedAt = true;
        return new(this, _closed, closed, open, late, least, most);
    }

    /// <summary>All it holds, even if that is nothing.</summary>
    public HeadPart LookWhole() => Look(long.MinValue, long.MaxValue) ?? new(this, [], 0, default, [], long.MaxValue, long.MinValue);

    /// <summary>Closes the open chunk if its newest sample is before a time: it can then be cut to disk whole.</summary>
    public void CloseBefore(long time, ChunkSlabs slabs)
    {
        if (_floats.Count > 0 && _floats.Last < time) CloseFloats(slabs);
        if (_histograms is { Count: > 0 } && _histograms.Last < time) CloseHistograms(slabs);
    }

    /// <summary>Lets go of what a part holds before a time: it is on disk now.</summary>
    public void Forget(HeadPart part, long before)
    {
        var cut = part.ClosedBefore(before);
        // Readers may hold the array: what is left goes to another.
        if (cut > 0)
        {
            _closed = _closed[cut.._closedCount];
            _closedCount = _closed.Length;
        }

        _late?.Remove(part.LateBefore(before));
        if (_late is { Count: 0 }) _late = null;
        // A series that fell silent keeps no buffer.
        if (_floats.Count == 0) _floats.Bytes = null;
    }

    /// <summary>Takes over a closed chunk from a checkpoint; in order of time.</summary>
    public void Restore(in Chunk chunk)
    {
        Add(chunk);
        _isSeen = true;
    }

    /// <summary>Takes over what is known of the newest sample from a checkpoint; after the chunks.</summary>
    public void RestoreNewest(long time, long bits) => (_floats.Last, _floats.LastBits, _isSeen) = (time, bits, true);

    /// <summary>The bits of the newest float.</summary>
    public long NewestBits => _floats.LastBits;

    /// <summary>Adds to the sums of what is in memory.</summary>
    public void Measure(ref long chunks, ref long bytes)
    {
        chunks += _closedCount + (_floats.Count > 0 ? 1 : 0) + (_histograms is { Count: > 0 } ? 1 : 0);
        for (var i = 0; i < _closedCount; i++) bytes += _closed[i].Length;
        if (_floats.Count > 0) bytes += _floats.Bytes!.Length;
        if (_histograms is { Count: > 0 }) bytes += _histograms.Look().Length;
    }

    private Chunk Open()
    {
        if (_histograms is { Count: > 0 }) return _histograms.Look();
        return _floats.Count == 0 ? default : new(ChunkKind.Xor, _floats.Count, _floats.First, _floats.Last, _floats.Bytes!, 0, _floats.Length);
    }

    // The sample at a time not after the newest, among all that is in memory.
    private Sample? Held(long time)
    {
        var place = _late?.Find(time) ?? -1;
        if (place >= 0) return _late!.All[place];
        var open = Open();
        if (open.Count > 0 && open.MinTime <= time) return Find(open, time);
        for (var i = _closedCount - 1; i >= 0; i--)
        {
            if (_closed[i].MinTime <= time) return _closed[i].MaxTime < time ? null : Find(_closed[i], time);
        }

        return null;
    }

    private static Sample? Find(in Chunk chunk, long time)
    {
        var found = new SampleBuffer();
        chunk.Read(time, time, found);
        return found.Count == 0 ? null : new(time, BitConverter.DoubleToInt64Bits(found.Values[0]), found.Histogram(0));
    }

    private void CloseFloats(ChunkSlabs slabs)
    {
        Add(slabs.Close(_floats));
        _floats.Restart(!_isLookedAt);
        _isLookedAt = false;
    }

    private void CloseHistograms(ChunkSlabs slabs) => Add(_histograms!.Close(slabs));

    private void Add(in Chunk chunk)
    {
        if (_closedCount == _closed.Length) Array.Resize(ref _closed, _closedCount + 4);
        _closed[_closedCount++] = chunk;
    }

    private static long End(long time, long range)
    {
        var floor = Math.DivRem(time, range, out var rest);
        if (rest < 0) floor--;
        return (floor + 1) * range;
    }
}
