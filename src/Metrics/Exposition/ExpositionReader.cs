using System.Buffers;
using Fairway.Metrics.Ingest;

namespace Fairway.Metrics.Exposition;

/// <summary>What a line of an exposition says.</summary>
public enum ExpositionItem
{
    /// <summary>Nothing comes any more.</summary>
    End,

    /// <summary>A sample: go on with <see cref="ExpositionReader.TryExpect"/> or <see cref="ExpositionReader.ReadSeries"/>, then
    /// <see cref="ExpositionReader.ReadSample"/>.</summary>
    Sample,

    /// <summary>The type of <see cref="ExpositionReader.Name"/> is <see cref="ExpositionReader.Text"/>.</summary>
    Type,

    /// <summary>The help of <see cref="ExpositionReader.Name"/> is <see cref="ExpositionReader.Text"/>, escaped still.</summary>
    Help,

    /// <summary>The unit of <see cref="ExpositionReader.Name"/> is <see cref="ExpositionReader.Text"/>.</summary>
    Unit,
}

/// <summary>Reads the Prometheus text format 0.0.4 and OpenMetrics 1.0 from UTF-8 bytes, line by line, without allocating. A series is
/// handed out as its raw bytes first, so that a
/// reader who knows them need not look inside.</summary>
/// <remarks>Sources: Prometheus, "Exposition formats"; OpenMetrics 1.0.0. As Prometheus does, names in quotes within the braces are read
/// in both.</remarks>
/// <exception cref="ExpositionException">From every member that reads: the body is not in its format.</exception>
public ref partial struct ExpositionReader
{
    private static readonly SearchValues<byte> NameEnds = SearchValues.Create("{ \t\n\r#\""u8);

    private readonly ReadOnlySpan<byte> _body;
    private readonly bool _open;
    private int _at;
    private int _seriesStart;
    private int _seriesEnd;
    private int _exemplarStart;
    private int _exemplarEnd;

    /// <param name="body">All of it.</param>
    /// <param name="format">One of the two text formats.</param>
    public ExpositionReader(ReadOnlySpan<byte> body, ExpositionFormat format)
    {
        if (format == ExpositionFormat.Protobuf) throw new ArgumentOutOfRangeException(nameof(format), "protobuf is no text");
        _body = body;
        _open = format == ExpositionFormat.OpenMetrics;
    }

    /// <summary>After a metadata line: the metric family; unquoted, but escaped still when it was quoted.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>After a metadata line: what it says of the family.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>After <see cref="ReadSeries"/> or <see cref="TryExpect"/>: name and labels as they were written.</summary>
    public readonly ReadOnlySpan<byte> Series => _body[_seriesStart.._seriesEnd];

    /// <summary>After <see cref="ReadSample"/>: the value.</summary>
    public double Value { get; private set; }

    /// <summary>After <see cref="ReadSample"/>: whether the target gave a time.</summary>
    public bool HasTime { get; private set; }

    /// <summary>After <see cref="ReadSample"/>: that time, in milliseconds since 1970.</summary>
    public long Time { get; private set; }

    /// <summary>After <see cref="ReadSample"/>: whether an exemplar follows; <see cref="ReadExemplar"/> takes it apart.</summary>
    public readonly bool HasExemplar => _exemplarEnd > 0;

    /// <summary>Goes to the next line that says something. A sample that was not read is an error of the caller.</summary>
    public ExpositionItem Next()
    {
        while (_at < _body.Length)
        {
            var first = _body[_at];
            if (first == '#')
            {
                if (ReadComment(out var item)) return item;
            }
            else if (_open)
            {
                if (first is (byte)'\n' or (byte)' ' or (byte)'\t') throw Fail(_at, "expected a name or a comment");
                return ExpositionItem.Sample;
            }
            else if (first is (byte)'\n' or (byte)' ' or (byte)'\t' or (byte)'\r')
            {
                _at++;
            }
            else
            {
                return ExpositionItem.Sample;
            }
        }

        if (_open) throw Fail(_at, "data does not end with # EOF");
        return ExpositionItem.End;
    }

    /// <summary>At a sample: whether its series is written exactly so; then it is read over, otherwise nothing happens.</summary>
    public bool TryExpect(ReadOnlySpan<byte> series)
    {
        var end = _at + series.Length;
        if (end >= _body.Length || _body[end] != (byte)' ' || !_body.Slice(_at, series.Length).SequenceEqual(series)) return false;
        // "name {labels}" is another series than "name".
        if (end + 1 < _body.Length && _body[end + 1] is (byte)'{' or (byte)' ' or (byte)'\t') return false;
        (_seriesStart, _seriesEnd, _at) = (_at, end, end);
        return true;
    }

    /// <summary>At a sample: finds the end of its series.</summary>
    public void ReadSeries()
    {
        _seriesStart = _at;
        var length = _body[_at..].IndexOfAny(NameEnds);
        _at = length < 0 ? _body.Length : _at + length;
        _seriesEnd = _at;
        var brace = _at;
        if (!_open)
        {
            while (brace < _body.Length && _body[brace] is (byte)' ' or (byte)'\t') brace++;
        }

        if (brace < _body.Length && _body[brace] == '{')
        {
            _at = EndOfLabels(brace);
            _seriesEnd = _at;
        }

        if (_seriesEnd == _seriesStart) throw Fail(_at, "expected a metric name");
    }

    /// <summary>After <see cref="ReadSeries"/> or <see cref="TryExpect"/>: reads value, time and exemplar, and the end of the
    /// line.</summary>
    public void ReadSample()
    {
        Blank("a value");
        var rest = _body[_at..];
        if (!NumberText.TryRead(rest, out var value, out var length))
            throw Fail(_at, length == 0 ? "expected a value" : $"\"{Printable(rest[..length])}\" is no number");
        Value = value;
        _at += length;
        (HasTime, _exemplarEnd) = (false, 0);
        if ((uint)_at < (uint)_body.Length && _body[_at] == '\n')
        {
            _at++;
            return;
        }

        ReadRest();
    }

    /// <summary>Where a line and a column of an error are: for errors found by who uses the series' labels.</summary>
    public readonly ExpositionException Fail(string what) => Fail(_seriesStart, what);

    private readonly ExpositionException Fail(int at, string what)
    {
        var before = _body[..Math.Min(at, _body.Length)];
        return new(before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'), what);
    }

    private void ReadRest()
    {
        SkipBlanks();
        if (_at < _body.Length && _body[_at] is not ((byte)'\n' or (byte)'#' or (byte)'\r')) ReadTime();
        if (_open && _at < _body.Length && _body[_at] is (byte)' ' or (byte)'#') ReadOverExemplar();
        SkipBlanks();
        EndOfLine();
    }

    private void ReadTime()
    {
        var rest = _body[_at..];
        int length;
        if (_open)
        {
            if (!NumberText.TryRead(rest, out var seconds, out length) || !double.IsFinite(seconds) || Math.Abs(seconds) > 9e15)
                throw Fail(_at, $"\"{Printable(rest[..length])}\" is no timestamp in seconds");
            Time = (long)Math.Round(seconds * 1000);
        }
        else
        {
            if (!NumberText.TryReadInteger(rest, out var milliseconds, out length)) throw Fail(_at, $"\"{Printable(rest[..length])}\" is no timestamp in milliseconds");
            Time = milliseconds;
        }

        HasTime = true;
        _at += length;
    }

    private void EndOfLine()
    {
        if (!_open && _at < _body.Length && _body[_at] == '\r') _at++;
        if (_at >= _body.Length)
        {
            if (_open) throw Fail(_at, "data does not end with # EOF");
            return;
        }

        if (_body[_at] != '\n') throw Fail(_at, "expected the end of the line");
        _at++;
    }

    private void Blank(string before)
    {
        if (_at >= _body.Length || _body[_at] is not ((byte)' ' or (byte)'\t') || (_open && _body[_at] != ' ')) throw Fail(_at, $"expected {before}");
        _at++;
        if (!_open) SkipBlanks();
    }

    private void SkipBlanks()
    {
        while (_at < _body.Length && _body[_at] is (byte)' ' or (byte)'\t') _at++;
    }

    private readonly int EndOfLabels(int brace)
    {
        var at = brace + 1;
        while (true)
        {
            var stop = _body[at..].IndexOfAny((byte)'"', (byte)'}', (byte)'\n');
            if (stop < 0) throw Fail(_body.Length, "labels do not end");
            at += stop;
            if (_body[at] == '}') return at + 1;
            if (_body[at] == '\n') throw Fail(at, "labels do not end on their line");
            var quote = at;
            at = EndOfQuoted(_body, quote);
            if (at < 0) throw Fail(quote, "a quoted text does not end");
        }
    }

    private static int EndOfQuoted(ReadOnlySpan<byte> text, int quote)
    {
        var at = quote + 1;
        while (true)
        {
            var stop = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (stop < 0) return -1;
            at += stop;
            if (text[at] == '"') return at + 1;
            at += 2;
            if (at > text.Length) return -1;
        }
    }

    private static string Printable(ReadOnlySpan<byte> token) =>
        System.Text.Encoding.UTF8.GetString(token[..Math.Min(token.Length, 60)]);
}
