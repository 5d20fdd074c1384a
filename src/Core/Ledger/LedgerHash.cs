using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Fairway.Kernel;

namespace Fairway.Ledger;

/// <summary>The hash of a record: SHA-256 over one line of canonical JSON (RFC 8785), so that any tool can recompute it.</summary>
/// <remarks>
/// The bytes, without white space and without a line end:
/// <code>{"actor":…,"at":…,"cause":…,"data":…,"previousHash":…,"seq":…,"stream":…,"type":…,"version":…}</code>
/// <c>seq</c>, <c>version</c> and <c>cause</c> are whole numbers (<c>cause</c> is <c>null</c> for a beginning); <c>data</c> is the record's
/// data as JSON, not as a string of JSON; <c>at</c> has nine digits of fraction; <c>previousHash</c> is 64 hex digits, all zero for the
/// first record. The hash is written in lower-case hex.
/// </remarks>
public static class LedgerHash
{
    /// <summary>What stands where the first record's previous hash would be.</summary>
    public const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Length of a hash in hex digits.</summary>
    public const int Length = 64;

    /// <summary>The hash of all of a record's fields but the hash itself, in lower-case hex.</summary>
    public static string Of(StoredRecord record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Compute(record, new ArrayBufferWriter<byte>(record.Data.Length + 512), hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The bytes that are hashed.</summary>
    public static byte[] Preimage(StoredRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(record.Data.Length + 512);
        WritePreimage(record, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The hash as 32 bytes; <paramref name="scratch"/> is cleared and used again, for those who hash many.</summary>
    public static void Compute(StoredRecord record, ArrayBufferWriter<byte> scratch, Span<byte> hash)
    {
        scratch.ResetWrittenCount();
        WritePreimage(record, scratch);
        SHA256.HashData(scratch.WrittenSpan, hash);
    }

    private static void WritePreimage(StoredRecord record, ArrayBufferWriter<byte> output)
    {
        output.Write("{\"actor\":"u8);
        CanonicalJson.WriteString(output, record.Actor.Span);
        output.Write(",\"at\":"u8);
        CanonicalJson.WriteString(output, record.At.Span);
        output.Write(",\"cause\":"u8);
        if (record.Cause is { } cause) WriteInteger(output, cause);
        else output.Write("null"u8);
        output.Write(",\"data\":"u8);
        output.Write(record.Data.Span);
        output.Write(",\"previousHash\":"u8);
        CanonicalJson.WriteString(output, record.PreviousHash.Span);
        output.Write(",\"seq\":"u8);
        WriteInteger(output, record.Seq);
        output.Write(",\"stream\":"u8);
        CanonicalJson.WriteString(output, record.Stream.Span);
        output.Write(",\"type\":"u8);
        CanonicalJson.WriteString(output, record.Type.Span);
        output.Write(",\"version\":"u8);
        WriteInteger(output, record.Version);
        output.Write("}"u8);
    }

    private static void WriteInteger(ArrayBufferWriter<byte> output, long value)
    {
        var span = output.GetSpan(20);
        Utf8Formatter.TryFormat(value, span, out var written);
        output.Advance(written);
    }
}
