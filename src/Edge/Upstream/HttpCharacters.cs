using System.Buffers;

namespace Fairway.Edge.Upstream;

/// <summary>The character classes of RFC 9110 §5.6.2 and §5.5.</summary>
internal static class HttpCharacters
{
    /// <summary><c>tchar</c>: what a field name or a method is made of.</summary>
    public static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What must not be in a field value: control characters other than tab.</summary>
    public static readonly SearchValues<byte> Forbidden = SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c != '\t').Select(c => (byte)c), 127]);

    /// <summary>Whether it is a token of at least one character.</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && bytes.IndexOfAnyExcept(Token) < 0;

    /// <summary>Whether it may be a field's value.</summary>
    public static bool IsFieldValue(ReadOnlySpan<byte> bytes) => bytes.IndexOfAny(Forbidden) < 0;

    /// <summary>Without the optional white space around it.</summary>
    public static ReadOnlySpan<byte> TrimOws(ReadOnlySpan<byte> bytes) => bytes.Trim(" \t"u8);
}
