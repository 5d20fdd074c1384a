using System.Globalization;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Reads a log back into a head: the newest checkpoint, then the segments from there on. Damage is passed over, named and counted.</summary>
internal sealed class LogReplay(Head head, string folder, List<StorageFault> faults)
{
    private readonly Dictionary<int, HeadSeries> _aliases = [];
    private readonly HashSet<int> _unknown = [];
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
            var bytes = File.ReadAllBytes(file);
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
        var bytes = File.ReadAllBytes(path);
        var frames = new LogFrames(bytes, 0);
        while (frames.Next(out var payload)) Take(path, payload);
        Report(path, frames, bytes.Length, "the write-ahead log");
        if (frames.TornAt < 0) return;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, frames.TornAt);
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
        for (var starts = reader.Count(); starts > 0; starts--)
        {
            var (series, zero) = ReadSample(ref reader);
            if (series is not null) head.TakeStart(series, zero);
        }

        for (var histograms = reader.Count(); histograms > 0; histograms--)
        {
            var (series, sample) = ReadSample(ref reader);
            if (series is not null) head.Take(series, sample);
        }

        FloatRecords.Read(payload[reader.At..], TakeFloat);
    }

    private void TakeFloat(int id, long time, long bits)
    {
        if (Find(id) is { } series) head.Take(series, time, bits);
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
