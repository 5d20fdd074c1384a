using System.Globalization;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Reads a log back into a head: the newest checkpoint, then the segments from there on. Damage is passed over, named and counted.
/// </summary>
internal sealed class LogReplay(Head head, string folder, List<StorageFault> faults)
{
    private readonly Dictionary<int, HeadSeries> _aliases = [];
    private readonly HashSet<int> _unknown = [];
    private readonly ReplayedFloats _floats = new(head);
    private byte[] _bytes = [];
    private long _lost;

    /// <summary>Reads all.</summary>
    /// <returns>The number the next segment gets.</returns>
    public int Run()
    {
        DurableFiles.Sweep(folder);
        var checkpoints = Checkpoint.All(folder).ToArray();
        var first = 0;
        foreach (var segment in checkpoints.Reverse())
        {
            if (first > 0) Directory.Delete(Checkpoint.PathOf(folder, segment), recursive: true);
            else if (ReadCheckpoint(Checkpoint.PathOf(folder, segment))) first = segment;
        }

        var segments = Segments(folder).ToArray();
        foreach (var old in segments.Where(s => s < first)) File.Delete(LogWriter.PathOf(folder, old));
        segments = [.. segments.Where(s => s >= first)];
        for (var i = 0; i < segments.Length; i++)
        {
            if (i > 0 && segments[i] != segments[i - 1] + 1)
                faults.Add(new(folder, $"segments {segments[i - 1] + 1} to {segments[i] - 1} of the log are missing; what they held is lost unless it is in a block"));
            ReadSegment(LogWriter.PathOf(folder, segments[i]));
        }

        _floats.Flush();

        if (_lost > 0)
            faults.Add(new(folder, $"{_lost} samples belong to {_unknown.Count} series whose labels stood in a damaged part of the log; they are lost"));
        return Math.Max(first, segments.Length == 0 ? 0 : segments[^1]) + 1;
    }

    /// <summary>The numbers of all segments, in order.</summary>
    public static IEnumerable<int> Segments(string folder) =>
        from path in Directory.EnumerateFiles(folder)
        let name = Path.GetFileName(path)
        where name.Length == 8 && name.All(char.IsAsciiDigit)
        let segment = int.Parse(name, CultureInfo.InvariantCulture)
        orderby segment
        select segment;

    /// <summary>The series that has these labels, known to the log by a number.</summary>
    public HeadSeries Define(int id, Labels labels)
    {
        var series = head.Index.Find(id);
        if (series is null || !series.Labels.Equals(labels)) series = head.Table.Find(labels);
        series ??= head.Table.Restore(labels, head.Index.Find(id) is null ? id : 0);
        if (series.Id != id) _aliases[id] = series;
        series.IsLogged = true;
        return series;
    }

    private bool ReadCheckpoint(string path)
    {
        var ended = 0UL;
        var files = Directory.GetFiles(path).Order(StringComparer.Ordinal).ToArray();
        foreach (var file in files)
        {
            var bytes = Read(file);
            var frames = new LogFrames(bytes, 0);
            while (frames.Next(out var payload))
            {
                if (payload.Length > 0 && payload[0] == (byte)LogRecordKind.End) ended = new ByteReader(payload[1..]).Varint();
                else Take(file, payload);
            }

            Report(file, frames, bytes.Length, "a checkpoint");
        }

        if (ended != (ulong)files.Length) faults.Add(new(path, "the checkpoint lacks a part; series it held are lost unless they are in blocks or later in the log"));
        return true;
    }

    private void ReadSegment(string path)
    {
        var bytes = Read(path);
        var frames = new LogFrames(bytes, 0);
        while (frames.Next(out var payload)) Take(path, payload);
        Report(path, frames, bytes.Length, "the write-ahead log");
        if (frames.TornAt < 0) return;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, frames.TornAt);
    }

    // Into the same bytes each time: fresh ones are dear to touch.
    private ReadOnlySpan<byte> Read(string path)
    {
        using var file = File.OpenHandle(path);
        var length = (int)RandomAccess.GetLength(file);
        if (_bytes.Length < length) _bytes = GC.AllocateUninitializedArray<byte>(length);
        var read = 0;
        while (read < length && RandomAccess.Read(file, _bytes.AsSpan(read, length - read), read) is > 0 and var more) read += more;
        return _bytes.AsSpan(0, read);
    }

    private void Report(string path, in LogFrames frames, int length, string what)
    {
        foreach (var (from, to) in frames.Damage)
            faults.Add(new(path, $"bytes {from} to {to - 1} of {what} are damaged (checksum does not fit); the batches in them are lost, all others were read"));
        if (frames.TornAt >= 0)
            faults.Add(new(path, $"{what} breaks off in the middle of a record at byte {frames.TornAt} of {length}; the record was never acknowledged and is cut off"));
    }

    private void Take(string path, ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new ByteReader(payload);
            switch ((LogRecordKind)reader.Byte())
            {
                case LogRecordKind.Series:
                    while (!reader.AtEnd) Define((int)reader.Varint(), LogRecord.ReadLabels(ref reader));
                    break;
                case LogRecordKind.Metadata:
                    while (!reader.AtEnd) head.RestoreMetadata(reader.Text(), new(reader.Text(), reader.Text(), reader.Text()));
                    break;
                case LogRecordKind.State:
                    _floats.Flush();
                    while (!reader.AtEnd) Checkpoint.Restore(ref reader, head, this);
                    break;
                case LogRecordKind.Batch:
                    TakeBatch(ref reader, payload);
                    break;
                case LogRecordKind.End:
                    break;
                case var kind:
                    faults.Add(new(path, $"a record of kind {(int)kind} is of a newer version and was passed over"));
                    break;
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            // The checksum fits, so it was written like this: name it, and go on.
            faults.Add(new(path, $"a record cannot be understood ({fault.Message}) and was passed over"));
        }
    }

    private void TakeBatch(ref ByteReader reader, ReadOnlySpan<byte> payload)
    {
        // They come before the floats of the batch but after those of earlier ones.
        var starts = reader.Count();
        if (starts > 0) _floats.Flush();
        for (; starts > 0; starts--)
        {
            var (series, zero) = ReadSample(ref reader);
            if (series is not null) head.TakeStart(series, zero);
        }

        var histograms = reader.Count();
        if (histograms > 0) _floats.Flush();
        for (; histograms > 0; histograms--)
        {
            var (series, sample) = ReadSample(ref reader);
            if (series is not null) head.Take(series, sample);
        }

        var floats = new FloatReader(payload[reader.At..]);
        while (floats.Next(out var id, out var time, out var bits))
        {
            if (_aliases.Count == 0 && head.Index.Find(id) is not null) _floats.Add(id, time, bits);
            else if (Find(id) is { } series) _floats.Add(series.Id, time, bits);
        }
    }

    private (HeadSeries? Series, Sample Sample) ReadSample(ref ByteReader reader)
    {
        var series = Find((int)reader.Varint());
        var sample = reader.Byte() == 1 ? LogRecord.ReadHistogram(ref reader) : new(reader.Signed(), 0, null);
        return (series, sample);
    }

    private HeadSeries? Find(int id)
    {
        if (_aliases.Count > 0 && _aliases.TryGetValue(id, out var alias)) return alias;
        if (head.Index.Find(id) is { } series) return series;
        _lost++;
        _unknown.Add(id);
        return null;
    }
}
