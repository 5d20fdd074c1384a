using System.Buffers;
using System.IO.Pipelines;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// A request's body as it comes from the client. What was read is kept, up to <see cref="MaxKept"/> bytes, until it is certain that no other attempt needs it.
/// </summary>
internal sealed class RequestBody(PipeReader reader)
{
    /// <summary>Largest body that can be sent again.</summary>
    public const int MaxKept = 64 * 1024;

    private byte[]? _kept;
    private int _keptLength;
    private int _replayed;
    private bool _tooLong;
    private long _offered;
    private bool _offeredLast;

    /// <summary>Body bytes read from the client.</summary>
    public long BytesRead { get; private set; }

    /// <summary>All of it was read.</summary>
    public bool Ended { get; private set; }

    /// <summary>What an earlier attempt read is not all sent again yet.</summary>
    public bool IsReplaying => _replayed < _keptLength;

    /// <summary>What was read can be sent again from the start.</summary>
    public bool Replayable => !_tooLong;

    /// <summary>Starts over, for another attempt. Only while <see cref="Replayable"/>.</summary>
    public void Rewind() => _replayed = 0;

    /// <summary>What is at hand without waiting; empty when nothing is.</summary>
    public ReadOnlySequence<byte> TryRead()
    {
        if (Kept is { IsEmpty: false } kept) return kept;
        return !Ended && reader.TryRead(out var result) ? Take(result) : default;
    }

    /// <summary>The next bytes; empty when a wait was broken off, or when it <see cref="Ended"/>.</summary>
    public async ValueTask<ReadOnlySequence<byte>> ReadAsync()
    {
        if (Kept is { IsEmpty: false } kept) return kept;
        return Ended ? default : Take(await reader.ReadAsync());
    }

    /// <summary>These bytes, from the start of what the last read gave, were used. Owed after every read that gave any.</summary>
    public void Advance(ReadOnlySequence<byte> used)
    {
        if (_replayed < _keptLength)
        {
            _replayed += (int)used.Length;
            return;
        }
        Keep(used);
        BytesRead += used.Length;
        Ended = _offeredLast && used.Length == _offered;
        reader.AdvanceTo(used.End);
    }

    /// <summary>Breaks off a wait for the client.</summary>
    public void Cancel() => reader.CancelPendingRead();

    /// <summary>The body is answered for: nothing of it is needed again.</summary>
    public void Forget()
    {
        _tooLong = true;
        if (_kept is null) return;
        ArrayPool<byte>.Shared.Return(_kept);
        (_kept, _keptLength, _replayed) = (null, 0, 0);
    }

    private ReadOnlySequence<byte> Kept => _replayed < _keptLength ? new(_kept!, _replayed, _keptLength - _replayed) : default;

    private ReadOnlySequence<byte> Take(ReadResult result)
    {
        (_offered, _offeredLast) = (result.Buffer.Length, result.IsCompleted);
        if (!result.Buffer.IsEmpty) return result.Buffer;
        Ended = result.IsCompleted;
        reader.AdvanceTo(result.Buffer.End);
        return default;
    }

    private void Keep(ReadOnlySequence<byte> bytes)
    {
        if (_tooLong) return;
        if (_keptLength + bytes.Length > MaxKept)
        {
            Forget();
            return;
        }
        var size = _keptLength + (int)bytes.Length;
        if (_kept is null || _kept.Length < size)
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(size, 4096));
            _kept.AsSpan(0, _keptLength).CopyTo(grown);
            if (_kept is not null) ArrayPool<byte>.Shared.Return(_kept);
            _kept = grown;
        }
        bytes.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength = _replayed = size;
    }
}
