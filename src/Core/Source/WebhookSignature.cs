using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Fairway.Source;

/// <summary>What a request to a webhook brought besides its body.</summary>
/// <param name="Header">A header's value by its name, of any case; null without one, or with several.</param>
public sealed record HookRequest(Func<string, string?> Header);

/// <summary>
/// Tells whether a webhook's request is its host's: GitHub's <c>X-Hub-Signature-256</c> (HMAC-SHA256 of the body, hex); GitLab's <c>X-Gitlab-Token</c> (the secret
/// itself) or, with a signing token (<c>whsec_…</c>), Standard Webhooks' <c>webhook-signature</c> (HMAC-SHA256 of id, time and body, base64). Compared in constant time.
/// </summary>
public static class WebhookSignature
{
    /// <summary>How far a signed time may be from ours.</summary>
    public static Duration Tolerance { get; } = Duration.FromMinutes(5);

    private const string SigningKey = "whsec_";

    /// <summary>Why it is not believed; null when it is.</summary>
    /// <param name="host">Who is said to have sent it.</param>
    /// <param name="request">Its headers.</param>
    /// <param name="body">Its exact bytes.</param>
    /// <param name="secret">What only both know; never empty.</param>
    /// <param name="now">The time.</param>
    public static string? Refuse(SourceHost host, HookRequest request, ReadOnlySpan<byte> body, string secret, Instant now)
        => secret.Length == 0 ? "no secret is configured" : host == SourceHost.GitHub ? RefuseGitHub(request, body, secret)
            : secret.StartsWith(SigningKey, StringComparison.Ordinal) ? RefuseSigned(request, body, secret, now) : RefuseToken(request, secret);

    private static string? RefuseGitHub(HookRequest request, ReadOnlySpan<byte> body, string secret)
    {
        const string Prefix = "sha256=";
        if (request.Header("X-Hub-Signature-256") is not { } sent) return "there is no X-Hub-Signature-256";
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        var given = new byte[HMACSHA256.HashSizeInBytes];
        var read = sent.Length == Prefix.Length + (2 * given.Length) && sent.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.FromHexString(sent.AsSpan(Prefix.Length), given, out _, out var written) == System.Buffers.OperationStatus.Done && written == given.Length;
        return CryptographicOperations.FixedTimeEquals(expected, given) && read ? null : "X-Hub-Signature-256 does not fit the body";
    }

    private static string? RefuseToken(HookRequest request, string secret)
    {
        if (request.Header("X-Gitlab-Token") is not { } sent) return "there is no X-Gitlab-Token";
        // Hashes are equally long, so that even the length stays secret.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(secret))) ? null : "X-Gitlab-Token is not the secret";
    }

    private static string? RefuseSigned(HookRequest request, ReadOnlySpan<byte> body, string secret, Instant now)
    {
        if (request.Header("webhook-id") is not { Length: > 0 } id || request.Header("webhook-timestamp") is not { } time || request.Header("webhook-signature") is not { } signatures)
            return "webhook-id, webhook-timestamp or webhook-signature is missing";
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799) return "webhook-timestamp is no time";
        var at = Instant.FromUnixTimeSeconds(seconds);
        if (at < now - Tolerance || at > now + Tolerance) return "webhook-timestamp is more than 5 minutes away from our clock";
        var key = new byte[secret.Length];
        if (!Convert.TryFromBase64String(secret[SigningKey.Length..], key, out var length)) return "the signing token is not base64 after whsec_";
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        var expected = HMACSHA256.HashData(key.AsSpan(0, length), signed);
        var fits = false;
        var given = new byte[64];
        // Several while a key is being changed.
        foreach (var one in signatures.Split(' ', 10))
            if (one.StartsWith("v1,", StringComparison.Ordinal) && one.Length < 80 && Convert.TryFromBase64String(one[3..], given, out var written))
                fits |= CryptographicOperations.FixedTimeEquals(expected, given.AsSpan(0, written));
        return fits ? null : "webhook-signature does not fit the body";
    }
}
