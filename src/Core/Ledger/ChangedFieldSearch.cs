using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Ledger;

/// <summary>
/// Finds out which field of a record was changed. The hash says only that something differs, so the record is put back in all ways that one
/// slip can have changed it (a byte, a number, a name swapped for another of this ledger) until it has its hash again; the way that fits
/// names the field.
/// </summary>
/// <remarks>A fit is proof, not a guess: another content with the same SHA-256 is not found by chance. The work is bounded, so a miss
/// proves nothing.</remarks>
internal sealed class ChangedFieldSearch
{
    private const int CausesTried = 65_536;
    private const long BytesPerRecord = 64L << 20;

    private readonly ArrayBufferWriter<byte> _scratch = new();
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private readonly byte[] _wanted = new byte[SHA256.HashSizeInBytes];
    private long _left = 512L << 20;
    private long _leftHere;

    /// <summary>The change that explains the record's hash, and the record as it was written; null when none was found.</summary>
    /// <param name="record">The record as stored; its hash is taken to be right.</param>
    /// <param name="expected">What its seq, version and previous hash should be by its place.</param>
    /// <param name="known">Names that occur in the ledger, to try in place of the stored ones.</param>
    public ChangedField? Find(StoredRecord record, StoredRecord expected, KnownNames known)
    {
        if (Convert.FromHexString(record.Hash.Span, _wanted, out _, out var written) != OperationStatus.Done
            || written != _wanted.Length) return null;
        _leftHere = Math.Min(BytesPerRecord, _left);
        var before = _leftHere;
        var found = ByPlace(record, expected) ?? ByName(record, known) ?? ByNumber(record) ?? ByByte(record);
        _left -= before - _leftHere;
        return found;
    }

    private ChangedField? ByPlace(StoredRecord record, StoredRecord expected)
        => Try(record, record with { PreviousHash = expected.PreviousHash }, "previousHash")
        ?? Try(record, record with { Version = expected.Version }, "version")
        ?? Try(record, record with { Seq = expected.Seq }, "seq");

    private ChangedField? ByName(StoredRecord record, KnownNames known)
    {
        foreach (var stream in known.Streams)
            if (Try(record, record with { Stream = stream }, "stream") is { } found) return found;
        foreach (var type in known.Types)
            if (Try(record, record with { Type = type }, "type") is { } found) return found;
        foreach (var actor in known.Actors)
            if (Try(record, record with { Actor = actor }, "actor") is { } found) return found;
        return null;
    }

    private ChangedField? ByNumber(StoredRecord record)
    {
        if (Try(record, record with { Cause = null }, "cause") is { } beginning) return beginning;
        foreach (var seq in Near(record.Seq))
            if (Try(record, record with { Seq = seq }, "seq") is { } found) return found;
        foreach (var version in Near(record.Version))
            if (Try(record, record with { Version = version }, "version") is { } found) return found;
        foreach (var cause in record.Cause is { } stored ? Near(stored) : [])
            if (Try(record, record with { Cause = cause }, "cause") is { } found) return found;
        for (var earlier = record.Seq - 1; earlier >= 1 && earlier > record.Seq - CausesTried && Affordable; earlier--)
            if (Try(record, record with { Cause = earlier }, "cause") is { } found) return found;
        return null;
    }

    /// <summary>Flipped bits first (what a disk does), then every other value of every byte (what an editor does).</summary>
    private ChangedField? ByByte(StoredRecord record)
    {
        var fields = new (string Name, ReadOnlyMemory<byte> Bytes, Func<byte[], StoredRecord> With)[]
        {
            ("data", record.Data, bytes => record with { Data = bytes }),
            ("at", record.At, bytes => record with { At = bytes }),
            ("type", record.Type, bytes => record with { Type = bytes }),
            ("actor", record.Actor, bytes => record with { Actor = bytes }),
            ("stream", record.Stream, bytes => record with { Stream = bytes }),
            ("previousHash", record.PreviousHash, bytes => record with { PreviousHash = bytes }),
        };
        foreach (var bitsOnly in (bool[])[true, false])
            foreach (var (name, stored, with) in fields)
                if (ByByte(record, name, stored.ToArray(), with, bitsOnly) is { } found) return found;
        return null;
    }

