namespace Fairway.Edge.Upstream;

/// <summary>What <see cref="ChunkDecoder.Next"/> found.</summary>
internal enum ChunkStep
{
    /// <summary>Nothing whole yet: call again with more bytes.</summary>
    NeedMore,

    /// <summary>A piece of the body.</summary>
    Data,

    /// <summary>The end, with all trailers read.</summary>
    End,

    /// <summary>Not the chunked coding: the connection must not be used again.</summary>
    Malformed,
}

/// <summary>
/// Takes the chunked transfer coding apart (RFC 9112 §7.1), strictly: CRLF only, hexadecimal digits only, bounded extensions and trailers. Extensions
/// are dropped, as a recipient that does not know them must.
/// </summary>
internal sealed class ChunkDecoder
{
    private const int MaxLineBytes = 4096;
    private const int MaxTrailers = 64;
    private const int MaxTrailerBytes = 16 * 1024;

    private readonly List<FieldLine> _trailers = [];
    private Part _part;
    private long _left;
    private int _trailerBytes;

    private enum Part
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        Over,
    }

    /// <summary>The trailer fields; complete at <see cref="ChunkStep.End"/>.</summary>
    public IReadOnlyList<FieldLine> Trailers => _trailers;

    /// <summary>Starts a new body.</summary>
    public void Reset()
    {
        _trailers.Clear();
        (_part, _left, _trailerBytes) = (Part.Size, 0, 0);
    }

    /// <summary>The next step in these bytes.</summary>
    /// <param name="bytes">Bytes not yet consumed.</param>
    /// <param name="consumed">How many of them this step takes.</param>
    /// <param name="data">The piece of the body, for <see cref="ChunkStep.Data"/>; lies within <paramref name="bytes"/>.</param>
    public ChunkStep Next(ReadOnlySpan<byte> bytes, out int consumed, out ReadOnlySpan<byte> data)
    {
        consumed = 0;
        data = default;
        while (true)
        {
            if (_part == Part.Data)
            {
                var available = (int)Math.Min(_left, bytes.Length - consumed);
                if (available == 0) return ChunkStep.NeedMore;
                data = bytes.Slice(consumed, available);
                consumed += available;
                _left -= available;
                if (_left == 0) _part = Part.DataEnd;
                return ChunkStep.Data;
            }
            var rest = bytes[consumed..];
            var lineFeed = rest.IndexOf((byte)'\n');
            if (lineFeed < 0) return rest.Length > LongestLine ? ChunkStep.Malformed : ChunkStep.NeedMore;
            if (lineFeed == 0 || lineFeed > LongestLine || rest[lineFeed - 1] != '\r') return ChunkStep.Malformed;
            var line = rest[..(lineFeed - 1)];
            consumed += lineFeed + 1;
            if (!TryTakeLine(line)) return ChunkStep.Malformed;
            if (_part == Part.Over) return ChunkStep.End;
        }
    }

    private int LongestLine => _part == Part.DataEnd ? 1 : MaxLineBytes;

    private bool TryTakeLine(ReadOnlySpan<byte> line)
    {
        switch (_part)
        {
            case Part.DataEnd:
                _part = Part.Size;
                return line.IsEmpty;
            case Part.Size:
                if (!TryReadSize(line, out _left)) return false;
                _part = _left == 0 ? Part.Trailers : Part.Data;
                return true;
            default:
                if (!line.IsEmpty) return TryAddTrailer(line);
                _part = Part.Over;
                return true;
        }
    }

    private static bool TryReadSize(ReadOnlySpan<byte> line, out long size)
    {
        size = 0;
        var digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            // 15 digits are 2^60: no overflow to wrap around.
            if (digits == 15) return false;
            size = (size << 4) | (uint)HexValue(line[digits]);
            digits++;
        }
        if (digits == 0) return false;
        var extension = HttpCharacters.TrimOws(line[digits..]);
        return line.Length == digits || (!extension.IsEmpty && extension[0] == ';' && HttpCharacters.IsFieldValue(extension));
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private bool TryAddTrailer(ReadOnlySpan<byte> line)
    {
        _trailerBytes += line.Length;
        if (_trailers.Count == MaxTrailers || _trailerBytes > MaxTrailerBytes) return false;
        var field = new FieldLine();
        if (!field.TryRead(line)) return false;
        _trailers.Add(field);
        return true;
    }
}
