using Fairway.Metrics.Ingest;

namespace Fairway.Metrics.Exposition;

/// <summary>The lines that begin with <c>#</c>, and what stands between braces.</summary>
public ref partial struct ExpositionReader
{
    private static ReadOnlySpan<byte> LabelNameSpecials => "{}=,\" \t\n\r"u8;

    /// <summary>After <see cref="ReadSeries"/>: takes name and labels of <see cref="Series"/> apart.</summary>
    /// <param name="into">Added to; the name as <c>__name__</c>.</param>
    public readonly void ReadLabels(LabelDraft into) => ReadLabels(into, null);

    /// <summary>After <see cref="ReadSample"/>: takes the exemplar apart.</summary>
    /// <param name="labels">Added to.</param>
    /// <returns>Its value, and its time in milliseconds since 1970 when it has one.</returns>
    public readonly (double Value, long? Time) ReadExemplar(LabelDraft labels)
    {
        var at = _exemplarStart;
        ReadBraces(ref at, labels, null, named: true);
        at++;
        NumberText.TryRead(_body[at..], out var value, out var length);
        at += length;
        if (at >= _exemplarEnd) return (value, null);
        NumberText.TryRead(_body[(at + 1)..], out var seconds, out _);
        return (value, (long)Math.Round(seconds * 1000));
    }

    /// <summary>Takes the backslashes out of a text: <c>\\</c>, <c>\n</c> and <c>\"</c>; others stay as they are.</summary>
    public static string Unescape(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\')) return TextPool.Decode(text);
        var plain = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b == '\\' && i + 1 < text.Length && text[i + 1] is (byte)'\\' or (byte)'n' or (byte)'"')
            {
                i++;
                b = text[i] == 'n' ? (byte)'\n' : text[i];
            }

            plain[length++] = b;
        }

        return TextPool.Decode(plain.AsSpan(0, length));
    }

    internal readonly void ReadLabels(LabelDraft into, TextPool? pool)
    {
        var at = _seriesStart;
        while (at < _seriesEnd && IsNameByte(_body[at], at == _seriesStart)) at++;
        var named = at > _seriesStart;
        if (named) into.Append(Model.Labels.MetricName, TextOf(_body[_seriesStart..at], pool, at));
        while (at < _seriesEnd && _body[at] is (byte)' ' or (byte)'\t') at++;
        if (at < _seriesEnd)
        {
            if (_body[at] != '{') throw Fail(at, $"'{(char)_body[at]}' does not belong in a metric name; write such a name in quotes, within the braces");
            ReadBraces(ref at, into, pool, named);
            if (at != _seriesEnd) throw Fail(at, "expected a value");
        }
    }

    private readonly void ReadBraces(ref int at, LabelDraft into, TextPool? pool, bool named)
    {
        at++;
        while (true)
        {
            SkipBlanks(ref at);
            if (At(at) == '}') break;
            var (start, quoted) = (at, At(at) == '"');
            var name = quoted ? Quoted(ref at, pool) : LabelName(ref at, pool);
            SkipBlanks(ref at);
            if (At(at) == '=')
            {
                at++;
                SkipBlanks(ref at);
                if (At(at) != '"') throw Fail(at, $"expected the value of label \"{name}\" in quotes");
                into.Append(name, Quoted(ref at, pool));
            }
            else
            {
                if (!quoted) throw Fail(at, $"expected '=' after label name \"{name}\"");
                if (named) throw Fail(start, "the metric has a name already");
                if (name.Length == 0) throw Fail(start, "expected a metric name");
                into.Append(Model.Labels.MetricName, name);
                named = true;
            }

            SkipBlanks(ref at);
            if (At(at) == ',') at++;
            else if (At(at) != '}') throw Fail(at, "expected ',' or '}'");
        }

        at++;
        if (!named) throw Fail(at, "the metric has no name");
    }

    private readonly string LabelName(ref int at, TextPool? pool)
    {
        var start = at;
        while (at < _body.Length && IsLabelByte(_body[at], at == start)) at++;
        if (at == start) throw Fail(at, "expected a label name");
        if (at < _body.Length && !LabelNameSpecials.Contains(_body[at])) throw Fail(at, "this does not belong in a label name; write such a name in quotes");
        return TextOf(_body[start..at], pool, start);
    }

    private readonly string Quoted(ref int at, TextPool? pool)
    {
        var end = EndOfQuoted(_body, at);
        if (end < 0) throw Fail(at, "a quoted text does not end");
        var inside = _body[(at + 1)..(end - 1)];
        var start = at;
        at = end;
        if (!inside.Contains((byte)'\\')) return TextOf(inside, pool, start);
        try
        {
            return Unescape(inside);
        }
        catch (FormatException e)
        {
            throw Fail(start, e.Message);
        }
    }

    private readonly string TextOf(ReadOnlySpan<byte> utf8, TextPool? pool, int at)
    {
        try
        {
            return pool?.Get(utf8) ?? TextPool.Decode(utf8);
        }
        catch (FormatException e)
        {
            throw Fail(at, e.Message);
        }
    }

    private readonly byte At(int at) => at < _body.Length ? _body[at] : throw Fail(_body.Length, "labels do not end");

    private readonly void SkipBlanks(ref int at)
    {
        while (at < _body.Length && _body[at] is (byte)' ' or (byte)'\t') at++;
    }

    /// <summary>Reads a line that begins with #; false when it says nothing.</summary>
    private bool ReadComment(out ExpositionItem item)
    {
        var start = _at;
        var end = _body[_at..].IndexOf((byte)'\n');
        var line = end < 0 ? _body[_at..] : _body.Slice(_at, end);
        _at += end < 0 ? line.Length : end + 1;
        if (_open && line.SequenceEqual("# EOF"u8))
        {
            if (_at < _body.Length) throw Fail(_at, "data goes on after # EOF");
            item = ExpositionItem.End;
            return true;
        }

        if (!_open && line.EndsWith((byte)'\r')) line = line[..^1];
        var rest = line[1..];
        var blanks = Blanks(rest);
        rest = rest[blanks..];
        item = rest.StartsWith("TYPE"u8) ? ExpositionItem.Type
            : rest.StartsWith("HELP"u8) ? ExpositionItem.Help
            : rest.StartsWith("UNIT"u8) ? ExpositionItem.Unit
            : ExpositionItem.End;
        if (_open && (item == ExpositionItem.End || blanks != 1 || rest.Length < 5 || rest[4] != ' ')) throw Fail(start, "expected # HELP, # TYPE, # UNIT or # EOF");
        if (item == ExpositionItem.End || blanks == 0 || (item == ExpositionItem.Unit && !_open)) return false;
        rest = rest[4..];
        var gap = Blanks(rest);
        if (gap == 0) return false;
        ReadMetadata(item, rest[gap..], start + line.Length - rest.Length + gap);
        return true;
    }

    private void ReadMetadata(ExpositionItem item, ReadOnlySpan<byte> rest, int at)
    {
        int length;
        if (rest.StartsWith("\""u8))
        {
            length = EndOfQuoted(rest, 0);
            if (length < 3) throw Fail(at, "expected a metric name");
            Name = rest[1..(length - 1)];
        }
        else
        {
            length = 0;
            while (length < rest.Length && IsNameByte(rest[length], length == 0)) length++;
            if (length == 0) throw Fail(at, "expected a metric name");
            Name = rest[..length];
        }

        rest = rest[length..];
        if (!rest.IsEmpty && rest[0] is not ((byte)' ' or (byte)'\t')) throw Fail(at + length, "this does not belong in a metric name");
        Text = rest.IsEmpty ? rest : rest[1..];
        if (item == ExpositionItem.Type)
        {
            Text = Text.Trim(" \t"u8);
            if (TypeOf(Text) is null) throw Fail(at + length + 1, $"\"{Printable(Text)}\" is no metric type");
        }
        else if (item == ExpositionItem.Unit && !Text.IsEmpty && !(Name.EndsWith(Text) && Name.Length > Text.Length && Name[^(Text.Length + 1)] == '_'))
        {
            throw Fail(at + length + 1, $"unit \"{Printable(Text)}\" is not the end of the metric's name");
        }
    }

    /// <summary>A type as <see cref="Storage.MetricMetadata"/> names it; null when there is no such type.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("counter"u8)) return "counter";
        if (text.SequenceEqual("gauge"u8)) return "gauge";
        if (text.SequenceEqual("histogram"u8)) return "histogram";
        if (text.SequenceEqual("summary"u8)) return "summary";
        if (text.SequenceEqual("untyped"u8) || text.SequenceEqual("unknown"u8)) return "unknown";
        if (text.SequenceEqual("gaugehistogram"u8)) return "gaugehistogram";
        if (text.SequenceEqual("info"u8)) return "info";
        return text.SequenceEqual("stateset"u8) ? "stateset" : null;
    }

    private void ReadOverExemplar()
    {
        var hash = _body[_at] == ' ' ? _at + 1 : _at;
        if (hash + 2 >= _body.Length || _body[hash] != '#' || _body[hash + 1] != ' ' || _body[hash + 2] != '{') return;
        _exemplarStart = hash + 2;
        _at = EndOfLabels(_exemplarStart);
        Blank("the exemplar's value");
        var rest = _body[_at..];
        if (!NumberText.TryRead(rest, out _, out var length)) throw Fail(_at, "the exemplar's value is no number");
        _at += length;
        if (_at < _body.Length && _body[_at] == ' ')
        {
            _at++;
            if (!NumberText.TryRead(_body[_at..], out var seconds, out length) || !double.IsFinite(seconds)) throw Fail(_at, "the exemplar's time is no number");
            _at += length;
        }

        _exemplarEnd = _at;
    }

    private static int Blanks(ReadOnlySpan<byte> text)
    {
        var count = text.IndexOfAnyExcept((byte)' ', (byte)'\t');
        return count < 0 ? text.Length : count;
    }

    private static bool IsNameByte(byte b, bool first) => b == ':' || IsLabelByte(b, first);

    private static bool IsLabelByte(byte b, bool first) =>
        (uint)((b | 0x20) - 'a') <= 'z' - 'a' || b == '_' || (!first && (uint)(b - '0') <= 9);
}
