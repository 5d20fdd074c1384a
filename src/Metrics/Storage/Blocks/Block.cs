using System.Buffers;
using System.Buffers.Binary;
using Fairway.Metrics.Model;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Metrics.Storage;

/// <summary>A block on disk, open for reading. Its files are read as they are asked for; each chunk's checksum is tested each time.</summary>
internal sealed class Block : IDisposable
{
    private readonly SafeFileHandle _chunks;
    private volatile string? _damage;

    private Block(string folder, BlockMeta meta, BlockIndex index, SafeFileHandle chunks) => (Folder, Meta, Index, _chunks) = (folder, meta, index, chunks);

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>What it says of itself.</summary>
    public BlockMeta Meta { get; }

    /// <summary>Its index.</summary>
    public BlockIndex Index { get; }

    /// <summary>What was found broken in it while it was read; null as long as nothing was.</summary>
    public string? Damage => _damage;

    /// <summary>Opens a block.</summary>
    /// <exception cref="InvalidDataException">A part of it is missing or broken.</exception>
    public static Block Open(string folder)
    {
        var meta = BlockMeta.Read(folder);
        var path = Path.Combine(folder, BlockMeta.IndexFile);
        if (!File.Exists(path)) throw new InvalidDataException($"{BlockMeta.IndexFile} is missing");
        var index = new BlockIndex(File.ReadAllBytes(path), meta);
        path = Path.Combine(folder, BlockMeta.ChunksFile);
        if (!File.Exists(path)) throw new InvalidDataException($"{BlockMeta.ChunksFile} is missing");
        var chunks = File.OpenHandle(path, options: FileOptions.RandomAccess, share: FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(chunks) == meta.ChunkBytes) return new(folder, meta, index, chunks);
        var length = RandomAccess.GetLength(chunks);
        chunks.Dispose();
        throw new InvalidDataException($"{BlockMeta.ChunksFile} has {length} bytes, {BlockMeta.FileName} says {meta.ChunkBytes}");
    }

    /// <summary>One series of it; null when it has no sample between two times.</summary>
    public BlockPart? Part(int series, long from, long to, Func<Labels, Labels?>? known)
    {
        var place = Index.PlaceOf(series);
        return place.MinTime > to || place.MaxTime < from ? null : new(this, Index.LabelsOf(series, known), place);
    }

    /// <summary>Hands the chunks of a series that reach between two times to a visitor; their bytes hold only as long as it is called.</summary>
    /// <param name="labels">For messages.</param>
    /// <param name="place">Where they are.</param>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="visit">Called in order of time.</param>
    /// <param name="skip">Called for what is broken, with the times that are lost and why; null to throw instead.</param>
    /// <exception cref="IOException">A chunk is broken, or the file cannot be read.</exception>
    public void Read(Labels labels, in BlockIndex.Place place, long from, long to, Action<Chunk> visit, Action<long, long, string>? skip)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(place.Bytes + OpenFloats.Slack);
        try
        {
            if (RandomAccess.Read(_chunks, bytes.AsSpan(0, place.Bytes), place.Offset) != place.Bytes) throw new IOException($"{Folder}: {BlockMeta.ChunksFile} ends too early");
            var directory = bytes.AsSpan(0, place.DirectoryBytes);
            if (Crc32C.Of(directory[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(directory[^4..]))
            {
                Broken(labels, place.MinTime, place.MaxTime, $"the directory of the chunks at byte {place.Offset} is damaged", skip);
                return;
            }

            var reader = new ByteReader(directory[..^4]);
            var (time, at) = (0L, place.DirectoryBytes);
            for (var left = reader.Varint(); left > 0; left--)
            {
                var kind = (ChunkKind)reader.Byte();
                var count = (ushort)reader.Varint();
                var minTime = time + reader.Signed();
                time = minTime + (long)reader.Varint();
                var length = (int)reader.Varint();
                var checksum = reader.U32();
                if (time >= from && minTime <= to)
                {
                    if (Crc32C.Of(bytes.AsSpan(at, length)) == checksum) visit(new(kind, count, minTime, time, bytes, at, length));
                    else Broken(labels, minTime, time, $"the chunk at byte {place.Offset + at} is damaged", skip);
                }

                at += length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose() => _chunks.Dispose();

    private void Broken(Labels labels, long minTime, long maxTime, string what, Action<long, long, string>? skip)
    {
        if (skip is not null)
        {
            skip(minTime, maxTime, what);
            return;
        }

        var message = $"{Folder}: {what}; it held {labels} from {minTime} to {maxTime} ms";
        _damage = message;
        throw new IOException(message + ". The block is no longer served; maintenance saves what can be read of it");
    }
}

/// <summary>What a block holds of one series.</summary>
internal sealed class BlockPart(Block block, Labels labels, BlockIndex.Place place) : ISeriesPart
{
    public Labels Labels => labels;

    public long MinTime => place.MinTime;

    public long MaxTime => place.MaxTime;

    /// <summary>The block.</summary>
    public Block Block => block;

    /// <summary>Where its chunks are.</summary>
    public BlockIndex.Place Place => place;

    public void Read(long from, long to, SampleBuffer into) => block.Read(labels, place, from, to, chunk => chunk.Read(from, to, into), skip: null);
}
