using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fairway.Traffic;

namespace Fairway.Edge.Counters;

/// <summary>
/// One processor's share of an instance's counters. Cores that count into stripes of their own never wait for one another's cache line; a read sums the
/// stripes. Increments are interlocked, because a thread may move to another core between choosing a stripe and writing it.
/// </summary>
internal sealed class CounterStripe
{
    private const int ChunkBits = 6;
    private const int ChunkSize = 1 << ChunkBits;

    private Cells _cells;
    private readonly long[]?[] _latency = new long[]?[LatencyBuckets.Count >> ChunkBits];

    /// <summary>Adds to one of the plain counters.</summary>
    public void Add(Counter counter, long value) => Interlocked.Add(ref _cells[(int)counter], value);

    /// <summary>Counts one latency.</summary>
    public void AddLatency(long microseconds)
    {
        var index = LatencyBuckets.IndexOf(microseconds);
        ref var chunk = ref _latency[index >> ChunkBits];
        Interlocked.Increment(ref (Volatile.Read(ref chunk) ?? Grow(ref chunk))[index & (ChunkSize - 1)]);
    }

    /// <summary>Value of a plain counter.</summary>
    public long Read(Counter counter) => Interlocked.Read(ref _cells[(int)counter]);

    /// <summary>Adds this stripe's latencies to <paramref name="sum"/>, one cell per bucket.</summary>
    public void AddLatenciesTo(Span<long> sum)
    {
        for (var i = 0; i < _latency.Length; i++)
        {
            if (Volatile.Read(ref _latency[i]) is not { } chunk) continue;
            for (var j = 0; j < ChunkSize; j++) sum[(i << ChunkBits) + j] += Interlocked.Read(ref chunk[j]);
        }
    }

    // An octave of latencies is 512 bytes and most instances see few octaves: made when first needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long[] Grow(ref long[]? chunk)
    {
        var made = new long[ChunkSize];
        return Interlocked.CompareExchange(ref chunk, made, null) ?? made;
    }

    // 8 longs of room on both sides: no other object shares a cache line (64 bytes) with the cells.
    [InlineArray(8 + (int)Counter.Count + 8)]
    [StructLayout(LayoutKind.Sequential)]
    private struct PaddedCells
    {
        private long _first;
    }

    private struct Cells
    {
        private PaddedCells _padded;

        [UnscopedRef]
        public ref long this[int index] => ref _padded[8 + index];
    }
}

/// <summary>Plain counters of an instance; the first six are finished exchanges by status class.</summary>
internal enum Counter
{
    ClientLeft,
    Informational,
    Success,
    Redirect,
    ClientError,
    ServerError,
    ConnectFailures,
    Resets,
    Timeouts,
    Retries,
    BytesIn,
    BytesOut,
    LatencyMicroseconds,
    Count,
}
