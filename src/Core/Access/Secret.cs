using System.Security.Cryptography;
using System.Text;

namespace Fairway.Access;

/// <summary>
/// What is shown once and never stored: an id to find it by, and random text of 238 bits. Only the text's SHA-256 is kept; text of that strength needs no slow
/// hash.
/// </summary>
/// <param name="Id">Letters and digits.</param>
/// <param name="Text">Letters and digits.</param>
public sealed record Secret(string Id, string Text)
{
    /// <summary>Letters of both parts.</summary>
    public const string Letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Letters of an id.</summary>
    public const int IdLength = 12;

    /// <summary>Letters of the secret part: 62^40 is about 2^238.</summary>
    public const int TextLength = 40;

    private const string TokenMark = "fwy";

    /// <summary>What is kept of it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>As a token is written: <c>fwy_id_secret</c>. The mark lets scanners find one that leaked.</summary>
    public string AsToken => $"{TokenMark}_{Id}_{Text}";

    /// <summary>As a link's code and a session's cookie are written: <c>id.secret</c>.</summary>
    public string AsCode => $"{Id}.{Text}";

    /// <summary>A session's CSRF token: nobody can compute it who cannot read the cookie.</summary>
    public string CsrfToken => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Text), Encoding.UTF8.GetBytes("csrf:" + Id)));

    /// <summary>Whether this is the secret that a hash was made of, in a time that does not depend on where they differ.</summary>
    public bool Matches(string? hash)
        => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash), Encoding.ASCII.GetBytes(hash ?? ""));

    /// <summary>Reads a token; null when it is none.</summary>
    public static Secret? ParseToken(string? text) => Parse(text, '_', TokenMark);

    /// <summary>Reads a code or a cookie; null when it is none.</summary>
    public static Secret? ParseCode(string? text) => Parse(text, '.', null);

    /// <summary>Whether a text claims to be a token of ours.</summary>
    public static bool LooksLikeToken(string text) => text.StartsWith(TokenMark + "_", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"secret {Id}";

    private static Secret? Parse(string? text, char separator, string? mark)
    {
        // Nothing longer is ever ours, and nothing long is split.
        if (text is null || text.Length > 100) return null;
        var parts = text.Split(separator);
        if (mark is not null)
        {
            if (parts.Length != 3 || parts[0] != mark) return null;
            parts = parts[1..];
        }
        return parts is [{ Length: IdLength } id, { Length: TextLength } secret] && id.All(char.IsAsciiLetterOrDigit) && secret.All(char.IsAsciiLetterOrDigit)
            ? new(id, secret) : null;
    }
}
