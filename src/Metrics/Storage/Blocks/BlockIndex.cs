using System.Buffers.Binary;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>The index of a block, kept as it is on disk; texts and label sets are made when they are asked for, and then kept. Layout: <see cref="BlockIndexWriter"/>.</summary>
internal sealed class BlockIndex : ISeriesIndex
{
    private readonly byte[] _bytes;
    private readonly int _textOffsets;
    private readonly int _seriesOffsets;
    private readonly string?[] _texts;
    private readonly Labels?[] _labels;
    private readonly long _minTime;
    private readonly Dictionary<string, (int Series, int[] Values, int[] Lists)> _names = new(StringComparer.Ordinal);

    /// <param name="bytes">The whole file.</param>
    /// <param name="meta">What the block says of itself.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public BlockIndex(byte[] bytes, BlockMeta meta)
    {
        _bytes = bytes;
        _minTime = meta.MinTime;
        if (bytes.Length < 32 || !bytes.AsSpan(0, 8).SequenceEqual(BlockIndexWriter.Magic)) throw new InvalidDataException("the index does not begin as one");
        if (Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4)))
            throw new InvalidDataException("the index's checksum does not fit its bytes");
        _texts = new string?[U32(8)];
        _labels = new Labels?[U32(12)];
        if (_labels.Length != meta.Series) throw new InvalidDataException($"the index has {_labels.Length} series, {BlockMeta.FileName} {meta.Series}");
        (_textOffsets, _seriesOffsets) = (U32(20), U32(24));
        ReadNames(U32(16));
        All = Enumerable.Range(0, _labels.Length).ToArray();
    }

    public ReadOnlyMemory<int> All { get; }

    public IReadOnlyList<string> Names => [.. _names.Keys];

    /// <summary>Number of series.</summary>
    public int Count => _labels.Length;

    /// <summary>Where the chunks of a series are, and when.</summary>
    public readonly record struct Place(long Offset, int DirectoryBytes, int Bytes, long MinTime, long MaxTime);

    public ReadOnlyMemory<int> With(string name, string value)
    {
        if (!_names.TryGetValue(name, out var label)) return default;
        var text = Number(value);
        var at = text < 0 ? -1 : Array.BinarySearch(label.Values, text);
        if (at < 0) return default;
        var reader = new ByteReader(_bytes) { At = label.Lists[at] };
        var ids = new int[reader.Count()];
        var before = -1;
        for (var i = 0; i < ids.Length; i++) ids[i] = before += (int)reader.Varint();
        return ids;
    }

    public IReadOnlyList<string> Values(string name) =>
        _names.TryGetValue(name, out var label) ? Array.ConvertAll(label.Values, Text) : [];

    public int CountWith(string name) => _names.TryGetValue(name, out var label) ? label.Series : 0;

    public string Value(int series, string name) => LabelsOf(series, null).Value(name);

    /// <summary>A series' labels.</summary>
    /// <param name="series">Its position.</param>
    /// <param name="known">Asked for an equal set that exists already, to share it; may be null.</param>
    public Labels LabelsOf(int series, Func<Labels, Labels?>? known)
    {
        if (_labels[series] is { } made) return made;
        var reader = Reader(series);
        var pairs = new string[(int)reader.Varint() * 2];
        for (var i = 0; i < pairs.Length; i++) pairs[i] = Text((int)reader.Varint());
        var labels = Labels.FromOrdered(pairs);
        return _labels[series] = known?.Invoke(labels) ?? labels;
    }

    /// <summary>Where a series' chunks are.</summary>
    public Place PlaceOf(int series)
    {
        var reader = Reader(series);
        for (var skip = 2 * (int)reader.Varint(); skip > 0; skip--) reader.Varint();
        var offset = (long)reader.Varint();
        var directory = (int)reader.Varint();
        var bytes = (int)reader.Varint();
        var minTime = _minTime + (long)reader.Varint();
        return new(offset, directory, bytes, minTime, minTime + (long)reader.Varint());
    }

    private void ReadNames(int at)
    {
        var reader = new ByteReader(_bytes) { At = at };
        for (var names = reader.Count(); names > 0; names--)
        {
            var name = Text((int)reader.Varint());
            var series = (int)reader.Varint();
            var values = new int[reader.Count()];
            var lists = new int[values.Length];
            for (var i = 0; i < values.Length; i++) (values[i], lists[i]) = ((int)reader.Varint(), (int)reader.Varint());
            _names[name] = (series, values, lists);
        }
    }

    private ByteReader Reader(int series) => new(_bytes) { At = U32(_seriesOffsets + (4 * series)) };

    private string Text(int number) => _texts[number] ??= new ByteReader(_bytes) { At = U32(_textOffsets + (4 * number)) }.Text();

    // The texts are in ordinal order.
    private int Number(string text)
    {
        var (low, high) = (0, _texts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(Text(middle), text);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    private int U32(int at) => (int)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));
}
