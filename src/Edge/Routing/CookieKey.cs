using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace Fairway.Edge.Routing;

/// <summary>The cookie that keeps a user on one arm: read without allocating, issued with 128 random bits.</summary>
internal static class CookieKey
{
    private const int IdBytes = 16;

    /// <summary>The cookie's value in the request's <c>Cookie</c> headers (RFC 6265 §4.2.1); empty when there is none.</summary>
    public static ReadOnlySpan<char> Find(StringValues cookies, string name)
    {
        foreach (var line in cookies)
        {
            var rest = line.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf(';');
                var pair = (end < 0 ? rest : rest[..end]).Trim(' ');
                if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal))
                    return pair[(name.Length + 1)..].Trim('"');
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
        return default;
    }

    /// <summary>A new user's id: 22 characters.</summary>
    public static string NewId()
    {
        Span<byte> id = stackalloc byte[IdBytes];
        RandomNumberGenerator.Fill(id);
        return Base64Url.EncodeToString(id);
    }

    /// <summary>The <c>Set-Cookie</c> value. A session cookie: it matters for the length of a rollout and is nobody's business afterwards.</summary>
    public static string Header(string name, string id, bool https) => $"{name}={id}; Path=/; HttpOnly; SameSite=Lax{(https ? "; Secure" : "")}";
}
