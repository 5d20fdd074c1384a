using System.Buffers.Binary;
using System.Numerics;

namespace Fairway.Metrics.Storage;

/// <summary>
/// A column of integers as differences from a reference, all in the same number of bits; the few that need more stand apart (patched frame of
/// reference: Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", ICDE 2006). Layout: reference (signed varint), width (byte), exceptions
/// (varint count, then position and signed difference each), then the bits, lowest first.
/// </summary>
internal static class PackedIntegers
{
    private const int MostWidth = 56;

    /// <summary>How to write a column, and what it costs.</summary>
    /// <param name="Reference">What all are counted from.</param>
    /// <param name="Width">Bits of each.</param>
    /// <param name="Exceptions">How many stand apart.</param>
    /// <param name="Bytes">About what it takes.</param>
    public readonly record struct Plan(long Reference, int Width, int Exceptions, int Bytes);

    /// <summary>The cheapest of the ways tried.</summary>
    public static Plan Best(ReadOnlySpan<long> column)
    {
        if (column.Length == 0) return default;
        long least = column[0], most = column[0], major = column[0];
        var votes = 0;
        foreach (var value in column)
        {
            least = Math.Min(least, value);
            most = Math.Max(most, value);
            if (votes == 0) (major, votes) = (value, 1);
            else votes += value == major ? 1 : -1;
        }

        if (least == most) return new(least, 0, 0, 4);
        var best = From(column, least);
        if (votes > 0 && major != least && best.Width > 0)
        {
            var other = From(column, major);
            if (other.Bytes < best.Bytes) best = other;
        }

        return best;
    }

    /// <summary>Writes a column.</summary>
    public static void Write(ByteWriter into, ReadOnlySpan<long> column, Plan plan)
    {
        into.Signed(plan.Reference);
        into.Byte((byte)plan.Width);
        into.Varint((ulong)plan.Exceptions);
        if (plan.Exceptions > 0)
        {
            for (var i = 0; i < column.Length; i++)
            {
                if (Bits(column[i], plan.Reference) <= plan.Width) continue;
                into.Varint((ulong)i);
                into.Signed(column[i] - plan.Reference);
            }
        }

        if (plan.Width == 0) return;
        var bytes = ((column.Length * plan.Width) + 7) >> 3;
        var room = into.Room(bytes + 16);
        room[..(bytes + 16)].Clear();
        var at = 0;
        foreach (var value in column)
        {
            if (Bits(value, plan.Reference) <= plan.Width)
            {
                var slot = room[(at >> 3)..];
                BinaryPrimitives.WriteUInt64LittleEndian(slot, BinaryPrimitives.ReadUInt64LittleEndian(slot) | ((ulong)(value - plan.Reference) << (at & 7)));
            }

            at += plan.Width;
        }

        into.Advance(bytes);
    }

    /// <summary>Reads a column.</summary>
    /// <param name="bytes">The whole chunk with <see cref="OpenFloats.Slack"/> behind it.</param>
    /// <param name="at">Where the column begins; then where it ends.</param>
    /// <param name="column">As long as what was written.</param>
    public static void Read(ReadOnlySpan<byte> bytes, ref int at, Span<long> column)
    {
        if (column.Length == 0) return;
        var reader = new ByteReader(bytes) { At = at };
        var reference = reader.Signed();
        int width = reader.Byte();
        var exceptions = reader.Varint();
        var patches = reader;
        for (var i = 0UL; i < exceptions; i++)
        {
            reader.Varint();
            reader.Signed();
        }

        at = reader.At;
        if (width == 0) column.Fill(reference);
        else
        {
            var packed = bytes[at..];
            var mask = (1UL << width) - 1;
            var bit = 0;
            for (var i = 0; i < column.Length; i++)
            {
                column[i] = reference + (long)((BinaryPrimitives.ReadUInt64LittleEndian(packed[(bit >> 3)..]) >> (bit & 7)) & mask);
                bit += width;
            }

            at += (bit + 7) >> 3;
        }

        for (var i = 0UL; i < exceptions; i++)
        {
            var position = (int)patches.Varint();
            column[position] = reference + patches.Signed();
        }
    }

    private static int Bits(long value, long reference) => 64 - BitOperations.LeadingZeroCount((ulong)(value - reference));

    private static Plan From(ReadOnlySpan<long> column, long reference)
    {
        Span<int> widths = stackalloc int[65];
        widths.Clear();
        foreach (var value in column) widths[Bits(value, reference)]++;
        var best = new Plan(reference, 0, 0, int.MaxValue);
        int apart = 0, apartBytes = 0;
        for (var width = 64; width >= 0; width--)
        {
            if (width <= MostWidth)
            {
                var bytes = 5 + (((column.Length * width) + 7) >> 3) + apartBytes;
                if (bytes < best.Bytes) best = new(reference, width, apart, bytes);
            }

            if (widths[width] == 0) continue;
            apart += widths[width];
            // Position, and a varint of the difference with its sign; what lies below the reference has all 64 bits set but is small once folded.
            apartBytes += widths[width] * (1 + (width == 64 ? 4 : (width + 7) / 7));
        }

        return best;
    }
}
