using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Where a series stands between 0 and 1, the same in every query: xxHash64 of its labels in the form in which Prometheus keeps them.</summary>
internal static class LabelHash
{
    private const ulong P1 = 11400714785074694791, P2 = 14029467366897019727, P3 = 1609587929392839161, P4 = 9650029242287828579, P5 = 2870177450012600261;

    /// <summary>At least 0, less than 1.</summary>
    public static double Share(Labels labels)
    {
        var bytes = new List<byte>();
        foreach (var (name, value) in labels.Pairs())
        {
            Append(bytes, name);
            Append(bytes, value);
        }

        return XxHash64([.. bytes]) / (double)ulong.MaxValue;
    }

    private static void Append(List<byte> bytes, string text)
    {
        var encoded = Encoding.UTF8.GetBytes(text);
        if (encoded.Length < 255) bytes.Add((byte)encoded.Length);
        else bytes.AddRange([255, (byte)encoded.Length, (byte)(encoded.Length >> 8), (byte)(encoded.Length >> 16)]);
        bytes.AddRange(encoded);
    }

    private static ulong Round(ulong state, ulong input) => BitOperations.RotateLeft(state + (input * P2), 31) * P1;

    private static ulong XxHash64(ReadOnlySpan<byte> data)
    {
        ulong hash;
        var length = (ulong)data.Length;
        if (data.Length >= 32)
        {
            ulong a = unchecked(P1 + P2), b = P2, c = 0, d = unchecked(0 - P1);
            for (; data.Length >= 32; data = data[32..])
            {
                a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
                b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
                c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
                d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
            }

            hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            foreach (var state in (ReadOnlySpan<ulong>)[a, b, c, d]) hash = ((hash ^ Round(0, state)) * P1) + P4;
        }
        else hash = P5;

        hash += length;
        for (; data.Length >= 8; data = data[8..]) hash = (BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(data)), 27) * P1) + P4;
        if (data.Length >= 4)
        {
            hash = (BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(data) * P1), 23) * P2) + P3;
            data = data[4..];
        }

        foreach (var value in data) hash = BitOperations.RotateLeft(hash ^ (value * P5), 11) * P1;
        hash ^= hash >> 33;
        hash *= P2;
        hash ^= hash >> 29;
        hash *= P3;
        return hash ^ (hash >> 32);
    }
}
