using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fairway.Edge.Routing;

/// <summary>Uniform numbers for splitting requests that have no sticky key: SplitMix64 (S. Vigna, prng.di.unimi.it), seeded per thread by the system.</summary>
internal static class Chance
{
    [ThreadStatic]
    private static ulong _state;

    /// <summary>The next uniform 64-bit number of this thread.</summary>
    public static ulong Next()
    {
        if (_state == 0) _state = Seed();
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    private static ulong Seed()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | 1;
    }
}
