using System.Security.Cryptography;

namespace Fairway.Artifacts;

/// <summary>A public key that signs provenance: ECDSA on P-256 with SHA-256.</summary>
/// <param name="Id">SHA-256 of its SubjectPublicKeyInfo in DER, lower-case hex.</param>
/// <param name="Spki">Its SubjectPublicKeyInfo (RFC 5280, §4.1) in DER.</param>
public sealed record ProvenanceKey(string Id, ImmutableArray<byte> Spki)
{
    /// <summary>The key of a SubjectPublicKeyInfo.</summary>
    /// <exception cref="FormatException">It is no P-256 key.</exception>
    public static ProvenanceKey Of(ReadOnlySpan<byte> spki)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out var read);
            if (read != spki.Length || key.KeySize != 256) throw new FormatException("the key is not one on P-256");
            return new(Convert.ToHexStringLower(SHA256.HashData(spki)), [.. spki]);
        }
        catch (CryptographicException malformed)
        {
            throw new FormatException($"it is no public key: {malformed.Message}", malformed);
        }
    }

    /// <summary>Reads a PEM text (RFC 7468), as <see cref="Pem"/> writes it.</summary>
    /// <exception cref="FormatException">It holds no P-256 public key.</exception>
    public static ProvenanceKey Parse(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PUBLIC KEY") throw new FormatException("it holds no \"-----BEGIN PUBLIC KEY-----\"");
        return Of(Convert.FromBase64String(pem[fields.Base64Data]));
    }

    /// <summary>The key as PEM.</summary>
    public string Pem() => PemEncoding.WriteString("PUBLIC KEY", Spki.AsSpan()) + "\n";

    /// <summary>Whether the signature of an envelope is this key's.</summary>
    public bool Signed(DsseEnvelope envelope, DsseSignature signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Spki.AsSpan(), out _);
        return key.VerifyData(envelope.Preauthenticated(), signature.Bytes.AsSpan(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
