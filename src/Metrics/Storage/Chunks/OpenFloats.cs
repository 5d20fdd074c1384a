using System.Buffers.Binary;
using System.Numerics;

namespace Fairway.Metrics.Storage;

/// <summary>
/// The float chunk a series writes to, bit for bit as Prometheus lays out its XOR chunks (two bytes of count, then the samples; Gorilla, VLDB 2015, §4.1).
/// Bits are only ever added behind those already there, so a reader that knows a count may decode while a writer goes on.
/// </summary>
internal struct OpenFloats
{
    /// <summary>Bytes behind the last bit that a write or a read may touch.</summary>
    public const int Slack = 32;

    private const int HeaderBits = 16;
    private const byte NoWindow = 0xff;

    private int _bits;
    private byte _leading;
    private byte _trailing;
    private long _delta;

    /// <summary>The chunk, with <see cref="Slack"/> behind it; null until the first sample.</summary>
    public byte[]? Bytes;

    /// <summary>Samples in the chunk.</summary>
    public ushort Count;

    /// <summary>Time of the first sample.</summary>
    public long First;

    /// <summary>Time of the newest sample; stays when the chunk is closed.</summary>
    public long Last;

    /// <summary>The newest value's bits; stay when the chunk is closed.</summary>
    public long LastBits;

    /// <summary>Bytes in use, the header's two among them.</summary>
    public readonly int Length => (_bits + 7) >> 3;

    /// <summary>Adds a sample newer than all before it.</summary>
    public void Add(long time, long bits)
    {
        if (Bytes is null) Bytes = new byte[96];
        else if (Bytes.Length - (_bits >> 3) < Slack) Array.Resize(ref Bytes, (Bytes.Length + (Bytes.Length >> 1) + 7) & ~7);
        if (Count >= 2)
        {
            var delta = time - Last;
            AddTime(delta - _delta);
            _delta = delta;
            AddValue(bits);
        }
        else if (Count == 0)
        {
            _bits = HeaderBits;
            First = time;
            Varint((ulong)((time << 1) ^ (time >> 63)));
            Write((ulong)bits >> 32, 32);
            Write((ulong)bits & 0xffffffff, 32);
            (_delta, _leading, _trailing) = (0, NoWindow, 0);
        }
        else
        {
            _delta = time - Last;
            Varint((ulong)_delta);
            AddValue(bits);
        }

        (Last, LastBits) = (time, bits);
        Count++;
    }

    /// <summary>Writes the count into the header: the bytes are then a whole XOR chunk.</summary>
    public readonly void Finish() => BinaryPrimitives.WriteUInt16BigEndian(Bytes, Count);

    /// <summary>Begins the next chunk, in the same bytes or in new ones where a reader may still look at these.</summary>
    public void Restart(bool keepBytes)
    {
        if (!keepBytes) Bytes = null;
        (Count, _bits) = (0, HeaderBits);
    }

    private void AddTime(long change)
    {
        if (change == 0) Write(0, 1);
        else if (Fits(change, 14)) Write((0b10UL << 14) | ((ulong)change & 0x3fff), 16);
        else if (Fits(change, 17)) Write((0b110UL << 17) | ((ulong)change & 0x1ffff), 20);
        else if (Fits(change, 20)) Write((0b1110UL << 20) | ((ulong)change & 0xfffff), 24);
        else
        {
            Write((0b1111UL << 32) | ((ulong)change >> 32), 36);
            Write((ulong)change & 0xffffffff, 32);
        }
    }

    private void AddValue(long bits)
    {
        var change = (ulong)(bits ^ LastBits);
        if (change == 0)
        {
            Write(0, 1);
            return;
        }

        var leading = Math.Min(BitOperations.LeadingZeroCount(change), 31);
        var trailing = BitOperations.TrailingZeroCount(change);
        if (_leading != NoWindow && leading >= _leading && trailing >= _trailing)
        {
            Long(0b10, 2, change >> _trailing, 64 - _leading - _trailing);
            return;
        }

        (_leading, _trailing) = ((byte)leading, (byte)trailing);
        var meant = 64 - leading - trailing;
        Long((0b11UL << 11) | ((ulong)leading << 6) | ((ulong)meant & 63), 13, change >> trailing, meant);
    }

    private void Long(ulong control, int controlBits, ulong value, int bits)
    {
        if (controlBits + bits <= 56)
        {
            Write((control << bits) | value, controlBits + bits);
            return;
        }

        Write(control, controlBits);
        if (bits > 56)
        {
            Write(value >> 32, bits - 32);
            Write(value & 0xffffffff, 32);
        }
        else Write(value, bits);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Write((value & 0x7f) | 0x80, 8);
            value >>= 7;
        }

        Write(value, 8);
    }

    // At most 56 bits. Rewrites the byte it begins in with the bits that are there already.
    private void Write(ulong value, int count)
    {
        var at = _bits >> 3;
        var offset = _bits & 7;
        var kept = (ulong)(Bytes![at] & (0xff00 >> offset) & 0xff) << 56;
        BinaryPrimitives.WriteUInt64BigEndian(Bytes.AsSpan(at), kept | (value << (64 - offset - count)));
        _bits += count;
    }

    private static bool Fits(long value, int bits) => value >= -((1L << (bits - 1)) - 1) && value <= 1L << (bits - 1);
}
