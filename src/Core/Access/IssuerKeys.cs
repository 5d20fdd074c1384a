using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Fairway.Access;

/// <summary>An issuer's public keys (JSON Web Key Set, RFC 7517), and signatures checked by them (RFC 7518 3).</summary>
public sealed class IssuerKeys
{
    private const int LeastRsaBits = 2048;
    private readonly ImmutableArray<Key> _keys;

    private IssuerKeys(ImmutableArray<Key> keys) => _keys = keys;

    /// <summary>How many can be used.</summary>
    public int Count => _keys.Length;

    /// <summary>The keys of a set that can be used here; others are passed over.</summary>
    /// <exception cref="JsonException">It is no key set.</exception>
    public static IssuerKeys Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            throw new JsonException("a key set is an object with keys");
        return new([.. keys.EnumerateArray().Select(Read).OfType<Key>()]);
    }

    /// <summary>Whether one of the keys might have signed a token: of its id when it has one, and of its kind.</summary>
    public bool Knows(Jwt jwt) => Fitting(jwt).Any();

    /// <summary>Whether one of the keys signed a token.</summary>
    public bool Verify(Jwt jwt) => Fitting(jwt).Any(key => Verify(key, jwt));

    private IEnumerable<Key> Fitting(Jwt jwt) => _keys.Where(key =>
        (jwt.KeyId is null || key.Id == jwt.KeyId) && (key.Algorithm is null || key.Algorithm == jwt.Algorithm) && (jwt.Algorithm == "ES256" ? key.Curve is not null : key.Rsa is not null));

    private static bool Verify(Key key, Jwt jwt)
    {
        if (key.Curve is { } curve)
        {
            using var ecdsa = ECDsa.Create(curve);
            return ecdsa.VerifyData(jwt.Signed.Span, jwt.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        using var rsa = RSA.Create(key.Rsa!.Value);
        return rsa.VerifyData(jwt.Signed.Span, jwt.Signature.Span, HashAlgorithmName.SHA256, jwt.Algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private static Key? Read(JsonElement key)
    {
        if (Jwt.Text(key, "use") is { } use && use != "sig") return null;
        var (id, algorithm) = (Jwt.Text(key, "kid"), Jwt.Text(key, "alg"));
        try
        {
            switch (Jwt.Text(key, "kty"))
            {
                case "RSA" when Bytes(key, "n") is { } n && Bytes(key, "e") is { } e:
                    var rsa = new RSAParameters { Modulus = n, Exponent = e };
                    using (var usable = RSA.Create(rsa)) return usable.KeySize >= LeastRsaBits ? new(id, algorithm, rsa, null) : null;
                case "EC" when Jwt.Text(key, "crv") == "P-256" && Bytes(key, "x") is { Length: 32 } x && Bytes(key, "y") is { Length: 32 } y:
                    var curve = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = x, Y = y } };
                    // A point that is not on the curve is refused here.
                    using (ECDsa.Create(curve)) return new(id, algorithm, null, curve);
                default:
                    return null;
            }
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(JsonElement key, string name)
    {
        if (Jwt.Text(key, name) is not { } text) return null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.TryDecodeFromChars(text, bytes, out var written) ? bytes[..written] : null;
    }

    private sealed record Key(string? Id, string? Algorithm, RSAParameters? Rsa, ECParameters? Curve);
}
