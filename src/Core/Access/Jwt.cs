using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Fairway.Access;

/// <summary>A signed token in its compact form (RFC 7515 7.1), taken apart; nothing in it is believed yet.</summary>
/// <param name="Algorithm">How it is signed; one of <see cref="Algorithms"/>.</param>
/// <param name="KeyId">Which of the issuer's keys; null when it does not say.</param>
/// <param name="Claims">The payload, an object.</param>
/// <param name="Signed">The bytes that are signed.</param>
/// <param name="Signature">The signature.</param>
public sealed record Jwt(string Algorithm, string? KeyId, JsonElement Claims, ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The only ones accepted: by public keys. Never <c>none</c>, never a shared secret (RFC 8725 3.1).</summary>
    public static ImmutableArray<string> Algorithms { get; } = ["RS256", "PS256", "ES256"];

    private const int Longest = 12 * 1024;

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">As it was sent.</param>
    /// <param name="problem">Why it is none, or one that is never accepted.</param>
    /// <returns>Null with a problem.</returns>
    public static Jwt? Parse(string text, out string problem)
    {
        problem = "the token is no signed JWT";
        if (text.Length > Longest || !Ascii.IsValid(text) || text.Split('.') is not [var head, var body, var signature]) return null;
        try
        {
            if (Decode(head) is not { } headBytes || Decode(body) is not { } bodyBytes || Decode(signature) is not { } signatureBytes) return null;
            using var header = JsonDocument.Parse(headBytes);
            var root = header.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            if (root.TryGetProperty("crit", out _))
            {
                problem = "the token demands what is not understood here (crit)";
                return null;
            }
            if (Text(root, "typ") is { } type && !(Is(type, "JWT") || Is(type, "at+jwt") || Is(type, "application/at+jwt")))
            {
                problem = "the token is of another type than JWT or at+jwt";
                return null;
            }
            if (Text(root, "alg") is not { } algorithm || !Algorithms.Contains(algorithm, StringComparer.Ordinal))
            {
                problem = $"the token is not signed by one of {string.Join(", ", Algorithms)}";
                return null;
            }
            using var claims = JsonDocument.Parse(bodyBytes);
            if (claims.RootElement.ValueKind != JsonValueKind.Object) return null;
            return new(algorithm, Text(root, "kid"), claims.RootElement.Clone(), Encoding.ASCII.GetBytes($"{head}.{body}"), signatureBytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A member that is text; null when it is absent or something else.</summary>
    public static string? Text(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Is(string text, string expected) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return !text.Contains('=', StringComparison.Ordinal) && Base64Url.TryDecodeFromChars(text, bytes, out var written) ? bytes[..written] : null;
    }
}
