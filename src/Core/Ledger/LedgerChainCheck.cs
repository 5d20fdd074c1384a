using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Ledger;

/// <summary>What a check of the chain found.</summary>
/// <param name="Records">Records looked at.</param>
/// <param name="Head">The last of them.</param>
/// <param name="Problems">What does not fit, in order; empty when all is well.</param>
public sealed record LedgerChainReport(long Records, LedgerHead Head, ImmutableArray<LedgerProblem> Problems);

/// <summary>
/// Recomputes a ledger's chain: every hash, every link, positions without gaps, streams' versions without gaps, and the end against the
/// noted head. Give it all records by seq, then ask for the report. Nothing but its input decides the outcome.
/// </summary>
/// <param name="anchor">A head that was noted elsewhere earlier: everything up to it is proven unchanged, even by someone who rewrote the
/// whole chain.</param>
public sealed class LedgerChainCheck(LedgerHead? anchor = null)
{
    /// <summary>Problems told one by one; further ones are only counted.</summary>
    public const int MostProblems = 1000;

    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private readonly KnownNames _known = new();
    private readonly ChangedFieldSearch _search = new();
    private readonly ArrayBufferWriter<byte> _scratch = new();
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private readonly ImmutableArray<LedgerProblem>.Builder _problems = ImmutableArray.CreateBuilder<LedgerProblem>();
    private StoredRecord? _waiting;
    private LedgerHead _last = LedgerHead.Empty;
    private string _trusted = LedgerHash.Zero;
    private bool _placeKnown = true;
    private long _records, _untold;

    /// <summary>A whole ledger at once.</summary>
    /// <param name="records">All records by seq.</param>
    /// <param name="head">The head noted beside them; null when none could be read.</param>
    /// <param name="anchor">A head noted elsewhere earlier.</param>
    public static LedgerChainReport Verify(IEnumerable<StoredRecord> records, LedgerHead? head, LedgerHead? anchor = null)
    {
        var check = new LedgerChainCheck(anchor);
        foreach (var record in records) check.Add(record);
        return check.Finish(head);
    }

    /// <summary>Begins in the middle: the records up to a head are taken to be right.</summary>
    /// <param name="head">The record before the first one to come.</param>
    /// <param name="versions">Streams' versions at that point, as far as records of them will come.</param>
    public static LedgerChainCheck Behind(LedgerHead head, IEnumerable<KeyValuePair<string, long>> versions)
    {
        var check = new LedgerChainCheck { _last = head, _trusted = head.Hash };
        foreach (var (stream, version) in versions) check._versions[stream] = version;
        return check;
    }

    /// <summary>The next record by seq.</summary>
    public void Add(StoredRecord record)
    {
        // One record waits for the next, whose previous hash says whether a hash or a content was changed.
        if (_waiting is { } waiting) Check(waiting, record.Seq == waiting.Seq + 1 ? Ascii(record.PreviousHash) : null);
        _waiting = record;
        _records++;
    }

    /// <summary>The last record has been given.</summary>
    /// <param name="head">The head noted beside the records; null when none could be read.</param>
    public LedgerChainReport Finish(LedgerHead? head)
    {
        if (_waiting is { } waiting) Check(waiting, head?.Seq == waiting.Seq ? head.Hash : null);
        _waiting = null;
        if (head is not null) CheckEnd(head);
        if (anchor is not null && anchor.Seq > _last.Seq)
            Report(anchor.Seq, "record", $"record {anchor.Seq} was noted with hash {anchor.Hash}, but the ledger ends at {_last.Seq}: "
                + "its end was cut off");
        if (_untold > 0) _problems.Add(new(null, "record", $"and {_untold} more problems, not told one by one"));
        return new(_records, _last, _problems.ToImmutable());
    }

