using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Fairway.Edge.Upstream;

/// <summary>What a parser made of the bytes so far.</summary>
internal enum ParseOutcome
{
    /// <summary>Well-formed as far as it goes; more bytes are needed.</summary>
    NeedMore,

    /// <summary>Whole.</summary>
    Done,

    /// <summary>Not HTTP/1.1, or ambiguous: the connection must not be used again.</summary>
    Malformed,
}

/// <summary>
/// A response's status line and header section (RFC 9112 §4, §5), read strictly: bare line feeds, folded lines, white space before a colon, control
/// characters, two lengths, and a length beside a transfer coding are malformed. Reused for every response on a connection: a head that is the last one
/// again, byte for byte, is not read again.
/// </summary>
internal sealed class ResponseHead
{
    /// <summary>Most bytes a head may have.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int LongestRemembered = 1024;

    /// <summary>Most fields a head may have.</summary>
    public const int MaxFields = 256;

    private FieldLine[] _fields = [.. Enumerable.Range(0, 16).Select(_ => new FieldLine())];
    private int _scanned;
    private int _lineStart;
    private int _lines;
    private bool _isVersion10;
    private byte[] _whole = [];
    private int _wholeLength;

    /// <summary>Status code, 100 to 599.</summary>
    public int Status { get; private set; }

    /// <summary>The reason phrase when it is not the status' own; else null.</summary>
    public string? Reason { get; private set; }

    /// <summary>The fields in the order they came.</summary>
    public ReadOnlySpan<FieldLine> Fields => _fields.AsSpan(0, Math.Max(0, _lines - 1));

    /// <summary>The body's length; null when the head does not say.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>The body comes in chunks.</summary>
    public bool Chunked { get; private set; }

    /// <summary>The server closes the connection after this response.</summary>
    public bool Close { get; private set; }

    /// <summary>Further hop-by-hop fields that <c>Connection</c> names, lower case; null when none.</summary>
    public HashSet<string>? Named { get; private set; }

    /// <summary>Forgets what was read, for the next response.</summary>
    public void Reset() => (_scanned, _lineStart) = (0, 0);

    /// <summary>Reads on. Call with the same bytes and more after <see cref="ParseOutcome.NeedMore"/>.</summary>
    /// <param name="bytes">All bytes from the response's first on.</param>
    /// <param name="consumed">Length of the head when it is done.</param>
    public ParseOutcome Read(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        if (_scanned == 0)
        {
            if (_wholeLength > 0 && bytes.StartsWith(_whole.AsSpan(0, _wholeLength)))
            {
                consumed = _wholeLength;
                return ParseOutcome.Done;
            }
            (_wholeLength, _lines, ContentLength, Chunked, Close, Named) = (0, 0, null, false, false, null);
        }
        while (true)
        {
            var found = bytes[_scanned..].IndexOf((byte)'\n');
            if (found < 0)
            {
                _scanned = bytes.Length;
                return bytes.Length > MaxBytes ? ParseOutcome.Malformed : ParseOutcome.NeedMore;
            }
            var lineFeed = _scanned + found;
            if (lineFeed == _lineStart || bytes[lineFeed - 1] != '\r' || lineFeed >= MaxBytes) return ParseOutcome.Malformed;
            var line = bytes[_lineStart..(lineFeed - 1)];
            _scanned = _lineStart = lineFeed + 1;
            if (_lines == 0)
            {
                if (!TryReadStatusLine(line)) return ParseOutcome.Malformed;
            }
            else if (line.IsEmpty)
            {
                consumed = lineFeed + 1;
                return IsFramingClear() ? Remember(bytes[..consumed]) : ParseOutcome.Malformed;
            }
            else if (!TryReadField(line))
            {
                return ParseOutcome.Malformed;
            }
            _lines++;
        }
    }

    private ParseOutcome Remember(ReadOnlySpan<byte> head)
    {
        if (head.Length > LongestRemembered) return ParseOutcome.Done;
        if (_whole.Length < head.Length) _whole = new byte[Math.Max(256, head.Length)];
        head.CopyTo(_whole);
        _wholeLength = head.Length;
        return ParseOutcome.Done;
    }

    private bool TryReadStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ') return false;
        // A server of HTTP/1.0 may not know how to keep a connection, nor chunks.
        Close = _isVersion10 = line[7] == '0';
        if (!char.IsAsciiDigit((char)line[9]) || !char.IsAsciiDigit((char)line[10]) || !char.IsAsciiDigit((char)line[11])) return false;
        Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + line[11] - '0';
        if (Status is < 100 or > 599) return false;
        if (line.Length == 12) return SetReason([]);
        return line[12] == ' ' && HttpCharacters.IsFieldValue(line[13..]) && SetReason(line[13..]);
    }

    private bool SetReason(ReadOnlySpan<byte> reason)
    {
        if (reason.IsEmpty || Ascii.Equals(reason, ReasonPhrases.GetReasonPhrase(Status))) Reason = null;
        else if (Reason is null || !Ascii.Equals(reason, Reason)) Reason = Ascii.IsValid(reason) ? Encoding.ASCII.GetString(reason) : null;
        return true;
    }

    private bool TryReadField(ReadOnlySpan<byte> line)
    {
        var index = _lines - 1;
        if (index >= MaxFields) return false;
        if (index == _fields.Length) Grow();
        var field = _fields[index];
        if (!field.TryRead(line)) return false;
        return field.Role switch
        {
            FieldRole.ContentLength => TryReadLength(field.Value.ToString()),
            FieldRole.TransferEncoding => TryReadCoding(field.Value.ToString()),
            FieldRole.Connection => ReadConnection(field.Value.ToString()),
            _ => true,
        };
    }

    private void Grow()
    {
        var size = _fields.Length;
        Array.Resize(ref _fields, size * 2);
        for (var i = size; i < _fields.Length; i++) _fields[i] = new FieldLine();
    }

    private bool TryReadLength(string value)
    {
        // Digits only (no sign, no list) and at most 18 of them: no overflow to wrap around.
        if (ContentLength is not null || value.Length is 0 or > 18 || value.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        ContentLength = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        return true;
    }

    private bool TryReadCoding(string value)
    {
        if (Chunked || !value.Equals("chunked", StringComparison.OrdinalIgnoreCase)) return false;
        Chunked = true;
        return true;
    }

    private bool ReadConnection(string value)
    {
        foreach (var part in value.AsSpan().Split(','))
        {
            var option = value.AsSpan(part).Trim();
            if (option.IsEmpty || option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)) continue;
            if (option.Equals("close", StringComparison.OrdinalIgnoreCase)) Close = true;
            else (Named ??= new(StringComparer.OrdinalIgnoreCase)).Add(option.ToString());
        }
        return true;
    }

    // RFC 9112 §6.1: a transfer coding in HTTP/1.0 and a length beside a coding are both faulty framing.
    private bool IsFramingClear() => !Chunked || (ContentLength is null && !_isVersion10);
}
