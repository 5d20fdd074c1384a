using System.Buffers.Binary;

namespace Fairway.Metrics.Storage;

/// <summary>Reads chunks that <see cref="OpenFloats"/> wrote.</summary>
internal static class XorChunk
{
    /// <summary>Decodes the samples between two times (both included).</summary>
    /// <param name="bytes">The chunk, with at least <see cref="OpenFloats.Slack"/> bytes behind it.</param>
    /// <param name="count">Samples to decode.</param>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="times">Room for <paramref name="count"/> samples.</param>
    /// <param name="values">Room for <paramref name="count"/> samples.</param>
    /// <returns>Number of samples written.</returns>
    public static int Decode(ReadOnlySpan<byte> bytes, int count, long from, long to, Span<long> times, Span<double> values)
    {
        if (count == 0) return 0;
        var at = 16;
        var folded = Varint(bytes, ref at);
        var time = (long)(folded >> 1) ^ -(long)(folded & 1);
        var value = (Peek(bytes, at) >> 32 << 32) | (Peek(bytes, at + 32) >> 32);
        at += 64;
        if (time > to) return 0;
        var taken = 0;
        times[0] = time;
        values[0] = BitConverter.UInt64BitsToDouble(value);
        if (time >= from) taken++;
        if (count == 1) return taken;
        var delta = (long)Varint(bytes, ref at);
        int leading = 0, trailing = 0;
        for (var i = 1; i < count; i++)
        {
            var word = Peek(bytes, at);
            var used = 0;
            if (i > 1)
            {
                if ((long)word < 0)
                {
                    delta += Change(bytes, ref at, word);
                    word = Peek(bytes, at);
                }
                else used = 1;
            }

            time += delta;
            if (time > to) return taken;
            word <<= used;
            if ((long)word >= 0) at += used + 1;
            else
            {
                if ((word & (1UL << 62)) == 0)
                {
                    used += 2;
                    word <<= 2;
                }
                else
                {
                    leading = (int)(word >> 57) & 31;
                    var meant = (int)(word >> 51) & 63;
                    trailing = 64 - leading - (meant == 0 ? 64 : meant);
                    used += 13;
                    word <<= 13;
                }

                var bits = 64 - leading - trailing;
                at += used;
                // A peek holds 57 bits, some of them used already.
                if (bits > 57 - used) word = bits <= 57 ? Peek(bytes, at) : (Peek(bytes, at) >> 32 << 32) | (Peek(bytes, at + 32) >> 32);
                value ^= word >> (64 - bits) << trailing;
                at += bits;
            }

            times[taken] = time;
            values[taken] = BitConverter.UInt64BitsToDouble(value);
            if (time >= from) taken++;
        }

        return taken;
    }

    private static long Change(ReadOnlySpan<byte> bytes, ref int at, ulong word)
    {
        var bits = 0;
        if ((word & (1UL << 62)) == 0) (bits, at) = (14, at + 2);
        else if ((word & (1UL << 61)) == 0) (bits, at) = (17, at + 3);
        else if ((word & (1UL << 60)) == 0) (bits, at) = (20, at + 4);
        else
        {
            at += 68;
            return (long)((Peek(bytes, at - 64) >> 32 << 32) | (Peek(bytes, at - 32) >> 32));
        }

        var raw = (long)(Peek(bytes, at) >> (64 - bits));
        at += bits;
        return raw > 1L << (bits - 1) ? raw - (1L << bits) : raw;
    }

    // The next bits, at the top; at least 57 of them hold.
    private static ulong Peek(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64BigEndian(bytes[(at >> 3)..]) << (at & 7);

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Peek(bytes, at) >> 56;
            at += 8;
            value |= (part & 0x7f) << shift;
            if (part < 0x80) break;
        }

        return value;
    }
}
