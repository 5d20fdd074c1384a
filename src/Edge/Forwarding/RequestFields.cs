namespace Fairway.Edge.Forwarding;

/// <summary>What becomes of a request's field on its way to the instance.</summary>
internal enum FieldFate
{
    /// <summary>Passed on as it is.</summary>
    Keep,

    /// <summary>Belongs to the connection, or is written by the edge itself.</summary>
    Drop,

    /// <summary>Tells where a request came from: passed on only from a trusted proxy.</summary>
    Provenance,

    /// <summary>Joined to one field, which HTTP/2 may split (RFC 9113 §8.2.3), without the console's own.</summary>
    Cookie,

    /// <summary>Belongs to the trace; passed on when the trace is.</summary>
    TraceState,

    /// <summary>The edge's own name space: clients cannot speak for it.</summary>
    Fairway,
}

/// <summary>
/// Which fields of a request go on. An underscore counts as a hyphen: gateways of the CGI family cannot tell <c>X_Forwarded_For</c> from
/// <c>X-Forwarded-For</c>, so a client must not get past the edge with it.
/// </summary>
internal static class RequestFields
{
    /// <summary>What becomes of the field of that name.</summary>
    public static FieldFate FateOf(string name)
    {
        switch (name.Length)
        {
            case 2 when Is(name, "TE"):
            case 4 when Is(name, "Host"):
            case 5 when Is(name, "Proxy"):
            case 6 when Is(name, "Expect"):
            case 7 when Is(name, "Upgrade") || Is(name, "Trailer"):
            case 10 when Is(name, "Connection") || Is(name, "Keep-Alive"):
            case 11 when Is(name, "traceparent"):
            case 12 when Is(name, "X-Request-Id"):
            case 14 when Is(name, "Content-Length") || Is(name, "HTTP2-Settings"):
            case 15 when Is(name, "X-Forwarded-For"):
            case 16 when Is(name, "Proxy-Connection"):
            case 17 when Is(name, "Transfer-Encoding"):
            case 19 when Is(name, "Proxy-Authorization"):
                return FieldFate.Drop;
            case 6 when Is(name, "Cookie"):
                return FieldFate.Cookie;
            case 9 when Is(name, "Forwarded") || Is(name, "X-Real-IP"):
                return FieldFate.Provenance;
            case 10 when Is(name, "tracestate"):
                return FieldFate.TraceState;
        }
        if (name.Length > 12 && Is(name.AsSpan(0, 12), "X-Forwarded-")) return FieldFate.Provenance;
        if (name.Length > 8 && Is(name.AsSpan(0, 8), "Fairway-")) return FieldFate.Fairway;
        // HTTP/2 pseudo-header fields are not fields.
        return name.Length == 0 || name[0] == ':' ? FieldFate.Drop : FieldFate.Keep;
    }

    private static bool Is(ReadOnlySpan<char> name, string expected)
    {
        // Most names differ in the first character, whatever its case.
        if ((name[0] | 0x20) != (expected[0] | 0x20)) return false;
        if (name.Equals(expected, StringComparison.OrdinalIgnoreCase)) return true;
        if (!name.Contains('_')) return false;
        for (var i = 0; i < name.Length; i++)
            if (char.ToLowerInvariant(name[i] == '_' ? '-' : name[i]) != char.ToLowerInvariant(expected[i])) return false;
        return true;
    }
}
