using System.Buffers.Binary;

namespace Fairway.Metrics.Protobuf;

/// <summary>How a field is laid out (protobuf encoding, wire types).</summary>
internal enum WireType { Varint = 0, Fixed64 = 1, Bytes = 2, StartGroup = 3, EndGroup = 4, Fixed32 = 5 }

/// <summary>Reads the fields of one protobuf message, without allocating. Messages inside are spans of their own. Unknown fields are
/// skipped by the caller with <see cref="Skip"/>.</summary>
/// <exception cref="FormatException">From every member that reads: the message is torn or no protobuf; says at which byte of
/// it.</exception>
internal ref struct ProtobufReader(ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> _message = encoded;

    /// <summary>Where the next byte is read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether bytes are left.</summary>
    public readonly bool More => Position < _message.Length;

    /// <summary>Number of the field read last.</summary>
    public int Field { get; private set; }

    /// <summary>Layout of the field read last.</summary>
    public WireType Type { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (Position >= _message.Length) return false;
        var first = _message[Position];
        ulong tag = first;
        if (first < 0x80) Position++;
        else tag = Varint();
        Field = (int)(tag >> 3);
        Type = (WireType)(tag & 7);
        if (Field == 0 || tag > uint.MaxValue) throw Broken("no field number");
        return true;
    }

    /// <summary>An unsigned varint.</summary>
    public ulong Varint()
    {
        var message = _message;
        var position = Position;
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if ((uint)position >= (uint)message.Length) throw Broken("a number is cut off");
            var b = message[position++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b >= 0x80) continue;
            Position = position;
            return value;
        }

        throw Broken("a number of more than ten bytes");
    }

    /// <summary>The value of a varint field, as int64, int32, enum or bool.</summary>
    public long Int64() => (long)UInt64();

    /// <summary>The value of a varint field, unsigned.</summary>
    public ulong UInt64()
    {
        Expect(WireType.Varint);
        return Varint();
    }

    /// <summary>The value of a zig-zag field (sint32, sint64).</summary>
    public long SInt64()
    {
        var value = UInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>The value of a double field, bit for bit.</summary>
    public double Double() => BitConverter.Int64BitsToDouble((long)Fixed64());

    /// <summary>The value of a field of eight bytes.</summary>
    public ulong Fixed64()
    {
        Expect(WireType.Fixed64);
        return RawFixed64();
    }

    /// <summary>The bytes of a message, text or packed field.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(WireType.Bytes);
        var length = Varint();
        if (length > (ulong)(_message.Length - Position)) throw Broken($"field {Field} is cut off");
        var bytes = _message.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }

    /// <summary>Eight bytes without a tag, as in a packed field.</summary>
    public ulong RawFixed64()
    {
        if (_message.Length - Position < 8) throw Broken("eight bytes are cut off");
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_message[Position..]);
        Position += 8;
        return value;
    }

    /// <summary>Goes over bytes that the caller looks at otherwise.</summary>
    public void Jump(int length) => Position += length;

    /// <summary>Goes over the value of the field read last.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                RawFixed64();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed32:
                if (_message.Length - Position < 4) throw Broken("four bytes are cut off");
                Position += 4;
                break;
            default:
                throw Broken($"field {Field} has wire type {(int)Type}, which nobody writes");
        }
    }

    private readonly FormatException Broken(string what) => new($"protobuf: {what} (byte {Position})");

    private readonly void Expect(WireType type)
    {
        if (Type != type) throw Broken($"field {Field} has wire type {(int)Type}, not {(int)type}");
    }
}
