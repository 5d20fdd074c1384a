using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A float of a batch.</summary>
internal readonly record struct BatchFloat(HeadSeries Series, long Time, long Bits);

/// <summary>What a batch gathers before it is committed; used again by later batches.</summary>
internal sealed class BatchColumns
{
    private const int ModestSamples = 200_000;

    private BatchFloat[] _floats = new BatchFloat[256];
    private int[] _slots = [];
    private int _indexed;
    private int _highest;
    private bool _isRising = true;

    /// <summary>Number of floats.</summary>
    public int Count { get; private set; }

    /// <summary>The floats, as they came.</summary>
    public ReadOnlySpan<BatchFloat> Floats => _floats.AsSpan(0, Count);

    /// <summary>The floats, to be changed.</summary>
    public Span<BatchFloat> Changeable => _floats.AsSpan(0, Count);

    /// <summary>The floats as the log will have them.</summary>
    public FloatRecords Records { get; } = new();

    /// <summary>Histograms, as they came.</summary>
    public List<(HeadSeries Series, Sample Sample)> Histograms { get; } = [];

    /// <summary>Zeros that counters started from, by the number of the series.</summary>
    public Dictionary<int, (HeadSeries Series, Sample Zero)> Starts { get; } = [];

    /// <summary>Series whose labels the log does not know yet.</summary>
    public List<HeadSeries> Unlogged { get; } = [];

    /// <summary>Samples over a limit, and the time of the newest of them.</summary>
    public Dictionary<(string Job, string Metric), (long Count, long Time)> Overflowed { get; } = [];

    /// <summary>Totals of the overflow series once this batch is written.</summary>
    public Dictionary<HeadSeries, double> OverflowTotals { get; } = [];

    /// <summary>What goes to the log.</summary>
    public ByteWriter Frames { get; } = new();

    /// <summary>Whether it is small enough to be kept.</summary>
    public bool IsModest => _floats.Length <= ModestSamples;

    /// <summary>Adds a float.</summary>
    public void Add(HeadSeries series, long time, long bits)
    {
        if (!series.IsLogged) AddUnlogged(series);
        if (Count == _floats.Length) Array.Resize(ref _floats, Count * 2);
        _floats[Count++] = new(series, time, bits);
        Records.Add(series.Id, time, bits);
        if (series.Id >= _highest) _highest = series.Id;
        else _isRising = false;
    }

    /// <summary>Remembers that the log has to learn a series' labels.</summary>
    public void AddUnlogged(HeadSeries series)
    {
        if (Unlogged.Count == 0 || Unlogged[^1] != series) Unlogged.Add(series);
    }

    /// <summary>The last float of a series in this batch; false when there is none. Costs nothing while series come in the order of their numbers.</summary>
    public bool TryLast(HeadSeries series, out BatchFloat last)
    {
        last = default;
        if (Count == 0 || series.Id > _highest) return false;
        if (_isRising && series.Id == _highest)
        {
            last = _floats[Count - 1];
            return true;
        }

        IndexAll();
        for (var slot = Slot(series.Id); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref var found = ref _floats[_slots[slot] - 1];
            if (found.Series.Id != series.Id) continue;
            last = found;
            return true;
        }

        return false;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Array.Clear(_floats, 0, Count);
        if (_indexed > 0) Array.Clear(_slots);
        (Count, _indexed, _highest, _isRising) = (0, 0, 0, true);
        Records.Clear();
        Histograms.Clear();
        Starts.Clear();
        Unlogged.Clear();
        Overflowed.Clear();
        OverflowTotals.Clear();
        Frames.Truncate(0);
    }

    // A table of the positions by series, filled only as far as asked.
    private void IndexAll()
    {
        if (_slots.Length < Count * 2)
        {
            _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(512, Count * 4))];
            _indexed = 0;
        }

        for (; _indexed < Count; _indexed++)
        {
            var id = _floats[_indexed].Series.Id;
            var slot = Slot(id);
            while (_slots[slot] != 0 && _floats[_slots[slot] - 1].Series.Id != id) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = _indexed + 1;
        }
    }

    private int Slot(int id) => (int)((uint)id * 2654435769u >> 7) & (_slots.Length - 1);
}
