using System.IO.Compression;

namespace Fairway.Metrics.Ingest;

/// <summary>A body is larger than allowed once unpacked.</summary>
public sealed class BodyTooLargeException(long most) : FormatException($"the body is larger than {most} bytes")
{
    /// <summary>Bytes allowed.</summary>
    public long Most { get; } = most;
}

/// <summary>The content encodings of HTTP that clients of metrics use: gzip, deflate, none.</summary>
public static class ContentCoding
{
    /// <summary>Whether we unpack it.</summary>
    public static bool IsKnown(string? encoding) => string.IsNullOrEmpty(encoding) || encoding.ToLowerInvariant() is "gzip" or "x-gzip" or "deflate" or "identity";

    /// <summary>A stream of the unpacked body.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="encoding">A known one.</param>
    public static Stream Unpack(Stream body, string? encoding) => (encoding ?? "").ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress),
        _ => body,
    };

    /// <summary>The unpacked body.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="encoding">A known one.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="BodyTooLargeException">It has more.</exception>
    /// <exception cref="FormatException">It is torn.</exception>
    public static ReadOnlyMemory<byte> Unpack(byte[] body, string? encoding, int most)
    {
        using var packed = new MemoryStream(body, writable: false);
        using var stream = Unpack(packed, encoding);
        if (ReferenceEquals(stream, packed)) return body.Length <= most ? body : throw new BodyTooLargeException(most);
        var unpacked = new byte[Math.Min(Math.Max(body.Length * 4L, 1024), most + 1L)];
        var length = 0;
        try
        {
            for (int read; (read = stream.Read(unpacked, length, unpacked.Length - length)) > 0;)
            {
                length += read;
                if (length > most) throw new BodyTooLargeException(most);
                if (length == unpacked.Length) Array.Resize(ref unpacked, (int)Math.Min(unpacked.Length * 2L, most + 1L));
            }
        }
        catch (InvalidDataException e)
        {
            throw new FormatException($"the {encoding} body is torn: {e.Message}", e);
        }

        return unpacked.AsMemory(0, length);
    }
}
