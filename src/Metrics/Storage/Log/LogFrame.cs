using System.Buffers.Binary;
using System.Numerics;

namespace Fairway.Metrics.Storage;

/// <summary>CRC-32C (Castagnoli; RFC 3720, B.4), which processors compute.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~More(uint.MaxValue, bytes);

    private static uint More(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var part in bytes) crc = BitOperations.Crc32C(crc, part);
        return crc;
    }
}

/// <summary>A record of the log: its length, its checksum and a checksum of these two (4 bytes each), then its bytes. With a checksum of its own the head of a record is found again behind damage.</summary>
internal static class LogFrame
{
    /// <summary>Bytes before a record.</summary>
    public const int HeadBytes = 12;

    /// <summary>A record longer than this is not ours.</summary>
    public const int MostBytes = 1 << 29;

    /// <summary>Leaves room for the head of a record; the position is wanted by <see cref="End"/>.</summary>
    public static int Begin(ByteWriter into)
    {
        var start = into.Length;
        into.Room(HeadBytes)[..HeadBytes].Clear();
        into.Advance(HeadBytes);
        return start;
    }

    /// <summary>Fills in the head.</summary>
    /// <exception cref="InvalidOperationException">The record is longer than <see cref="MostBytes"/>.</exception>
    public static void End(ByteWriter into, int start)
    {
        var payload = into.Written[(start + HeadBytes)..];
        if (payload.Length > MostBytes) throw new InvalidOperationException($"a batch of {payload.Length} bytes; commit before {MostBytes}");
        var head = into.Buffer.AsSpan(start, HeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(head, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Crc32C.Of(payload));
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Crc32C.Of(head[..8]));
    }

    /// <summary>Whether a record's head stands at a position, and how long the record is.</summary>
    public static bool TryHead(ReadOnlySpan<byte> bytes, int at, out int length, out uint checksum)
    {
        (length, checksum) = (0, 0);
        if (bytes.Length - at < HeadBytes) return false;
        var head = bytes.Slice(at, HeadBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Crc32C.Of(head[..8])) return false;
        length = BinaryPrimitives.ReadInt32LittleEndian(head);
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        return length is >= 0 and <= MostBytes;
    }
}

/// <summary>Walks the records of a file. What cannot be read is passed over and noted.</summary>
internal ref struct LogFrames(ReadOnlySpan<byte> bytes, int first)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next record begins.</summary>
    public int At { get; private set; } = first;

    /// <summary>Runs of bytes that hold no whole record, each with a whole one behind it or a whole head in front.</summary>
    public List<(int From, int To)> Damage { get; } = [];

    /// <summary>Where the file breaks off in the middle of a record; -1 when it does not.</summary>
    public int TornAt { get; private set; } = -1;

    /// <summary>The next whole record.</summary>
    public bool Next(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        while (At < _bytes.Length)
        {
            if (LogFrame.TryHead(_bytes, At, out var length, out var checksum))
            {
                var start = At + LogFrame.HeadBytes;
                if (length > _bytes.Length - start)
                {
                    TornAt = At;
                    At = _bytes.Length;
                    return false;
                }

                At = start + length;
                payload = _bytes.Slice(start, length);
                if (Crc32C.Of(payload) == checksum) return true;
                Note(start - LogFrame.HeadBytes, At);
                continue;
            }

            var found = Search(At + 1);
            if (found < 0)
            {
                TornAt = At;
                At = _bytes.Length;
                return false;
            }

            Note(At, found);
            At = found;
        }

        return false;
    }

    private readonly void Note(int from, int to)
    {
        if (Damage.Count > 0 && Damage[^1].To == from) Damage[^1] = (Damage[^1].From, to);
        else Damage.Add((from, to));
    }

    private readonly int Search(int from)
    {
        for (var at = from; at <= _bytes.Length - LogFrame.HeadBytes; at++)
        {
            if (LogFrame.TryHead(_bytes, at, out var length, out var checksum)
                && length <= _bytes.Length - at - LogFrame.HeadBytes
                && Crc32C.Of(_bytes.Slice(at + LogFrame.HeadBytes, length)) == checksum) return at;
        }

        return -1;
    }
}
