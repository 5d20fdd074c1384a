using System.Text;
using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Ledger;

/// <summary>An append that no store could keep: a programmer's error, found before anything is written.</summary>
public sealed class InvalidAppendException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An append that was looked at before it reaches the store: names checked, data made canonical.</summary>
public sealed record PreparedAppend
{
    /// <summary>Longest stream or actor name, in characters.</summary>
    public const int MaxNameLength = 512;

    /// <summary>Largest canonical data of one record, in bytes: 16 MiB.</summary>
    public const int MaxDataBytes = 16 * 1024 * 1024;

    private PreparedAppend()
    {
    }

    /// <summary>The stream appended to.</summary>
    public required string Stream { get; init; }

    /// <summary>The version it must have.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>The records to be, with canonical data.</summary>
    public required ImmutableArray<NewEvent> Events { get; init; }

    /// <summary>About how many bytes they take.</summary>
    public required long Bytes { get; init; }

    /// <summary>Checks an append and makes its data canonical.</summary>
    /// <exception cref="InvalidAppendException">A name, type, cause or data that no store could keep; says which.</exception>
    public static PreparedAppend Of(string stream, long expectedVersion, ImmutableArray<NewEvent> events)
    {
        CheckName(stream, "stream");
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        var canonical = ImmutableArray.CreateBuilder<NewEvent>(events.Length);
        long bytes = 0;
        foreach (var item in events)
        {
            if (!EventType.TryParse(item.Type, out _))
                throw new InvalidAppendException($"{stream}: \"{item.Type}\" is not an event type; expected lower-case words and a "
                    + "version, such as rollout-started.v1");
            CheckName(item.Actor, "actor");
            if (item.Cause is < 1)
                throw new InvalidAppendException($"{stream}: the cause of a {item.Type} is {item.Cause}, not the seq of an earlier record");
            var data = CanonicalData(stream, item);
            bytes += Encoding.UTF8.GetByteCount(data);
            canonical.Add(item with { Data = data });
        }
        return new() { Stream = stream, ExpectedVersion = expectedVersion, Events = canonical.MoveToImmutable(), Bytes = bytes };
    }

    /// <summary>The records as they follow a head, hashed into the chain.</summary>
    /// <exception cref="InvalidAppendException">A cause that is not an earlier record.</exception>
    public ImmutableArray<LedgerEvent> After(LedgerHead head)
    {
        var records = ImmutableArray.CreateBuilder<LedgerEvent>(Events.Length);
        var previous = head.Hash;
        foreach (var item in Events)
        {
            var seq = head.Seq + records.Count + 1;
            if (item.Cause > head.Seq)
                throw new InvalidAppendException($"{Stream}: the cause of a {item.Type} is record {item.Cause}, but the ledger ends at "
                    + $"{head.Seq}");
            var record = new LedgerEvent(
                seq, Stream, ExpectedVersion + records.Count + 1, item.At, item.Type, item.Actor, item.Cause, item.Data, previous, "");
            previous = LedgerHash.Of(StoredRecord.Of(record));
            records.Add(record with { Hash = previous });
        }
        return records.MoveToImmutable();
    }

    private static string CanonicalData(string stream, NewEvent item)
    {
        try
        {
            var data = CanonicalJson.CanonicalizeToUtf8(item.Data);
            if (data.Length > MaxDataBytes)
                throw new InvalidAppendException($"{stream}: the data of a {item.Type} takes {data.Length} bytes; a record holds at most "
                    + $"{MaxDataBytes}. Store it as an artifact and name its digest");
            return Encoding.UTF8.GetString(data);
        }
        catch (JsonException e)
        {
            throw new InvalidAppendException($"{stream}: the data of a {item.Type} is not JSON that can be kept: {e.Message}", e);
        }
    }

    private static void CheckName(string name, string what)
    {
        if (string.IsNullOrEmpty(name)) throw new InvalidAppendException($"the {what} is empty");
        if (name.Length > MaxNameLength)
            throw new InvalidAppendException($"the {what} has {name.Length} characters; at most {MaxNameLength} are kept");
        if (name.Contains('\0', StringComparison.Ordinal))
            throw new InvalidAppendException($"the {what} holds a NUL character, which no database keeps");
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsSurrogate(name[i])) continue;
            if (!char.IsSurrogatePair(name, i)) throw new InvalidAppendException($"the {what} holds half of a surrogate pair");
            i++;
        }
    }
}
