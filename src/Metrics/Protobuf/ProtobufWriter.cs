using System.Buffers.Binary;
using System.Text;

namespace Fairway.Metrics.Protobuf;

/// <summary>Writes protobuf fields into a buffer that grows and is used again. Messages inside are written in place: their length is
/// filled in when they end.</summary>
internal sealed class ProtobufWriter
{
    private byte[] _buffer = new byte[4096];

    /// <summary>Number of bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes written; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Empties it; keeps the room.</summary>
    public void Clear() => Length = 0;

    /// <summary>A varint field.</summary>
    public void Varint(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Raw(value);
    }

    /// <summary>A zig-zag field.</summary>
    public void SInt64(int field, long value) => Varint(field, ZigZag(value));

    /// <summary>A double field.</summary>
    public void Double(int field, double value) => Fixed64(field, (ulong)BitConverter.DoubleToInt64Bits(value));

    /// <summary>A field of eight bytes.</summary>
    public void Fixed64(int field, ulong value)
    {
        Tag(field, WireType.Fixed64);
        RawFixed64(value);
    }

    /// <summary>A text field.</summary>
    public void Text(int field, string value)
    {
        Tag(field, WireType.Bytes);
        Raw((ulong)Encoding.UTF8.GetByteCount(value));
        Length += Encoding.UTF8.GetBytes(value, Room(Encoding.UTF8.GetMaxByteCount(value.Length)));
    }

    /// <summary>A field of bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, WireType.Bytes);
        Raw((ulong)value.Length);
        value.CopyTo(Room(value.Length));
        Length += value.Length;
    }

    /// <summary>Fields that are written already.</summary>
    public void Append(ReadOnlySpan<byte> fields)
    {
        fields.CopyTo(Room(fields.Length));
        Length += fields.Length;
    }

    /// <summary>Begins a message or packed field.</summary>
    /// <returns>For <see cref="End"/>.</returns>
    public int Begin(int field)
    {
        Tag(field, WireType.Bytes);
        return Length;
    }

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    public void End(int begun)
    {
        var length = Length - begun;
        Span<byte> prefix = stackalloc byte[10];
        var size = Encode((ulong)length, prefix);
        Room(size);
        _buffer.AsSpan(begun, length).CopyTo(_buffer.AsSpan(begun + size));
        prefix[..size].CopyTo(_buffer.AsSpan(begun));
        Length += size;
    }

    /// <summary>A varint without a tag, as in a packed field.</summary>
    public void Raw(ulong value) => Length += Encode(value, Room(10));

    /// <summary>Eight bytes without a tag.</summary>
    public void RawFixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);
        Length += 8;
    }

    /// <summary>A signed number so that small ones stay small.</summary>
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static int Encode(ulong value, Span<byte> into)
    {
        var at = 0;
        while (value >= 0x80)
        {
            into[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[at++] = (byte)value;
        return at;
    }

    private void Tag(int field, WireType type) => Raw(((ulong)field << 3) | (uint)type);

    private Span<byte> Room(int size)
    {
        if (_buffer.Length - Length < size)
        {
            var larger = new byte[Math.Max(_buffer.Length * 2, Length + size)];
            _buffer.AsSpan(0, Length).CopyTo(larger);
            _buffer = larger;
        }

        return _buffer.AsSpan(Length);
    }
}
