using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fairway.Artifacts;

/// <summary>One signature of an envelope.</summary>
/// <param name="KeyId">Which key made it; a hint, never a proof.</param>
/// <param name="Bytes">The signature: for ECDSA the DER form (RFC 3279, §2.2.3).</param>
public sealed record DsseSignature(string KeyId, ImmutableArray<byte> Bytes);

/// <summary>A signed document: DSSE 1.0 (github.com/secure-systems-lab/dsse).</summary>
/// <param name="PayloadType">What the payload is, such as <c>application/vnd.in-toto+json</c>.</param>
/// <param name="Payload">The document's bytes, exactly as they were signed.</param>
/// <param name="Signatures">At least one.</param>
public sealed record DsseEnvelope(string PayloadType, ImmutableArray<byte> Payload, ImmutableArray<DsseSignature> Signatures)
{
    /// <summary>Largest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Most signatures.</summary>
    public const int MaxSignatures = 32;

    /// <summary>
    /// What is signed: <c>PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body</c>, lengths in bytes, in decimal (DSSE protocol, "Signature
    /// Definition").
    /// </summary>
    public static byte[] Preauthenticate(string payloadType, ReadOnlySpan<byte> payload)
    {
        var type = Encoding.UTF8.GetBytes(payloadType);
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {type.Length} {payloadType} {payload.Length} "));
        return [.. head, .. payload];
    }

    /// <summary>What is signed.</summary>
    public byte[] Preauthenticated() => Preauthenticate(PayloadType, Payload.AsSpan());

    /// <summary>The envelope as JSON.</summary>
    public string Write()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteBase64String("payload", Payload.AsSpan());
            json.WriteString("payloadType", PayloadType);
            json.WriteStartArray("signatures");
            foreach (var signature in Signatures)
            {
                json.WriteStartObject();
                json.WriteString("keyid", signature.KeyId);
                json.WriteBase64String("sig", signature.Bytes.AsSpan());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Reads an envelope; standard and URL-safe Base64 are both taken, as the specification asks.</summary>
    /// <exception cref="FormatException">It is none, or past a limit.</exception>
    public static DsseEnvelope Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes) throw new FormatException($"the envelope is larger than {MaxBytes >> 20} MiB");
        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = 16 });
            var root = document.RootElement;
            var signatures = ImmutableArray.CreateBuilder<DsseSignature>();
            foreach (var signature in root.GetProperty("signatures").EnumerateArray())
            {
                if (signatures.Count >= MaxSignatures) throw new FormatException($"the envelope has more than {MaxSignatures} signatures");
                var id = signature.TryGetProperty("keyid", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
                signatures.Add(new(id, Bytes(signature.GetProperty("sig"))));
            }
            if (signatures.Count == 0) throw new FormatException("the envelope has no signature");
            return new(root.GetProperty("payloadType").GetString() ?? "", Bytes(root.GetProperty("payload")), signatures.ToImmutable());
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"it is no DSSE envelope: {malformed.Message}", malformed);
        }
    }

    private static ImmutableArray<byte> Bytes(JsonElement text)
    {
        var base64 = (text.GetString() ?? "").Replace('-', '+').Replace('_', '/').TrimEnd('=');
        return [.. Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='))];
    }
}
