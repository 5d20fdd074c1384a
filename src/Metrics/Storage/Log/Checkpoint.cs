using System.Globalization;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// The head as it was when a segment of the log began: it stands for all segments before. A folder of files, each a run of records like the log's; it
/// gets its name when it is whole and flushed.
/// </summary>
internal static class Checkpoint
{
    private const string Prefix = "checkpoint-";
    private const int FileBytes = 32 << 20;
    private const int RecordBytes = 16 << 10;

    /// <summary>The folder of a checkpoint.</summary>
    public static string PathOf(string log, int segment) => Path.Combine(log, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{segment:D8}"));

    /// <summary>All checkpoints by the segment they stand before, oldest first.</summary>
    public static IEnumerable<int> All(string log) =>
        from path in Directory.EnumerateDirectories(log, Prefix + "*")
        let name = Path.GetFileName(path)[Prefix.Length..]
        where name.Length == 8 && name.All(char.IsAsciiDigit)
        let segment = int.Parse(name, CultureInfo.InvariantCulture)
        orderby segment
        select segment;

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="log">The log's folder.</param>
    /// <param name="segment">The segment it stands before.</param>
    /// <param name="parts">The head at that moment.</param>
    /// <param name="before">What is older is in blocks and left out.</param>
    /// <param name="metadata">Help, type and unit by metric.</param>
    public static void Write(string log, int segment, IReadOnlyList<HeadPart> parts, long before, IEnumerable<KeyValuePair<string, MetricMetadata>> metadata)
    {
        var path = PathOf(log, segment);
        var unfinished = DurableFiles.UnfinishedPath(path);
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        try
        {
            var bytes = new ByteWriter();
            var files = 0;
            LogRecord.WriteMetadata(bytes, metadata);
            var start = -1;
            foreach (var part in parts)
            {
                if (start < 0)
                {
                    start = LogFrame.Begin(bytes);
                    bytes.Byte((byte)LogRecordKind.State);
                }

                Write(bytes, part, before);
                if (bytes.Length - start < RecordBytes) continue;
                LogFrame.End(bytes, start);
                start = -1;
                if (bytes.Length >= FileBytes) Save(unfinished, files++, bytes);
            }

            if (start >= 0) LogFrame.End(bytes, start);
            start = LogFrame.Begin(bytes);
            bytes.Byte((byte)LogRecordKind.End);
            bytes.Varint((ulong)files + 1);
            LogFrame.End(bytes, start);
            Save(unfinished, files, bytes);
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            DurableFiles.FinishFolder(path);
        }
        catch (Exception fault) when (LogWriter.IsOfDisk(fault))
        {
            Directory.Delete(unfinished, recursive: true);
            throw;
        }
    }

    /// <summary>Reads one series of a state record into the head.</summary>
    public static void Restore(ref ByteReader reader, Head head, LogReplay replay)
    {
        var id = (int)reader.Varint();
        var series = replay.Define(id, LogRecord.ReadLabels(ref reader));
        var isSeen = reader.Byte() != 0;
        var newest = reader.Signed();
        var bits = (long)reader.U64();
        for (var closed = reader.Count(); closed > 0; closed--) ReadChunk(ref reader, head, series);
        if (isSeen) series.RestoreNewest(newest, bits);
        for (var open = reader.Count(); open > 0; open--) RestoreOpen(ref reader, head, series);
        for (var late = reader.Count(); late > 0; late--)
        {
            head.RestoreLate(series, reader.Byte() == 1 ? LogRecord.ReadHistogram(ref reader) : new(reader.Signed(), (long)reader.U64(), null));
        }
    }

    private static void Write(ByteWriter into, HeadPart part, long before)
    {
        into.Varint((ulong)part.Series.Id);
        LogRecord.WriteLabels(into, part.Labels);
        into.Byte(part.NewestTime == long.MinValue ? (byte)0 : (byte)1);
        into.Signed(part.NewestTime);
        into.U64((ulong)part.NewestBits);
        var closed = part.Closed[part.ClosedBefore(before)..];
        into.Varint((ulong)closed.Length);
        foreach (var chunk in closed) WriteChunk(into, chunk);
        into.Varint(part.Open.Count == 0 ? 0UL : 1);
        if (part.Open.Count > 0) WriteChunk(into, part.Open);
        var late = part.Late[part.LateBefore(before).Length..];
        into.Varint((ulong)late.Length);
        foreach (var sample in late)
        {
            into.Byte(sample.Histogram is null ? (byte)0 : (byte)1);
            if (sample.Histogram is not null)
            {
                LogRecord.WriteHistogram(into, sample.Time, sample.Histogram);
                continue;
            }

            into.Signed(sample.Time);
            into.U64((ulong)sample.Bits);
        }
    }

    private static void WriteChunk(ByteWriter into, in Chunk chunk)
    {
        into.Byte((byte)chunk.Kind);
        into.Varint(chunk.Count);
        into.Signed(chunk.MinTime);
        into.Varint((ulong)(chunk.MaxTime - chunk.MinTime));
        into.Varint((ulong)chunk.Length);
        into.Raw(chunk.Data);
    }

    private static void ReadChunk(ref ByteReader reader, Head head, HeadSeries series)
    {
        var (kind, count) = ((ChunkKind)reader.Byte(), (int)reader.Varint());
        var minTime = reader.Signed();
        var maxTime = minTime + (long)reader.Varint();
        head.Restore(series, kind, count, minTime, maxTime, reader.Raw(reader.Count()));
    }

    // The samples are taken again, so that the chunk can be written on.
    private static void RestoreOpen(ref ByteReader reader, Head head, HeadSeries series)
    {
        var (kind, count) = ((ChunkKind)reader.Byte(), (ushort)reader.Varint());
        var minTime = reader.Signed();
        var maxTime = minTime + (long)reader.Varint();
        var data = reader.Raw(reader.Count());
        var bytes = new byte[data.Length + OpenFloats.Slack];
        data.CopyTo(bytes);
        var samples = new SampleBuffer();
        new Chunk(kind, count, minTime, maxTime, bytes, 0, data.Length).Read(long.MinValue, long.MaxValue, samples);
        series.RestoreNewest(minTime - 1, 0);
        for (var i = 0; i < samples.Count; i++) head.Take(series, new Sample(samples.Times[i], BitConverter.DoubleToInt64Bits(samples.Values[i]), samples.Histogram(i)));
    }

    private static void Save(string folder, int number, ByteWriter bytes)
    {
        using var file = File.OpenHandle(Path.Combine(folder, number.ToString("D8", CultureInfo.InvariantCulture)), FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, bytes.Written, 0);
        RandomAccess.FlushToDisk(file);
        bytes.Truncate(0);
    }
}
