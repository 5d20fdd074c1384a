namespace Fairway.Metrics.Storage;

/// <summary>
/// Room for closed chunks: large arrays shared by many series, so that the garbage collector sees a few hundred objects and not millions. Chunks that
/// are closed at about the same time are cut to disk at about the same time, and with the last of them goes the slab. Not safe for several threads.
/// </summary>
internal sealed class ChunkSlabs
{
    private const int SlabBytes = 512 * 1024;

    private readonly PackedChunk _packed = new();
    private readonly ByteWriter _scratch = new();
    private byte[] _slab = [];
    private int _used;

    /// <summary>Writes over what was kept: none of it is used any more.</summary>
    public void Reset() => _used = 0;

    /// <summary>Closes a float chunk: packed where that is smaller.</summary>
    public Chunk Close(in OpenFloats open)
    {
        open.Finish();
        var bytes = open.Bytes!;
        var kind = ChunkKind.Xor;
        var data = bytes.AsSpan(0, open.Length);
        _scratch.Truncate(0);
        if (_packed.TryPack(bytes, open.Length, open.Count, _scratch))
        {
            kind = ChunkKind.Packed;
            data = _scratch.Buffer.AsSpan(0, _scratch.Length);
        }

        return Keep(kind, open.Count, open.First, open.Last, data);
    }

    /// <summary>Keeps bytes as a chunk.</summary>
    public Chunk Keep(ChunkKind kind, int count, long minTime, long maxTime, ReadOnlySpan<byte> data)
    {
        if (_slab.Length - _used < data.Length + OpenFloats.Slack)
        {
            // Not filled with zeros: every chunk says how long it is.
            _slab = GC.AllocateUninitializedArray<byte>(Math.Max(SlabBytes, data.Length + OpenFloats.Slack));
            _used = 0;
        }

        data.CopyTo(_slab.AsSpan(_used));
        var chunk = new Chunk(kind, (ushort)count, minTime, maxTime, _slab, _used, data.Length);
        _used += data.Length;
        return chunk;
    }
}