    private void Check(StoredRecord record, string? hashByNext)
    {
        var gap = record.Seq != _last.Seq + 1;
        if (gap) Report(_last.Seq + 1, "record", Missing(_last.Seq + 1, record.Seq - 1));
        LedgerHash.Compute(record, _scratch, _hash);
        var computed = Convert.ToHexStringLower(_hash);
        var stored = Ascii(record.Hash);
        var linkKnown = !gap && _placeKnown;
        var linked = !linkKnown || Ascii(record.PreviousHash) == _trusted;
        var written = record;
        var placeKnown = true;
        if (computed == stored)
        {
            if (!linked)
                Report(record.Seq, "record", $"record {record.Seq} does not follow record {_last.Seq} as it is stored: one of the two "
                    + "was replaced or added, or records between them were removed");
        }
        else if (computed == hashByNext && linked)
        {
            Report(record.Seq, "hash", $"record {record.Seq}: hash differs: was \"{computed}\", now \"{stored}\"");
            written = record with { Hash = Encoding.ASCII.GetBytes(computed) };
        }
        else if (_search.Find(record, ByPlace(record), _known) is { } change)
        {
            Report(record.Seq, change.Field, $"record {record.Seq}: {change.Field} differs: {change.Change}");
            written = change.Written;
            placeKnown = change.Field != "seq";
        }
        else
        {
            Report(record.Seq, "content", $"record {record.Seq}: its content differs from its hash in more than one byte; which fields "
                + $"cannot be told{Hints(record)}");
        }
        if (placeKnown) CheckVersion(record.Seq, written);
        _placeKnown = placeKnown;
        _trusted = Ascii(written.Hash);
        _last = new(record.Seq, _trusted);
        if (anchor?.Seq == record.Seq && anchor.Hash != _trusted)
            Report(record.Seq, "record", $"record {record.Seq} is not the one that was noted: its hash was {anchor.Hash}, now {_trusted}");
    }

    private StoredRecord ByPlace(StoredRecord record)
    {
        _versions.TryGetValue(Encoding.UTF8.GetString(record.Stream.Span), out var version);
        return record with { Seq = _last.Seq + 1, Version = version + 1, PreviousHash = Encoding.ASCII.GetBytes(_trusted) };
    }

    private void CheckVersion(long seq, StoredRecord written)
    {
        var stream = Encoding.UTF8.GetString(written.Stream.Span);
        _versions.TryGetValue(stream, out var version);
        if (written.Version != version + 1)
            Report(seq, "version", $"record {seq}: version {written.Version} of stream {stream} follows version {version}");
        _versions[stream] = written.Version;
        _known.Add(written);
    }

    private void CheckEnd(LedgerHead head)
    {
        if (head.Seq > _last.Seq) Report(_last.Seq + 1, "record", Missing(_last.Seq + 1, head.Seq) + " from the end");
        else if (head.Seq < _last.Seq) Report(head.Seq + 1, "record", $"{Range(head.Seq + 1, _last.Seq)} added after record {head.Seq}, "
            + "the newest the ledger wrote");
        else if (head.Hash != _last.Hash)
            Report(_last.Seq, "head", $"the ledger noted hash {head.Hash} for its newest record {_last.Seq}, whose hash is {_last.Hash}: "
                + "the note was changed, or the record was replaced");
    }

    private static string Missing(long from, long to) => Range(from, to) + " missing";

    private static string Range(long from, long to) => from == to ? $"record {from} is" : $"records {from} to {to} are";

    private static string Hints(StoredRecord record)
    {
        var odd = new List<string>();
        if (StoredRecord.ParseAt(Encoding.UTF8.GetString(record.At.Span)) is null) odd.Add("at is not a time as the ledger writes it");
        if (!EventType.TryParse(Encoding.UTF8.GetString(record.Type.Span), out _)) odd.Add("type is not an event type");
        if (!IsCanonical(record.Data)) odd.Add("data is not canonical JSON");
        return odd.Count == 0 ? "" : $" ({string.Join("; ", odd)})";
    }

    private static bool IsCanonical(ReadOnlyMemory<byte> data)
    {
        try
        {
            return Kernel.CanonicalJson.CanonicalizeToUtf8(Encoding.UTF8.GetString(data.Span)).AsSpan().SequenceEqual(data.Span);
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static string Ascii(ReadOnlyMemory<byte> hash) => Encoding.Latin1.GetString(hash.Span);

    private void Report(long seq, string field, string sentence)
    {
        if (_problems.Count < MostProblems) _problems.Add(new(seq, field, sentence));
        else _untold++;
    }
}
