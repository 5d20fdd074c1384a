using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Fairway.Metrics.Ingest;

/// <summary>A hash of bytes for tables in memory. Its seed differs in every process, so nobody outside can choose keys that
/// collide.</summary>
internal static class ByteHash
{
    private const ulong Odd1 = 0xa0761d6478bd642f;
    private const ulong Odd2 = 0xe7037ed1a0b428db;
    private const ulong Odd3 = 0x8ebc6af09c88c6e3;

    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));

    /// <summary>Multiplies and folds, sixteen bytes at a time (as wyhash does).</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Seed ^ Odd1;
        var rest = bytes;
        while (rest.Length > 16)
        {
            hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ Odd2, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ hash);
            rest = rest[16..];
        }

        ulong low, high;
        if (bytes.Length >= 16)
        {
            low = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^16..]);
            high = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]);
        }
        else if (bytes.Length >= 8)
        {
            low = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            high = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]);
        }
        else
        {
            (low, high) = (0, 0);
            foreach (var b in bytes) low = (low << 8) | b;
        }

        return Fold(Fold(low ^ Odd2, high ^ hash), (ulong)bytes.Length ^ Odd3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
