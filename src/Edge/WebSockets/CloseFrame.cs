using System.Buffers.Binary;

namespace Fairway.Edge.WebSockets;

/// <summary>Close frames (RFC 6455 §5.5.1) with the reason that the edge gives.</summary>
internal static class CloseFrame
{
    /// <summary>1012, Service Restart (IANA WebSocket close code registry): the client should come back, and finds a new instance.</summary>
    public static readonly byte[] ServiceRestart = [0x88, 17, 0x03, 0xf4, .. "service restart"u8];

    /// <summary>1001, Going Away, as a client says it: masked.</summary>
    public static byte[] GoingAway(uint mask)
    {
        var frame = new byte[] { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9 };
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(2), mask);
        frame[6] ^= frame[2];
        frame[7] ^= frame[3];
        return frame;
    }
}
