using System.Buffers.Binary;

namespace Fairway.Edge.WebSockets;

/// <summary>
/// Follows one direction of a WebSocket without changing it, to know where a frame ends (RFC 6455 §5.2): only there may another frame be put in. Control
/// frames may come between the fragments of a message, so the end of any frame will do.
/// </summary>
internal sealed class FrameTracker
{
    private const int CloseOpcode = 8;

    private readonly byte[] _head = new byte[14];
    private int _headLength;
    private ulong _payloadLeft;

    /// <summary>The last byte followed was a frame's last, or none was followed yet.</summary>
    public bool AtBoundary => _headLength == 0 && _payloadLeft == 0;

    /// <summary>A close frame has begun: its sender sends no other frame after it.</summary>
    public bool SawClose { get; private set; }

    /// <summary>Follows bytes, up to the end of the frame they begin in. Returns how many that are; all of them when the frame goes on.</summary>
    public int FollowFrame(ReadOnlySpan<byte> bytes)
    {
        var followed = 0;
        while (followed < bytes.Length)
        {
            if (_payloadLeft == 0 || _headLength > 0)
            {
                _head[_headLength++] = bytes[followed++];
                if (!TryReadHead()) continue;
                _headLength = 0;
                if (_payloadLeft == 0) return followed;
                continue;
            }
            var piece = (int)Math.Min(_payloadLeft, (ulong)(bytes.Length - followed));
            followed += piece;
            _payloadLeft -= (ulong)piece;
            if (_payloadLeft == 0) return followed;
        }
        return followed;
    }

    /// <summary>Follows all of these bytes.</summary>
    public void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[FollowFrame(bytes)..];
    }

    private bool TryReadHead()
    {
        if (_headLength < 2) return false;
        var length = _head[1] & 0x7f;
        var extended = length switch { 126 => 2, 127 => 8, _ => 0 };
        var masked = (_head[1] & 0x80) != 0 ? 4 : 0;
        if (_headLength < 2 + extended + masked) return false;
        _payloadLeft = extended switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
            8 => BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(2)),
            _ => (ulong)length,
        };
        if ((_head[0] & 0x0f) == CloseOpcode) SawClose = true;
        return true;
    }
}
