using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Metrics.Storage;

/// <summary>Writes the log, in segments named by rising numbers. One writer at a time; flushes may come from any thread.</summary>
internal sealed class LogWriter : IDisposable
{
    private readonly string _folder;
    private readonly long _segmentBytes;
    private readonly TimeProvider _time;
    private readonly Lock _flush = new();
    private readonly ConcurrentQueue<SafeFileHandle> _unflushed = new();
    private volatile SafeFileHandle _segment;
    private long _length;
    private long _written;
    private long _flushed;
    private long _lastFlush;
    private bool _isBroken;

    /// <param name="folder">Exists.</param>
    /// <param name="segment">Number of the first segment to write; it does not exist.</param>
    /// <param name="segmentBytes">Length after which a new segment is begun.</param>
    /// <param name="time">Says how long ago the last flush was.</param>
    public LogWriter(string folder, int segment, long segmentBytes, TimeProvider time)
    {
        (_folder, _segmentBytes, Segment, _time) = (folder, segmentBytes, segment, time);
        _lastFlush = time.GetTimestamp();
        _segment = Create(segment);
    }

    /// <summary>Number of the segment written to.</summary>
    public int Segment { get; private set; }

    /// <summary>Bytes written since the start.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>The file of a segment.</summary>
    public static string PathOf(string folder, int segment) => Path.Combine(folder, segment.ToString("D8", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Writes whole records. They are with the operating system when it returns.</summary>
    /// <exception cref="IOException">They could not be written; the log is as it was before.</exception>
    public void Write(ReadOnlySpan<byte> records)
    {
        if (_isBroken || _length >= _segmentBytes) Rotate();
        try
        {
            RandomAccess.Write(_segment, records, _length);
        }
        catch (Exception fault) when (IsOfDisk(fault))
        {
            TakeBack();
            throw new IOException($"{PathOf(_folder, Segment)}: the write-ahead log cannot be written ({fault.Message}); nothing of this batch was taken. Free space on the device and send it again", fault);
        }

        _length += records.Length;
        Volatile.Write(ref _written, _written + records.Length);
    }

    /// <summary>Begins a new segment; returns its number.</summary>
    public int Rotate()
    {
        if (_length == 0 && !_isBroken) return Segment;
        var next = Create(Segment + 1);
        _unflushed.Enqueue(_segment);
        (_segment, _length, _isBroken) = (next, 0, false);
        return ++Segment;
    }

    /// <summary>Flushes all written so far to the device; callers that wait for one another share a flush.</summary>
    public void Flush()
    {
        var wanted = Written;
        lock (_flush)
        {
            if (_flushed >= wanted) return;
            var reached = Written;
            // The one written to first: when it is full meanwhile it is flushed here all the same.
            RandomAccess.FlushToDisk(_segment);
            while (_unflushed.TryDequeue(out var full))
            {
                RandomAccess.FlushToDisk(full);
                full.Dispose();
            }

            _flushed = reached;
            Volatile.Write(ref _lastFlush, _time.GetTimestamp());
        }
    }

    /// <summary>Flushes if the last flush is longer ago than this; at zero always.</summary>
    public void FlushAfter(TimeSpan every)
    {
        if (every > TimeSpan.Zero && _time.GetElapsedTime(Volatile.Read(ref _lastFlush)) < every) return;
        Flush();
    }

    public void Dispose()
    {
        Flush();
        _segment.Dispose();
    }

    private SafeFileHandle Create(int segment)
    {
        var path = PathOf(_folder, segment);
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete);
        }
        catch (Exception fault) when (IsOfDisk(fault))
        {
            throw new IOException($"{path}: no new segment of the write-ahead log can be made ({fault.Message}); nothing of this batch was taken", fault);
        }
    }

    /// <summary>Whether an exception says that a device refused (a file that may not grow is an argument error to .NET).</summary>
    public static bool IsOfDisk(Exception fault) => fault is IOException or UnauthorizedAccessException or ArgumentException;

    // A part of the records may be there: it must not stay in front of the next ones.
    private void TakeBack()
    {
        try
        {
            RandomAccess.SetLength(_segment, _length);
        }
        catch (Exception fault) when (IsOfDisk(fault))
        {
            _isBroken = true;
        }
    }
}