    private ChangedField? ByByte(StoredRecord record, string name, byte[] bytes, Func<byte[], StoredRecord> with, bool bitsOnly)
    {
        var candidate = with(bytes);
        for (var at = 0; at < bytes.Length && Affordable; at++)
        {
            var stored = bytes[at];
            for (var change = 1; change < 256; change++)
            {
                if (BitOperations.IsPow2(change) != bitsOnly) continue;
                bytes[at] = (byte)(stored ^ change);
                if (Fits(candidate)) return new(name, $"byte {at} was {Show(bytes[at])}, now {Show(stored)}", candidate);
            }
            bytes[at] = stored;
        }
        return null;
    }

    private static IEnumerable<long> Near(long value)
    {
        for (var bit = 0; bit < 63; bit++) yield return value ^ (1L << bit);
        for (var distance = 1; distance <= 1024; distance++)
        {
            yield return value - distance;
            yield return value + distance;
        }
    }

    private bool Affordable => _leftHere > 0;

    private bool Fits(StoredRecord candidate)
    {
        if (!Affordable) return false;
        LedgerHash.Compute(candidate, _scratch, _hash);
        _leftHere -= _scratch.WrittenCount;
        return _hash.AsSpan().SequenceEqual(_wanted);
    }

    private ChangedField? Try(StoredRecord record, StoredRecord candidate, string field)
        => Fits(candidate) ? new(field, Describe(record, candidate, field), candidate) : null;

    private static string Describe(StoredRecord now, StoredRecord was, string field) => field switch
    {
        "seq" => $"it was written as record {was.Seq}; it was moved, or records before it were removed or added",
        "version" => $"was {was.Version}, now {now.Version}",
        "cause" => $"was {Number(was.Cause)}, now {Number(now.Cause)}",
        "stream" => $"was {Quote(was.Stream)}, now {Quote(now.Stream)}",
        "type" => $"was {Quote(was.Type)}, now {Quote(now.Type)}",
        "actor" => $"was {Quote(was.Actor)}, now {Quote(now.Actor)}",
        _ => $"was {Quote(was.PreviousHash)}, now {Quote(now.PreviousHash)}",
    };

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string Quote(ReadOnlyMemory<byte> bytes)
        => '"' + Encoding.UTF8.GetString(bytes.Span[..Math.Min(bytes.Length, 80)]) + '"';

    private static string Show(byte value) => value is > 0x20 and < 0x7F ? $"0x{value:x2} ('{(char)value}')" : $"0x{value:x2}";
}

/// <summary>A field that was changed after its record was written.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Change">What it was and what it is.</param>
/// <param name="Written">The record as it was written.</param>
internal sealed record ChangedField(string Field, string Change, StoredRecord Written);

/// <summary>
/// Names that occur in a ledger, at most 1,024 of a kind: a name that was swapped for another is likely to be one of them.
/// </summary>
internal sealed class KnownNames
{
    private const int Most = 1024;
    private readonly HashSet<string> _streams = new(StringComparer.Ordinal), _types = new(StringComparer.Ordinal),
        _actors = new(StringComparer.Ordinal);

    public IEnumerable<ReadOnlyMemory<byte>> Streams => Bytes(_streams);

    public IEnumerable<ReadOnlyMemory<byte>> Types => Bytes(_types);

    public IEnumerable<ReadOnlyMemory<byte>> Actors => Bytes(_actors);

    public void Add(StoredRecord record)
    {
        Add(_streams, record.Stream);
        Add(_types, record.Type);
        Add(_actors, record.Actor);
    }

    private static void Add(HashSet<string> names, ReadOnlyMemory<byte> name)
    {
        if (names.Count < Most) names.Add(Encoding.UTF8.GetString(name.Span));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Bytes(HashSet<string> names)
        => names.Select(name => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(name));
}
