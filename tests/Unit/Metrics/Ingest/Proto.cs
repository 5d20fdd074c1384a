using System.Buffers.Binary;
using System.Text;

namespace Fairway.Metrics.Ingest;

/// <summary>Protobuf messages by hand, field by field: a second writer, so that a reader is not tested against its own twin.</summary>
internal sealed class Proto
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public Proto Varint(int field, long value) => Tag(field, 0).Raw((ulong)value);

    public Proto ZigZag(int field, long value) => Tag(field, 0).Raw((ulong)((value << 1) ^ (value >> 63)));

    public Proto Double(int field, double value) => Fixed(field, (ulong)BitConverter.DoubleToInt64Bits(value));

    public Proto Fixed(int field, ulong value)
    {
        Tag(field, 1);
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public Proto Text(int field, string text) => Data(field, Encoding.UTF8.GetBytes(text));

    public Proto Message(int field, Proto message) => Data(field, message.Bytes);

    public Proto Data(int field, byte[] bytes)
    {
        Tag(field, 2).Raw((ulong)bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    public Proto Packed(int field, params long[] values)
    {
        var inner = new Proto();
        foreach (var value in values) inner.Raw((ulong)value);
        return Data(field, inner.Bytes);
    }

    public Proto PackedZigZag(int field, params long[] values) => Packed(field, [.. values.Select(v => (v << 1) ^ (v >> 63))]);

    public Proto PackedDoubles(int field, params double[] values) => Data(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    public Proto PackedFixed(int field, params ulong[] values) => Data(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    public Proto Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
        return this;
    }

    private Proto Tag(int field, int type) => Raw(((ulong)field << 3) | (uint)type);
}

/// <summary>Damages valid bodies: what a broken network, a broken sender or a bad person makes of them.</summary>
internal static class Damage
{
    public static byte[] Apply(byte[] body, Random random)
    {
        var bytes = body.ToList();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3 when at < bytes.Count: bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 9))); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                default: bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count + 1)).Take(random.Next(30)).ToArray()); break;
            }
        }

        return [.. bytes];
    }
}
