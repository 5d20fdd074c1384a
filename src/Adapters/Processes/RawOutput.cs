using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Processes;

/// <summary>
/// A raw output file while its program appends to it: read from an offset on, and freed behind it. The program's own offset is always the file's end, so
/// holes punched behind the reader change nothing for it.
/// </summary>
internal sealed class RawOutput : IDisposable
{
    private const int ChunkBytes = 256 * 1024;
    private const long FreeEvery = 1024 * 1024;
    private const long Page = 4096;
    private const long LargestUnfreed = 256 * 1024 * 1024;
    private readonly SafeFileHandle _file;
    private readonly string _stream;
    private readonly long _backlogLimit;
    private long _freed;
    private bool _cannotFree;

    private RawOutput(SafeFileHandle file, string stream, long offset, long backlogLimit)
        => (_file, _stream, Offset, _backlogLimit) = (file, stream, offset, backlogLimit);

    /// <summary>Bytes read.</summary>
    public long Offset { get; private set; }

    /// <summary>Opens it; null when there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="offset">Where to go on.</param>
    /// <param name="backlogLimit">More unread bytes than this are skipped: rotation would drop them anyway.</param>
    public static RawOutput? Open(string path, string stream, long offset, long backlogLimit)
        => File.Exists(path) ? new(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), stream, offset, backlogLimit) : null;

    /// <summary>Copies a chunk of what is new as log lines. True when there may be more at once.</summary>
    public bool Copy(NodaTime.Instant now, bool last, IBufferWriter<byte> into)
    {
        var length = RandomAccess.GetLength(_file);
        if (length < Offset) Offset = 0; // Somebody truncated it.
        if (length == Offset) return false;
        var head = LogLines.Head(now, _stream);
        if (length - Offset > _backlogLimit)
        {
            var skipped = length - Offset - _backlogLimit / 2;
            LogLines.Copy(System.Text.Encoding.ASCII.GetBytes($"[fairway skipped {skipped} bytes of output: more than the log keeps was written while nobody collected]\n"), head, true, into);
            Offset += skipped;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var read = RandomAccess.Read(_file, buffer.AsSpan(0, ChunkBytes), Offset);
            var copied = LogLines.Copy(buffer.AsSpan(0, read), head, last && Offset + read >= length, into);
            Offset += copied;
            return copied > 0 && Offset < length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Goes on from there: what was copied since could not be written.</summary>
    public void Seek(long offset) => Offset = offset;

    /// <summary>Gives the disk back what is copied. Call when the cursor is written.</summary>
    /// <returns>Whether <see cref="Offset"/> changed, so that the cursor is to be written again.</returns>
    public bool Free()
    {
        var until = Offset / Page * Page;
        if (!_cannotFree && until - _freed >= FreeEvery)
        {
            _cannotFree = Posix.Fallocate(_file, Posix.FallocatePunchHole | Posix.FallocateKeepSize, _freed, until - _freed) != 0;
            if (!_cannotFree) _freed = until;
        }

        // A file system without holes: start the file over, at a moment when all of it is copied.
        if (!_cannotFree || Offset < LargestUnfreed || RandomAccess.GetLength(_file) != Offset) return false;
        RandomAccess.SetLength(_file, 0);
        Offset = 0;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
