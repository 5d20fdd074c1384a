using System.Buffers.Binary;
using System.Text;

namespace Fairway.Metrics.Storage;

/// <summary>Bytes that grow. Numbers are little-endian; varints are LEB128, signed ones folded (zigzag).</summary>
internal sealed class ByteWriter
{
    private byte[] _bytes = new byte[256];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written, with room behind it that the next write may change.</summary>
    public byte[] Buffer => _bytes;

    /// <summary>Forgets all behind a position.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Room for more bytes; <see cref="Advance"/> takes them.</summary>
    public Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Takes bytes written into <see cref="Room"/>.</summary>
    public void Advance(int count) => Length += count;

    public void Byte(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
        Length += 4;
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);
        Length += 8;
    }

    public void Varint(ulong value)
    {
        var room = Room(10);
        var at = 0;
        while (value >= 0x80)
        {
            room[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[at++] = (byte)value;
        Length += at;
    }

    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>UTF-8 behind its length.</summary>
    public void Text(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        Varint((ulong)count);
        Encoding.UTF8.GetBytes(text, Room(count));
        Length += count;
    }
}

/// <summary>Reads what <see cref="ByteWriter"/> wrote.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int At { get; set; }

    public readonly bool AtEnd => At >= _bytes.Length;

    public byte Byte() => At < _bytes.Length ? _bytes[At++] : throw Short();

    public uint U32()
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(Raw(4));
        return value;
    }

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Raw(8));

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("a number is longer than 64 bits");
    }

    public long Signed()
    {
        var folded = Varint();
        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }

    /// <summary>A number that counts something that is there: never more than the bytes left.</summary>
    public int Count()
    {
        var value = Varint();
        return value <= (ulong)(_bytes.Length - At) ? (int)value : throw Short();
    }

    public ReadOnlySpan<byte> Raw(int count)
    {
        if ((uint)count > (uint)(_bytes.Length - At)) throw Short();
        At += count;
        return _bytes.Slice(At - count, count);
    }

    public string Text() => Encoding.UTF8.GetString(Raw(Count()));

    private readonly InvalidDataException Short() => new($"it ends at byte {_bytes.Length}, before it should");
}
