using System.Buffers;
using System.Security.Cryptography;

namespace Fairway.Catalog;

/// <summary>Names of contents: <c>sha256:</c> and 64 lower-case hex digits, as the OCI image specification writes them.</summary>
public static class ContentDigest
{
    /// <summary>What every digest begins with.</summary>
    public const string Prefix = "sha256:";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a text is a whole digest.</summary>
    public static bool IsDigest(string? text)
        => text is { Length: 71 } && text.StartsWith(Prefix, StringComparison.Ordinal) && !text.AsSpan(Prefix.Length).ContainsAnyExcept(HexDigits);

    /// <summary>Its 64 hex digits.</summary>
    /// <exception cref="ArgumentException">Not a digest.</exception>
    public static string Hex(string digest) => IsDigest(digest) ? digest[Prefix.Length..]
        : throw new ArgumentException($"'{digest}' is no digest; it is written sha256: and 64 hex digits", nameof(digest));

    /// <summary>The digest of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content) => Prefix + Convert.ToHexStringLower(SHA256.HashData(content));
}
