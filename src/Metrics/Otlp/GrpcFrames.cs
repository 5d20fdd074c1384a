using System.Buffers.Binary;

namespace Fairway.Metrics.Otlp;

/// <summary>The frames in which gRPC sends messages over HTTP/2: a byte that says whether it is packed, the length, the message (gRPC over
/// HTTP2, "Length-Prefixed-Message").</summary>
public static class GrpcFrames
{
    /// <summary>Media type of gRPC with protobuf.</summary>
    public const string ContentType = "application/grpc";

    /// <summary>The call of OTLP metrics.</summary>
    public const string MetricsPath = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    /// <summary>Bytes before each message.</summary>
    public const int HeaderSize = 5;

    /// <summary>Reads a frame from the start of what arrived so far.</summary>
    /// <param name="bytes">What arrived.</param>
    /// <param name="most">Bytes a message may have.</param>
    /// <param name="packed">Whether it is packed, with the call's <c>grpc-encoding</c>.</param>
    /// <param name="message">The message within <paramref name="bytes"/>.</param>
    /// <returns>Bytes of the frame; zero when it has not arrived whole.</returns>
    /// <exception cref="FormatException">It is no frame, or its message is too large.</exception>
    public static int Read(ReadOnlySpan<byte> bytes, int most, out bool packed, out ReadOnlySpan<byte> message)
    {
        packed = false;
        message = default;
        if (bytes.Length < HeaderSize) return 0;
        if (bytes[0] > 1) throw new FormatException($"gRPC: the frame begins with {bytes[0]}, not 0 or 1");
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        if (length > (uint)most) throw new Ingest.BodyTooLargeException(most);
        if (bytes.Length - HeaderSize < length) return 0;
        packed = bytes[0] == 1;
        message = bytes.Slice(HeaderSize, (int)length);
        return HeaderSize + (int)length;
    }

    /// <summary>A frame with a message that is not packed.</summary>
    public static byte[] Write(ReadOnlySpan<byte> message)
    {
        var frame = new byte[HeaderSize + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    /// <summary>The <c>grpc-status</c> for an HTTP status (gRPC, "HTTP to gRPC Status Code Mapping", and OTLP's rules which failures may
    /// be tried again).</summary>
    public static int Status(int httpStatus) => httpStatus switch
    {
        >= 200 and < 300 => 0,
        400 => 3,
        413 => 8,
        415 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 13,
    };
}
