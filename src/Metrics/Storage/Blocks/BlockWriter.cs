using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Writes a block: the chunks file as series come, then the index, then the meta file, then the folder gets its name. The chunks file: a magic, then
/// for each series its directory (count; kind, samples, times, length and CRC-32C of each chunk), the directory's CRC-32C, and the chunks.
/// </summary>
internal sealed class BlockWriter : IDisposable
{
    /// <summary>First bytes of a chunks file.</summary>
    public static ReadOnlySpan<byte> Magic => "FWCHNK1\n"u8;

    private readonly string _path;
    private readonly FileStream _chunks;
    private readonly ByteWriter _directory = new();
    private readonly BlockIndexWriter _index = new();
    private Labels? _before;
    private long _offset;
    private long _chunkCount;
    private long _samples;
    private long _minTime = long.MaxValue;
    private long _maxTime = long.MinValue;
    private bool _isFinished;

    /// <param name="folder">Where blocks are.</param>
    /// <param name="sequence">The block's number.</param>
    public BlockWriter(string folder, int sequence)
    {
        Sequence = sequence;
        _path = Path.Combine(folder, sequence.ToString("D8", System.Globalization.CultureInfo.InvariantCulture));
        var unfinished = DurableFiles.UnfinishedPath(_path);
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        _chunks = new(Path.Combine(unfinished, BlockMeta.ChunksFile), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 18);
        Write(Magic);
    }

    /// <summary>The block's number.</summary>
    public int Sequence { get; }

    /// <summary>Adds a series; series come in the order of their labels, each once.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="chunks">Its chunks in order of time, none overlapping another; a series without any is left out.</param>
    public void Add(Labels labels, IReadOnlyList<Chunk> chunks)
    {
        if (chunks.Count == 0) return;
        if (_before is not null && _before.CompareTo(labels) >= 0) throw new InvalidOperationException($"{labels} comes after {_before}: series must come in order");
        _before = labels;
        _directory.Truncate(0);
        _directory.Varint((ulong)chunks.Count);
        var time = 0L;
        foreach (var chunk in chunks)
        {
            _directory.Byte((byte)chunk.Kind);
            _directory.Varint(chunk.Count);
            _directory.Signed(chunk.MinTime - time);
            _directory.Varint((ulong)(chunk.MaxTime - chunk.MinTime));
            _directory.Varint((ulong)chunk.Length);
            _directory.U32(Crc32C.Of(chunk.Data));
            time = chunk.MaxTime;
            _samples += chunk.Count;
        }

        _directory.U32(Crc32C.Of(_directory.Written));
        var start = _offset;
        Write(_directory.Written);
        foreach (var chunk in chunks) Write(chunk.Data);
        _index.Add(labels, start, _directory.Length, _offset - start, chunks[0].MinTime, chunks[^1].MaxTime);
        _chunkCount += chunks.Count;
        _minTime = Math.Min(_minTime, chunks[0].MinTime);
        _maxTime = Math.Max(_maxTime, chunks[^1].MaxTime);
    }

    /// <summary>Finishes the block; null when it holds nothing: then there is none.</summary>
    /// <param name="level">See <see cref="BlockMeta"/>.</param>
    /// <param name="parents">See <see cref="BlockMeta"/>.</param>
    public string? Finish(int level, IReadOnlyList<int> parents)
    {
        if (_index.Count == 0) return null;
        _chunks.Flush(flushToDisk: true);
        _chunks.Dispose();
        var unfinished = DurableFiles.UnfinishedPath(_path);
        var indexBytes = WriteWhole(Path.Combine(unfinished, BlockMeta.IndexFile), _index.Finish(_minTime));
        var meta = new BlockMeta(BlockMeta.CurrentVersion, Sequence, level, _minTime, _maxTime, _index.Count, _chunkCount, _samples, _offset, indexBytes, parents);
        WriteWhole(Path.Combine(unfinished, BlockMeta.FileName), meta.ToJson());
        DurableFiles.FinishFolder(_path);
        _isFinished = true;
        return _path;
    }

    public void Dispose()
    {
        if (_isFinished) return;
        try
        {
            _chunks.Dispose();
        }
        catch (IOException)
        {
            // A full disk: what is still in the buffer goes with the folder.
        }

        var unfinished = DurableFiles.UnfinishedPath(_path);
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
    }

    private static long WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.FlushToDisk(file);
        return bytes.Length;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _chunks.Write(bytes);
        _offset += bytes.Length;
    }
}
