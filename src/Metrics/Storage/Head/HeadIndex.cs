using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>The inverted index of the series in memory. Lists grow at their ends only, so what a reader was given stays as it is.</summary>
internal sealed class HeadIndex : ISeriesIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LabelValues> _names = new(StringComparer.Ordinal);
    private readonly IdList _all = new("");

    // By number, in pages: a page that is full of forgotten series goes.
    private HeadSeries?[]?[] _pages = new HeadSeries?[]?[16];
    private int _lastId;

    public ReadOnlyMemory<int> All
    {
        get
        {
            lock (_lock) return _all.Look();
        }
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock) return [.. _names.Keys];
        }
    }

    /// <summary>Series in memory.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _all.Count;
        }
    }

    /// <summary>The series with a number; null when there is none any more.</summary>
    public HeadSeries? Find(long id)
    {
        var pages = Volatile.Read(ref _pages);
        var page = id >>> 12;
        return id > 0 && page < pages.Length && pages[page] is { } found ? Volatile.Read(ref found[id & 0xfff]) : null;
    }

    /// <summary>Makes a series: its labels get the strings that are there already.</summary>
    /// <param name="labels">Labels no series has.</param>
    /// <param name="quota">The job it counts for.</param>
    /// <param name="id">The number it had in the log; zero for a new one.</param>
    /// <exception cref="InvalidOperationException">All numbers are given away.</exception>
    public HeadSeries Add(Labels labels, JobQuota quota, int id)
    {
        lock (_lock)
        {
            if (id == 0) id = _lastId < int.MaxValue ? _lastId + 1 : throw new InvalidOperationException("2147483647 series were made since the store was opened; open it again");
            var inOrder = id > _lastId;
            _lastId = Math.Max(_lastId, id);
            var pairs = new string[labels.Count * 2];
            for (var i = 0; i < labels.Count; i++)
            {
                var (name, value) = labels[i];
                if (!_names.TryGetValue(name, out var values)) _names[name] = values = new(name);
                var ids = values.Of(value);
                (pairs[2 * i], pairs[(2 * i) + 1]) = (values.Name, ids.Value);
                ids.Add(id, inOrder);
                values.Count++;
            }

            _all.Add(id, inOrder);
            var series = new HeadSeries(Labels.FromOrdered(pairs), id, quota);
            Place(series);
            return series;
        }
    }

    /// <summary>Takes series away.</summary>
    public void Remove(IReadOnlyList<HeadSeries> gone)
    {
        lock (_lock)
        {
            var ids = gone.Select(s => s.Id).ToHashSet();
            var touched = new HashSet<(string, string)>();
            foreach (var series in gone)
            {
                for (var i = 0; i < series.Labels.Count; i++)
                {
                    var (name, value) = series.Labels[i];
                    _names[name].Count--;
                    touched.Add((name, value));
                }

                Volatile.Write(ref _pages[series.Id >> 12]![series.Id & 0xfff], null);
            }

            foreach (var (name, value) in touched) _names[name].Remove(value, ids);
            foreach (var name in _names.Where(n => n.Value.Count == 0).Select(n => n.Key).ToArray()) _names.Remove(name);
            _all.Remove(ids);
            for (var page = 0; page < _pages.Length; page++)
            {
                if (page != _lastId >> 12 && _pages[page] is { } full && Array.TrueForAll(full, s => s is null)) _pages[page] = null;
            }
        }
    }

    public ReadOnlyMemory<int> With(string name, string value)
    {
        lock (_lock) return _names.TryGetValue(name, out var values) ? values.Look(value) : default;
    }

    public IReadOnlyList<string> Values(string name)
    {
        lock (_lock) return _names.TryGetValue(name, out var values) ? values.Texts() : [];
    }

    public int CountWith(string name)
    {
        lock (_lock) return _names.TryGetValue(name, out var values) ? values.Count : 0;
    }

    public string Value(int series, string name) => Find(series)?.Labels.Value(name) ?? "";

    private void Place(HeadSeries series)
    {
        var page = series.Id >> 12;
        if (page >= _pages.Length)
        {
            var more = _pages;
            Array.Resize(ref more, Math.Max(page + 1, more.Length * 2));
            Volatile.Write(ref _pages, more);
        }

        Volatile.Write(ref (_pages[page] ??= new HeadSeries?[4096])[series.Id & 0xfff], series);
    }

    /// <summary>The series with one value of a label.</summary>
    private sealed class IdList(string value)
    {
        private int[] _ids = new int[1];
        private bool _isMixed;

        public string Value { get; } = value;

        public int Count { get; private set; }

        public ReadOnlyMemory<int> Look()
        {
            if (_isMixed)
            {
                // In an array of its own: whoever looked before keeps what was there.
                _ids = _ids[..Count];
                Array.Sort(_ids);
                _isMixed = false;
            }

            return _ids.AsMemory(0, Count);
        }

        // A log names series in any order where several wrote at once: sorted when somebody looks, not at each of them.
        public void Add(int id, bool inOrder)
        {
            _isMixed |= !inOrder;
            if (Count == _ids.Length) Array.Resize(ref _ids, Count < 4 ? 4 : Count + (Count >> 1));
            _ids[Count++] = id;
        }

        public void Remove(HashSet<int> gone)
        {
            _ids = Array.FindAll(_ids[..Count], id => !gone.Contains(id));
            Count = _ids.Length;
        }
    }

    /// <summary>All values of one label.</summary>
    private sealed class LabelValues(string name)
    {
        private readonly Dictionary<string, IdList> _values = new(StringComparer.Ordinal);
        private string[]? _texts;

        public string Name { get; } = name;

        // Series with this label.
        public int Count { get; set; }

        public IdList Of(string value)
        {
            if (_values.TryGetValue(value, out var ids)) return ids;
            _texts = null;
            return _values[value] = new(value);
        }

        public ReadOnlyMemory<int> Look(string value) => _values.TryGetValue(value, out var ids) ? ids.Look() : default;

        public string[] Texts() => _texts ??= [.. _values.Keys];

        public void Remove(string value, HashSet<int> gone)
        {
            var ids = _values[value];
            ids.Remove(gone);
            if (ids.Count > 0) return;
            _values.Remove(value);
            _texts = null;
        }
    }
}
