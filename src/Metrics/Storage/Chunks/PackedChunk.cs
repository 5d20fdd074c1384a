using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Fairway.Metrics.Storage;

/// <summary>
/// A closed float chunk whose values are decimals of few digits: times and values as packed integers. Smaller than XOR for counters and
/// most gauges, and
/// several times faster to read. Layout: byte (bit 0: values as differences, bits 1 to 3: scale, bits 4 to 7: values apart), the first
/// time (signed varint),
/// the differences of the times, the values, then position (varint) and bits (8 bytes) of each value apart.
/// </summary>
internal sealed class PackedChunk
{
    private const int MostSamples = 256;

    private readonly long[] _times = new long[MostSamples];
    private readonly double[] _values = new double[MostSamples];
    private readonly long[] _steps = new long[MostSamples];
    private readonly long[] _integers = new long[MostSamples];
    private readonly long[] _differences = new long[MostSamples];

    /// <summary>Tries to write an XOR chunk smaller.</summary>
    /// <param name="xor">The chunk, with <see cref="OpenFloats.Slack"/> behind it.</param>
    /// <param name="length">Its length.</param>
    /// <param name="count">Its samples.</param>
    /// <param name="into">Written to only when the answer is yes.</param>
    public bool TryPack(ReadOnlySpan<byte> xor, int length, int count, ByteWriter into)
    {
        if (count > MostSamples) return false;
        XorChunk.Decode(xor, count, long.MinValue, long.MaxValue, _times, _values);
        return TryPack(_times.AsSpan(0, count), _values.AsSpan(0, count), length, into);
    }

    private bool TryPack(ReadOnlySpan<long> times, ReadOnlySpan<double> values, int atMost, ByteWriter into)
    {
        var count = times.Length;
        Span<int> apart = stackalloc int[DecimalColumn.MostApart];
        var integers = _integers.AsSpan(0, count);
        var scale = DecimalColumn.Find(values, integers, apart, out var apartCount);
        if (scale < 0) return false;
        var steps = _steps.AsSpan(0, count - 1);
        for (var i = 0; i < steps.Length; i++) steps[i] = times[i + 1] - times[i];
        var differences = _differences.AsSpan(0, count);
        differences[0] = integers[0];
        for (var i = 1; i < count; i++) differences[i] = integers[i] - integers[i - 1];
        var time = PackedIntegers.Best(steps);
        var straight = PackedIntegers.Best(integers);
        var different = PackedIntegers.Best(differences[1..]);
        var isDifferent = different.Bytes + 4 < straight.Bytes;
        var value = isDifferent ? different : straight;
        if (time.Bytes + value.Bytes + (apartCount * 9) + 12 >= atMost) return false;
        into.Byte((byte)((isDifferent ? 1 : 0) | (scale << 1) | (apartCount << 4)));
        into.Signed(times[0]);
        if (count > 1) PackedIntegers.Write(into, steps, time);
        if (isDifferent) into.Signed(integers[0]);
        PackedIntegers.Write(into, isDifferent ? differences[1..] : integers, value);
        foreach (var position in apart[..apartCount])
        {
            into.Varint((ulong)position);
            into.U64(BitConverter.DoubleToUInt64Bits(values[position]));
        }

        return true;
    }

    /// <summary>Decodes all samples.</summary>
    /// <param name="bytes">The chunk, with <see cref="OpenFloats.Slack"/> behind it.</param>
    /// <param name="times">As long as the chunk has samples.</param>
    /// <param name="values">As long as the chunk has samples.</param>
    public static void Decode(ReadOnlySpan<byte> bytes, Span<long> times, Span<double> values)
    {
        var count = times.Length;
        var flags = bytes[0];
        var at = 1;
        var first = Signed(bytes, ref at);
        PackedIntegers.Read(bytes, ref at, times[1..]);
        times[0] = first;
        for (var i = 1; i < count; i++) times[i] += times[i - 1];
        // In the same place as the values, which take theirs one after the other.
        var integers = MemoryMarshal.Cast<double, long>(values)[..count];
        if ((flags & 1) == 0) PackedIntegers.Read(bytes, ref at, integers);
        else
        {
            integers[0] = Signed(bytes, ref at);
            PackedIntegers.Read(bytes, ref at, integers[1..]);
            for (var i = 1; i < count; i++) integers[i] += integers[i - 1];
        }

        DecimalColumn.Restore(integers, (flags >> 1) & 7, values);
        for (var apart = flags >> 4; apart > 0; apart--)
        {
            var reader = new ByteReader(bytes) { At = at };
            var position = (int)reader.Varint();
            values[position] = BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(reader.Raw(8)));
            at = reader.At;
        }
    }

    private static long Signed(ReadOnlySpan<byte> bytes, ref int at)
    {
        var reader = new ByteReader(bytes) { At = at };
        var value = reader.Signed();
        at = reader.At;
        return value;
    }
}
