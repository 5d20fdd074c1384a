namespace Fairway.Metrics.Storage;

/// <summary>
/// Floats of a log on their way into a head, ordered by series before they are taken: the log has one sample of every series after the
/// other, and series lie all over the memory. All cores take, each its own series.
/// </summary>
internal sealed class ReplayedFloats(Head head)
{
    private const int Most = 1 << 20;
    private const int LeastInParallel = 1 << 14;

    private readonly record struct ReplayedFloat(int Id, long Time, long Bits);

    private readonly HeadLane[] _lanes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new HeadLane(head))];
    private ReplayedFloat[] _floats = new ReplayedFloat[1 << 12];
    private int _count;

    // What is being taken while more is read.
    private ReplayedFloat[] _taken = [];
    private int _takenCount;
    private int _least;
    private int _highest;
    private (long Time, long Bits)[] _ordered = [];
    private int[] _ends = [];
    private Task _taking = Task.CompletedTask;

    /// <summary>Takes one, at the latest when <see cref="Flush"/> is called.</summary>
    /// <param name="id">Number of a series that there is. Not the series: only to look at it would cost as much as the rest.</param>
    /// <param name="time">Milliseconds since 1970.</param>
    /// <param name="bits">Of the value.</param>
    public void Add(int id, long time, long bits)
    {
        if (_count == _floats.Length) Grow();
        _floats[_count++] = new(id, time, bits);
    }

    /// <summary>Takes all that were added. What follows for the same series must wait for it.</summary>
    public void Flush()
    {
        Wait();
        if (_count == 0) return;
        Hand();
        TakeAll();
        Wait();
    }

    private void Grow()
    {
        if (_count < Most)
        {
            Array.Resize(ref _floats, _count * 2);
            return;
        }

        Wait();
        Hand();
        _taking = Task.Run(TakeAll);
    }

    private void Hand()
    {
        (_taken, _takenCount, _floats, _count) = (_floats, _count, _taken, 0);
        if (_floats.Length < _taken.Length) _floats = new ReplayedFloat[_taken.Length];
    }

    private void Wait()
    {
        _taking.GetAwaiter().GetResult();
        foreach (var lane in _lanes) head.Join(lane);
    }

    private void TakeAll()
    {
        (_least, _highest) = (int.MaxValue, 0);
        foreach (ref readonly var one in _taken.AsSpan(0, _takenCount))
        {
            _least = Math.Min(_least, one.Id);
            _highest = Math.Max(_highest, one.Id);
        }

        // Numbers too far apart to count by: as they came.
        var places = (long)_highest - _least + 1;
        if (places > Math.Max(4L * _takenCount, 1 << 16))
        {
            foreach (ref readonly var one in _taken.AsSpan(0, _takenCount)) _lanes[0].Take(head.Index.Find(one.Id)!, [(one.Time, one.Bits)]);
            return;
        }

        Order((int)places);
        var lanes = _takenCount < LeastInParallel ? 1 : _lanes.Length;
        Parallel.For(0, lanes, new() { MaxDegreeOfParallelism = lanes }, lane => TakeShare(lane, lanes));
    }

    // By number of the series, and within a series as they came (counting sort).
    private void Order(int places)
    {
        if (_ordered.Length < _takenCount) _ordered = new (long, long)[_taken.Length];
        if (_ends.Length < places) _ends = new int[places];
        var ends = _ends.AsSpan(0, places);
        ends.Clear();
        var floats = _taken.AsSpan(0, _takenCount);
        foreach (ref readonly var one in floats) ends[one.Id - _least]++;
        var end = 0;
        for (var place = 0; place < ends.Length; place++) (ends[place], end) = (end, end + ends[place]);
        var ordered = _ordered.AsSpan();
        foreach (ref readonly var one in floats) ordered[ends[one.Id - _least]++] = (one.Time, one.Bits);
    }

    // The series whose samples lie in one of so many equal parts.
    private void TakeShare(int lane, int lanes)
    {
        var (from, to) = (Start(lane), lane + 1 == lanes ? _highest - _least + 1 : Start(lane + 1));
        for (var place = from; place < to; place++)
        {
            var begin = place == 0 ? 0 : _ends[place - 1];
            if (_ends[place] > begin) _lanes[lane].Take(head.Index.Find(_least + place)!, _ordered.AsSpan(begin.._ends[place]));
        }

        int Start(int share)
        {
            if (share == 0) return 0;
            var at = Array.BinarySearch(_ends, 0, _highest - _least + 1, (int)((long)_takenCount * share / lanes));
            return at < 0 ? ~at : at;
        }
    }
}

/// <summary>Takes floats of series that nobody else takes at the time.</summary>
internal sealed class HeadLane(Head head)
{
    private readonly ChunkSlabs _slabs = new();

    /// <summary>Samples taken since it was joined.</summary>
    public long Taken { get; private set; }

    /// <summary>Time of the oldest of them.</summary>
    public long MinTime { get; private set; } = long.MaxValue;

    /// <summary>Time of the newest of them.</summary>
    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Takes floats of one series.</summary>
    public void Take(HeadSeries series, ReadOnlySpan<(long Time, long Bits)> floats)
    {
        foreach (var (time, bits) in floats)
        {
            if (time > series.NewestTime) series.TakeFloat(time, bits, _slabs, head.Range);
            else
            {
                var sample = new Sample(time, bits, null);
                var outcome = series.Judge(sample, head.Window);
                if (outcome != AppendOutcome.Taken)
                {
                    head.CountRefused(outcome);
                    continue;
                }

                series.Take(sample, _slabs, head.Range);
            }

            Taken++;
            MinTime = Math.Min(MinTime, time);
            MaxTime = Math.Max(MaxTime, time);
        }
    }

    /// <summary>Begins to count anew.</summary>
    public void Clear() => (Taken, MinTime, MaxTime) = (0, long.MaxValue, long.MinValue);
}
