using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Fairway.Edge.Upstream;

/// <summary>What a response field means to a proxy.</summary>
internal enum FieldRole
{
    /// <summary>Belongs to the message: passed on.</summary>
    EndToEnd,

    /// <summary>Belongs to the connection (RFC 9110 §7.6.1): not passed on.</summary>
    HopByHop,

    /// <summary><c>Connection</c>: names further hop-by-hop fields.</summary>
    Connection,

    /// <summary><c>Content-Length</c>: framing.</summary>
    ContentLength,

    /// <summary><c>Transfer-Encoding</c>: framing.</summary>
    TransferEncoding,
}

/// <summary>
/// One line of a header section. It remembers the bytes it was made of: a server mostly sends the same lines again on one connection, and those cost a
/// comparison instead of a parse and two strings.
/// </summary>
internal sealed class FieldLine
{
    // The server in front finds a field faster by these very strings than by equal ones.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Frequent = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.AcceptRanges, HeaderNames.AccessControlAllowOrigin, HeaderNames.Age, HeaderNames.CacheControl, HeaderNames.ContentDisposition,
        HeaderNames.ContentEncoding, HeaderNames.ContentLanguage, HeaderNames.ContentLength, HeaderNames.ContentSecurityPolicy, HeaderNames.ContentType,
        HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Location, HeaderNames.Pragma, HeaderNames.Server,
        HeaderNames.SetCookie, HeaderNames.StrictTransportSecurity, HeaderNames.Vary, HeaderNames.Via, HeaderNames.WWWAuthenticate,
        HeaderNames.XContentTypeOptions, HeaderNames.XFrameOptions, HeaderNames.XPoweredBy).GetAlternateLookup<ReadOnlySpan<char>>();

    private byte[] _raw = [];
    private int _length;

    /// <summary>The field's name as sent, or in its usual letter case.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The field's value without white space around it, one character a byte (Latin-1).</summary>
    public StringValues Value { get; private set; }

    /// <summary>What it means to a proxy.</summary>
    public FieldRole Role { get; private set; }

    /// <summary>Takes a line (without its CRLF); false when it is not a well-formed field line.</summary>
    public bool TryRead(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual(_raw.AsSpan(0, _length))) return _length > 0;
        _length = 0;
        var colon = line.IndexOf((byte)':');
        if (colon < 1) return false;
        // The token check also refuses white space before the colon and a folded line.
        var name = line[..colon];
        var value = HttpCharacters.TrimOws(line[(colon + 1)..]);
        if (!HttpCharacters.IsToken(name) || !HttpCharacters.IsFieldValue(value)) return false;
        if (!Ascii.EqualsIgnoreCase(name, Name)) (Name, Role) = (NameOf(name), RoleOf(name));
        Value = Encoding.Latin1.GetString(value);
        if (_raw.Length < line.Length) _raw = new byte[Math.Max(64, line.Length)];
        line.CopyTo(_raw);
        _length = line.Length;
        return true;
    }

    private static string NameOf(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[32];
        if (name.Length > text.Length) return Encoding.ASCII.GetString(name);
        text = text[..Encoding.ASCII.GetChars(name, text)];
        return Frequent.TryGetValue(text, out var known) ? known : text.ToString();
    }

    private static FieldRole RoleOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Is(name, "TE"u8) => FieldRole.HopByHop,
        7 when Is(name, "Upgrade"u8) || Is(name, "Trailer"u8) => FieldRole.HopByHop,
        10 when Is(name, "Connection"u8) => FieldRole.Connection,
        10 when Is(name, "Keep-Alive"u8) => FieldRole.HopByHop,
        13 when Is(name, "Fairway-Error"u8) => FieldRole.HopByHop,
        14 when Is(name, "Content-Length"u8) => FieldRole.ContentLength,
        16 when Is(name, "Proxy-Connection"u8) => FieldRole.HopByHop,
        17 when Is(name, "Transfer-Encoding"u8) => FieldRole.TransferEncoding,
        18 when Is(name, "Proxy-Authenticate"u8) => FieldRole.HopByHop,
        _ => FieldRole.EndToEnd,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(name, expected);
}
