using System.Buffers.Binary;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>The Snappy block format (github.com/google/snappy, format_description.txt).</summary>
public static class Snappy
{
    private const int BlockSize = 1 << 16;
    private const int TableBits = 14;

    /// <summary>Size of the text in a block, as the block tells it.</summary>
    /// <param name="block">All of it.</param>
    /// <param name="header">Bytes that the size takes.</param>
    /// <exception cref="FormatException">It tells none, or one a block of this size cannot hold.</exception>
    public static int DecodedSize(ReadOnlySpan<byte> block, out int header)
    {
        ulong size = 0;
        for (header = 0; header < 5; header++)
        {
            if (header >= block.Length) throw new FormatException("snappy: the block is cut off in its header");
            var b = block[header];
            size |= (ulong)(b & 0x7f) << (7 * header);
            if (b >= 0x80) continue;
            header++;
            // A copy of three bytes makes 64 at most, so nothing grows more than that.
            if (size > (ulong)block.Length * 64 || size > int.MaxValue) throw new FormatException($"snappy: {block.Length} bytes cannot hold the {size} the block promises");
            return (int)size;
        }

        throw new FormatException("snappy: the block's size is no number");
    }

    /// <summary>Unpacks a block.</summary>
    /// <param name="block">All of it.</param>
    /// <param name="into">At least <see cref="DecodedSize"/> bytes.</param>
    /// <returns>Bytes of the text.</returns>
    /// <exception cref="FormatException">The block is torn.</exception>
    public static int Decode(ReadOnlySpan<byte> block, Span<byte> into)
    {
        var size = DecodedSize(block, out var at);
        into = into[..size];
        var to = 0;
        while (at < block.Length)
        {
            var tag = block[at++];
            if ((tag & 3) == 0)
            {
                var length = LiteralLength(block, ref at, tag);
                if (length > block.Length - at || length > size - to) throw Torn();
                block.Slice(at, length).CopyTo(into[to..]);
                at += length;
                to += length;
            }
            else
            {
                var (length, offset) = Copy(block, ref at, tag);
                if (offset == 0 || offset > to || length > size - to) throw Torn();
                Repeat(into, to, offset, length);
                to += length;
            }
        }

        if (to != size) throw Torn();
        return size;
    }

    /// <summary>Room that <see cref="Encode"/> needs at most.</summary>
    public static int MostEncoded(int size) => 32 + size + (size / 6);

    /// <summary>Packs a text.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="into">At least <see cref="MostEncoded"/> bytes.</param>
    /// <returns>Bytes of the block.</returns>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var to = 0;
        var size = (uint)text.Length;
        for (; size >= 0x80; size >>= 7) into[to++] = (byte)(size | 0x80);
        into[to++] = (byte)size;
        var table = new ushort[1 << TableBits];
        for (var start = 0; start < text.Length; start += BlockSize)
        {
            Array.Clear(table);
            to = EncodeBlock(text.Slice(start, Math.Min(BlockSize, text.Length - start)), into, to, table);
        }

        return to;
    }

    private static int EncodeBlock(ReadOnlySpan<byte> text, Span<byte> into, int to, ushort[] table)
    {
        var (at, literal) = (1, 0);
        while (at + 4 <= text.Length)
        {
            var four = BinaryPrimitives.ReadUInt32LittleEndian(text[at..]);
            ref var slot = ref table[(four * 0x1e35a7bd) >> (32 - TableBits)];
            int candidate = slot;
            slot = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(text[candidate..]) != four)
            {
                // The longer nothing repeats, the fewer places are looked at.
                at += 1 + ((at - literal) >> 5);
                continue;
            }

            var length = 4 + text[(at + 4)..].CommonPrefixLength(text[(candidate + 4)..]);
            to = WriteLiteral(text[literal..at], into, to);
            to = WriteCopy(at - candidate, length, into, to);
            at += length;
            literal = at;
        }

        return WriteLiteral(text[literal..], into, to);
    }

    private static int WriteLiteral(ReadOnlySpan<byte> literal, Span<byte> into, int to)
    {
        if (literal.IsEmpty) return to;
        var n = literal.Length - 1;
        if (n < 60)
        {
            into[to++] = (byte)(n << 2);
        }
        else if (n < 256)
        {
            into[to++] = 60 << 2;
            into[to++] = (byte)n;
        }
        else
        {
            into[to++] = 61 << 2;
            into[to++] = (byte)n;
            into[to++] = (byte)(n >> 8);
        }

        literal.CopyTo(into[to..]);
        return to + literal.Length;
    }

    private static int WriteCopy(int offset, int length, Span<byte> into, int to)
    {
        // Never leaves less than four for the last copy, which the short form needs.
        while (length >= 68)
        {
            to = WriteLongCopy(offset, 64, into, to);
            length -= 64;
        }

        if (length > 64)
        {
            to = WriteLongCopy(offset, 60, into, to);
            length -= 60;
        }

        if (length >= 12 || offset >= 2048) return WriteLongCopy(offset, length, into, to);
        into[to++] = (byte)(((offset >> 8) << 5) | ((length - 4) << 2) | 1);
        into[to++] = (byte)offset;
        return to;
    }

    private static int WriteLongCopy(int offset, int length, Span<byte> into, int to)
    {
        into[to++] = (byte)(((length - 1) << 2) | 2);
        into[to++] = (byte)offset;
        into[to++] = (byte)(offset >> 8);
        return to;
    }

    private static int LiteralLength(ReadOnlySpan<byte> block, ref int at, byte tag)
    {
        var length = (uint)tag >> 2;
        if (length < 60) return (int)length + 1;
        var bytes = (int)length - 59;
        if (bytes > block.Length - at) throw Torn();
        length = 0;
        for (var i = 0; i < bytes; i++) length |= (uint)block[at + i] << (8 * i);
        at += bytes;
        return length >= int.MaxValue ? throw Torn() : (int)length + 1;
    }

    private static (int Length, int Offset) Copy(ReadOnlySpan<byte> block, ref int at, byte tag)
    {
        var bytes = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
        if (bytes > block.Length - at) throw Torn();
        var offset = bytes switch
        {
            1 => ((tag & 0xe0u) << 3) | block[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(block[at..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(block[at..]),
        };
        at += bytes;
        if (offset > int.MaxValue) throw Torn();
        return (bytes == 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1, (int)offset);
    }

    private static void Repeat(Span<byte> text, int to, int offset, int length)
    {
        if (offset >= length)
        {
            text.Slice(to - offset, length).CopyTo(text[to..]);
            return;
        }

        // The copy overlaps itself: a run of the last bytes.
        for (var i = 0; i < length; i++) text[to + i] = text[to + i - offset];
    }

    private static FormatException Torn() => new("snappy: the block is torn");
}
