using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Writes a block's index. Layout, all offsets from its start as 4 bytes: magic; offsets of the five tables; the texts (in ordinal order, each once);
/// the series (labels as numbers of texts, place of the chunks, times); the lists of series; the labels (name, count of series, values with the
/// place of their list); offsets of each text and of each series; a CRC-32C of all before.
/// </summary>
internal sealed class BlockIndexWriter
{
    /// <summary>First bytes of an index file.</summary>
    public static ReadOnlySpan<byte> Magic => "FWINDX1\n"u8;

    private readonly List<Entry> _series = [];

    /// <summary>Series so far.</summary>
    public int Count => _series.Count;

    private readonly record struct Entry(Labels Labels, long Offset, int DirectoryBytes, long Bytes, long MinTime, long MaxTime);

    /// <summary>Adds a series.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="offset">Where its directory begins in the chunks file.</param>
    /// <param name="directoryBytes">Length of its directory.</param>
    /// <param name="bytes">Length of directory and chunks.</param>
    /// <param name="minTime">Time of its oldest sample.</param>
    /// <param name="maxTime">Time of its newest sample.</param>
    public void Add(Labels labels, long offset, int directoryBytes, long bytes, long minTime, long maxTime) =>
        _series.Add(new(labels, offset, directoryBytes, bytes, minTime, maxTime));

    /// <summary>The whole file.</summary>
    /// <param name="blockMinTime">The block's oldest time: those of the series are counted from it.</param>
    public ReadOnlySpan<byte> Finish(long blockMinTime)
    {
        var into = new ByteWriter();
        into.Raw(Magic);
        var tables = into.Length;
        for (var i = 0; i < 5; i++) into.U32(0);
        var (texts, numbers) = Texts();
        var textOffsets = new List<uint>(texts.Length);
        foreach (var text in texts)
        {
            textOffsets.Add(Offset(into));
            into.Text(text);
        }

        var seriesOffsets = new List<uint>(_series.Count);
        var lists = new SortedDictionary<int, SortedDictionary<int, List<int>>>();
        for (var id = 0; id < _series.Count; id++)
        {
            seriesOffsets.Add(Offset(into));
            Write(into, _series[id], numbers, blockMinTime);
            Collect(_series[id].Labels, id, numbers, lists);
        }

        var labels = Lists(into, lists);
        Span<uint> starts = [(uint)texts.Length, (uint)_series.Count, Offset(into), 0, 0];
        into.Raw(labels.Written);
        starts[3] = Offset(into);
        foreach (var offset in textOffsets) into.U32(offset);
        starts[4] = Offset(into);
        foreach (var offset in seriesOffsets) into.U32(offset);
        for (var i = 0; i < 5; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(into.Buffer.AsSpan(tables + (4 * i)), starts[i]);
        into.U32(Crc32C.Of(into.Written));
        return into.Written;
    }

    private (string[] Texts, Dictionary<string, int> Numbers) Texts()
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in _series)
        {
            for (var i = 0; i < entry.Labels.Count; i++)
            {
                all.Add(entry.Labels[i].Name);
                all.Add(entry.Labels[i].Value);
            }
        }

        var texts = all.ToArray();
        Array.Sort(texts, StringComparer.Ordinal);
        var numbers = new Dictionary<string, int>(texts.Length, StringComparer.Ordinal);
        for (var i = 0; i < texts.Length; i++) numbers[texts[i]] = i;
        return (texts, numbers);
    }

    private static void Write(ByteWriter into, in Entry entry, Dictionary<string, int> numbers, long blockMinTime)
    {
        into.Varint((ulong)entry.Labels.Count);
        for (var i = 0; i < entry.Labels.Count; i++)
        {
            into.Varint((ulong)numbers[entry.Labels[i].Name]);
            into.Varint((ulong)numbers[entry.Labels[i].Value]);
        }

        into.Varint((ulong)entry.Offset);
        into.Varint((ulong)entry.DirectoryBytes);
        into.Varint((ulong)entry.Bytes);
        into.Varint((ulong)(entry.MinTime - blockMinTime));
        into.Varint((ulong)(entry.MaxTime - entry.MinTime));
    }

    private static void Collect(Labels labels, int id, Dictionary<string, int> numbers, SortedDictionary<int, SortedDictionary<int, List<int>>> lists)
    {
        for (var i = 0; i < labels.Count; i++)
        {
            var (name, value) = (numbers[labels[i].Name], numbers[labels[i].Value]);
            if (!lists.TryGetValue(name, out var values)) lists[name] = values = [];
            if (!values.TryGetValue(value, out var ids)) values[value] = ids = [];
            ids.Add(id);
        }
    }

    // Writes the lists, and returns the table that says where they are.
    private static ByteWriter Lists(ByteWriter into, SortedDictionary<int, SortedDictionary<int, List<int>>> lists)
    {
        var labels = new ByteWriter();
        labels.Varint((ulong)lists.Count);
        foreach (var (name, values) in lists)
        {
            labels.Varint((ulong)name);
            labels.Varint((ulong)values.Sum(v => v.Value.Count));
            labels.Varint((ulong)values.Count);
            foreach (var (value, ids) in values)
            {
                labels.Varint((ulong)value);
                labels.Varint(Offset(into));
                into.Varint((ulong)ids.Count);
                var before = -1;
                foreach (var id in ids)
                {
                    into.Varint((ulong)(id - before));
                    before = id;
                }
            }
        }

        return labels;
    }

    private static uint Offset(ByteWriter into) => (uint)into.Length;
}
