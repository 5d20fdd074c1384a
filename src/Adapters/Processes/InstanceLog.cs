using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>An instance's log: numbered files, newest last, fed from the raw output of its runs.</summary>
internal sealed class InstanceLog : IDisposable
{
    private const int LastOutputBytes = 8 * 1024;
    private const int LastOutputCharacters = 2048;
    private readonly Lock _turn = new();
    private readonly string _folder;
    private readonly ProcessRuntimeOptions _options;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly SafeFileHandle _cursorFile;
    private LogCursor _cursor;
    private SafeFileHandle _segment;
    private RawOutput? _output;
    private RawOutput? _error;
    private Instant _latest = Instant.MinValue;

    /// <summary>Opens a log, cut back to its cursor.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public InstanceLog(string instanceFolder, ProcessRuntimeOptions options)
    {
        _folder = Folder(instanceFolder);
        _options = options;
        Directory.CreateDirectory(_folder);
        _cursorFile = File.OpenHandle(
            Path.Combine(_folder, "cursor"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var newest = Segments(_folder).LastOrDefault(1);
        var known = LogCursor.Read(_cursorFile);
        _cursor = known ?? LogCursor.Start with { Segment = newest, StartSegment = newest, Length = long.MaxValue };
        foreach (var later in Segments(_folder).Where(number => number > _cursor.Segment)) File.Delete(SegmentPath(_folder, later));
        _segment = OpenSegment(_cursor.Segment);
        var length = Math.Min(_cursor.Length, RandomAccess.GetLength(_segment));
        RandomAccess.SetLength(_segment, length);
        _cursor = _cursor with { Length = length };
        // Before the first line: a crash between the first lines and the first cursor would leave lines that are copied again.
        if (known is null) _cursor.Write(_cursorFile);
    }

    /// <summary>Why lines cannot be written at present; null when they can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Where an instance's log files are.</summary>
    public static string Folder(string instanceFolder) => Path.Combine(instanceFolder, "log");

    /// <summary>Numbers of the log files in a folder, ascending.</summary>
    public static List<long> Segments(string folder)
        => Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.log").Select(NumberOf).Where(number => number > 0).Order()]
            : [];

    private static long NumberOf(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    /// <summary>A log file.</summary>
    public static string SegmentPath(string folder, long number) => Path.Combine(folder, $"{number:D6}.log");

    /// <summary>Reads from a run's raw output from now on: from its beginning, or from where it was left.</summary>
    public void Begin(int attempt, RunFolder run)
    {
        lock (_turn)
        {
            if (_cursor.Attempt != attempt)
            {
                _cursor = _cursor with
                {
                    Attempt = attempt, Output = 0, Error = 0, StartSegment = _cursor.Segment, StartLength = _cursor.Length,
                };
            }

            _output?.Dispose();
            _error?.Dispose();
            var backlog = _options.LogFileBytes * _options.LogFiles;
            _output = RawOutput.Open(run.Output, "stdout", _cursor.Output, backlog);
            _error = RawOutput.Open(run.Error, "stderr", _cursor.Error, backlog);
        }
    }

    /// <summary>Copies a chunk of what is new. True when there may be more at once.</summary>
    public bool Collect(Instant now)
    {
        lock (_turn) return Collect(now, last: false);
    }

    /// <summary>Copies everything that is left of the run, and returns its last lines, at most 2,048 characters.</summary>
    public string Finish(Instant now)
    {
        lock (_turn)
        {
            while (Collect(now, last: true))
            {
            }

            _output?.Dispose();
            _error?.Dispose();
            (_output, _error) = (null, null);
            return LastOutput();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn)
        {
            _output?.Dispose();
            _error?.Dispose();
            _segment.Dispose();
            _cursorFile.Dispose();
        }
    }

    private bool Collect(Instant now, bool last)
    {
        if (_output is null && _error is null) return false;
        // Readers order by time: whoever looked at the clock first and came second must not come before.
        now = _latest = Instant.Max(now, _latest);
        try
        {
            _lines.ResetWrittenCount();
            var more = (_output?.Copy(now, last, _lines) ?? false) | (_error?.Copy(now, last, _lines) ?? false);
            if (_lines.WrittenCount > 0) Append();
            Problem = null;
            return more;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The raw file keeps what was not copied; it is tried again at the next turn, from the cursor.
            Problem = $"output is kept but not yet in the log: {FileFault.Of(_folder, failure).Message}";
            _output?.Seek(_cursor.Output);
            _error?.Seek(_cursor.Error);
            return false;
        }
    }

    private void Append()
    {
        if (_cursor.Length > 0 && _cursor.Length + _lines.WrittenCount > _options.LogFileBytes) Rotate();
        RandomAccess.Write(_segment, _lines.WrittenSpan, _cursor.Length);
        var next = _cursor with
        {
            Output = _output?.Offset ?? _cursor.Output, Error = _error?.Offset ?? _cursor.Error,
            Length = _cursor.Length + _lines.WrittenCount,
        };
        next.Write(_cursorFile);
        _cursor = next;
        var moved = (_output?.Free() ?? false) | (_error?.Free() ?? false);
        if (!moved) return;
        _cursor = _cursor with { Output = _output?.Offset ?? 0, Error = _error?.Offset ?? 0 };
        _cursor.Write(_cursorFile);
    }

    private void Rotate()
    {
        var number = _cursor.Segment + 1;
        var next = OpenSegment(number);
        _segment.Dispose();
        _segment = next;
        _cursor = _cursor with { Segment = number, Length = 0 };
        foreach (var old in Segments(_folder).Where(segment => segment <= number - _options.LogFiles))
            File.Delete(SegmentPath(_folder, old));
    }

    private SafeFileHandle OpenSegment(long number)
        => File.OpenHandle(
            SegmentPath(_folder, number), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private string LastOutput()
    {
        var from = Math.Max(_cursor.StartSegment == _cursor.Segment ? _cursor.StartLength : 0, _cursor.Length - LastOutputBytes);
        var bytes = new byte[_cursor.Length - from];
        var read = RandomAccess.Read(_segment, bytes, from);
        var lines = Encoding.UTF8.GetString(bytes, 0, read).Split('\n', StringSplitOptions.RemoveEmptyEntries).AsEnumerable();
        if (from > 0 && from > _cursor.StartLength) lines = lines.Skip(1); // The first one is cut.
        var text = string.Join('\n', lines.Select(line => line.Split(' ', 3) is [_, _, var said] ? said : line));
        return text.Length <= LastOutputCharacters ? text : text[^LastOutputCharacters..];
    }
}
