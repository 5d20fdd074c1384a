namespace Fairway.Metrics.Ingest;

/// <summary>What is known under the bytes it came in: as long as the bytes stay the same, nothing of them is parsed again.</summary>
/// <param name="key">The bytes; kept, never changed.</param>
/// <param name="hash">Of the bytes.</param>
internal abstract class RawEntry(byte[] key, ulong hash)
{
    /// <summary>The bytes.</summary>
    public byte[] Key { get; } = key;

    /// <summary>Of the bytes, by <see cref="ByteHash"/>.</summary>
    public ulong Hash { get; } = hash;

    /// <summary>The next entry of the same bucket.</summary>
    public RawEntry? Next { get; set; }

    /// <summary>When it was asked for last, in the owner's own count.</summary>
    public long Seen { get; set; }
}

/// <summary>Entries by raw bytes. For one thread at a time.</summary>
/// <typeparam name="TEntry">What is kept.</typeparam>
internal sealed class RawTable<TEntry>
    where TEntry : RawEntry
{
    private RawEntry?[] _buckets = new RawEntry?[64];

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The entry of these bytes; null when there is none.</summary>
    public TEntry? Find(ReadOnlySpan<byte> key, ulong hash)
    {
        for (var entry = _buckets[(int)hash & (_buckets.Length - 1)]; entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && key.SequenceEqual(entry.Key)) return (TEntry)entry;
        }

        return null;
    }

    /// <summary>Adds an entry whose bytes are not there yet.</summary>
    public void Add(TEntry entry)
    {
        if (Count == _buckets.Length) Resize(_buckets.Length * 2);
        Link(_buckets, entry);
        Count++;
    }

    /// <summary>Every entry, in no order.</summary>
    public IEnumerable<TEntry> Entries()
    {
        foreach (var first in _buckets)
        {
            for (var entry = first; entry is not null; entry = entry.Next) yield return (TEntry)entry;
        }
    }

    /// <summary>Forgets the entries that were last asked for before a point of the owner's count.</summary>
    /// <returns>How many are gone.</returns>
    public int ForgetBefore(long seen)
    {
        var before = Count;
        for (var i = 0; i < _buckets.Length; i++)
        {
            RawEntry? kept = null;
            for (var entry = _buckets[i]; entry is not null;)
            {
                var next = entry.Next;
                if (entry.Seen >= seen) (entry.Next, kept) = (kept, entry);
                else Count--;
                entry = next;
            }

            _buckets[i] = kept;
        }

        var fitting = _buckets.Length;
        while (fitting > 64 && Count * 4 < fitting) fitting /= 2;
        if (fitting != _buckets.Length) Resize(fitting);
        return before - Count;
    }

    private void Resize(int size)
    {
        var buckets = new RawEntry?[size];
        foreach (var first in _buckets)
        {
            for (var entry = first; entry is not null;)
            {
                var next = entry.Next;
                Link(buckets, entry);
                entry = next;
            }
        }

        _buckets = buckets;
    }

    private static void Link(RawEntry?[] buckets, RawEntry entry)
    {
        ref var bucket = ref buckets[(int)entry.Hash & (buckets.Length - 1)];
        entry.Next = bucket;
        bucket = entry;
    }
}
