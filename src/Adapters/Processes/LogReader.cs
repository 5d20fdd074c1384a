using System.Runtime.CompilerServices;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>Reads the logs of a service's instances, merged by time.</summary>
internal sealed class LogReader(TimeProvider time)
{
    private const int BlockBytes = 64 * 1024;
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>The newest lines, oldest first, and then new ones if asked for.</summary>
    /// <param name="instancesFolder">Holds a folder per instance.</param>
    /// <param name="query">Which.</param>
    /// <param name="cancellation">Ends following.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(string instancesFolder, LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        var tail = new List<LogLine>();
        foreach (var (instance, folder) in Instances(instancesFolder, query.Instance))
        {
            var (lines, end) = Tail(folder, instance, Math.Max(0, query.Tail));
            tail.AddRange(lines);
            places[instance] = end;
        }

        foreach (var line in tail.OrderBy(line => line.At).TakeLast(Math.Max(0, query.Tail))) yield return line;
        while (query.Follow)
        {
            await Task.Delay(FollowEvery, time, cancellation);
            var news = new List<LogLine>();
            foreach (var (instance, folder) in Instances(instancesFolder, query.Instance))
                places[instance] = ReadOn(folder, instance, places.GetValueOrDefault(instance, new(0, 0)), news);
            foreach (var line in news.OrderBy(line => line.At)) yield return line;
        }
    }

    private static IEnumerable<(string Instance, string Folder)> Instances(string folder, string? only)
        => !Directory.Exists(folder) ? []
            : Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(path => (Instance: Path.GetFileName(path), Folder: InstanceLog.Folder(path)))
                .Where(found => only is null || found.Instance == only);

    private static (IEnumerable<LogLine> Lines, Place End) Tail(string folder, string instance, int count)
    {
        var segments = InstanceLog.Segments(folder);
        var end = new Place(0, 0);
        var newest = new List<LogLine>();
        foreach (var segment in segments.AsEnumerable().Reverse())
        {
            var bytes = TailOf(InstanceLog.SegmentPath(folder, segment), count - newest.Count, out var length);
            if (end.Segment == 0) end = new(segment, length);
            var lines = new List<LogLine>();
            Split(bytes, instance, lines);
            newest.InsertRange(0, lines.TakeLast(count - newest.Count));
            if (newest.Count >= count) break;
        }

        return (newest, end);
    }

    // The file's last whole lines: at least as many as asked for, if it has them, read from its end in blocks.
    private static ReadOnlySpan<byte> TailOf(string path, int count, out long length)
    {
        length = 0;
        if (!File.Exists(path)) return [];
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var size = RandomAccess.GetLength(file);
        var from = size;
        byte[] bytes = [];
        while (from > 0 && bytes.AsSpan().Count((byte)'\n') <= count)
        {
            var step = (int)Math.Min(from, Math.Max(BlockBytes, bytes.Length));
            var longer = new byte[step + bytes.Length];
            from -= step;
            var read = RandomAccess.Read(file, longer.AsSpan(0, step), from);
            if (read < step) return []; // Cut back meanwhile.
            bytes.CopyTo(longer, step);
            bytes = longer;
        }

        var first = from == 0 ? 0 : bytes.AsSpan().IndexOf((byte)'\n') + 1;
        var last = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        length = from + last;
        return bytes.AsSpan(first, Math.Max(0, last - first));
    }

    private static Place ReadOn(string folder, string instance, Place place, List<LogLine> into)
    {
        foreach (var segment in InstanceLog.Segments(folder).Where(segment => segment >= place.Segment))
        {
            if (segment > place.Segment) place = new(segment, 0);
            try
            {
                using var file = File.OpenHandle(InstanceLog.SegmentPath(folder, segment), share: FileShare.ReadWrite | FileShare.Delete);
                var bytes = new byte[Math.Max(0, RandomAccess.GetLength(file) - place.Offset)];
                var read = RandomAccess.Read(file, bytes, place.Offset);
                var whole = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
                Split(bytes.AsSpan(0, whole), instance, into);
                place = place with { Offset = place.Offset + whole };
            }
            catch (FileNotFoundException)
            {
                // Rotated away between being listed and being opened.
            }
        }

        return place;
    }

    private static void Split(ReadOnlySpan<byte> lines, string instance, List<LogLine> into)
    {
        var at = Instant.MinValue;
        while (lines.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = LogLines.Parse(lines[..end], instance, at);
            at = line.At;
            into.Add(line);
            lines = lines[(end + 1)..];
        }
    }

    private sealed record Place(long Segment, long Offset);
}
