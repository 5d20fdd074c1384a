using Fairway.Ledger;

namespace Fairway.Ports;

/// <summary>How an append ended.</summary>
/// <param name="Events">The stored records when it was done; empty otherwise.</param>
/// <param name="Conflict">Another append was first: the stream's version is now this. Decide again, never merge.</param>
public sealed record AppendResult(ImmutableArray<LedgerEvent> Events, long? Conflict)
{
    /// <summary>Whether the records are stored, durably.</summary>
    public bool Done => Conflict is null;
}

/// <summary>What is found wrong when the whole chain is recomputed.</summary>
/// <param name="Records">Records read.</param>
/// <param name="LastHash">Hash of the last record read.</param>
/// <param name="Problems">One sentence per broken record: its seq and what differs. Empty when all is well.</param>
public sealed record LedgerReport(long Records, string LastHash, ImmutableArray<string> Problems)
{
    /// <summary>The same problems with the record and the field apart from the sentence, in the same order.</summary>
    public ImmutableArray<LedgerProblem> Findings { get; init; } = [];

    /// <summary>A report of these findings.</summary>
    public static LedgerReport Of(long records, string lastHash, ImmutableArray<LedgerProblem> findings)
        => new(records, lastHash, [.. findings.Select(finding => finding.Sentence)]) { Findings = findings };
}

/// <summary>
/// The one place where what happened is kept. Appends are atomic with the read models derived from them and durable when they return.
/// Operating faults (full disk, lost file) are thrown as <see cref="LedgerException"/>; nothing is half-written then.
/// </summary>
public interface ILedger
{
    /// <summary>
    /// Appends to a stream whose version must be <paramref name="expectedVersion"/> (0 for a new one), updating read models in the same
    /// transaction.
    /// </summary>
    /// <remarks>
    /// Cancelling takes back an append that still waits its turn; one that is being written is told to its end. No events just compare the
    /// version.
    /// </remarks>
    /// <exception cref="LedgerException">It could not be stored; nothing was.</exception>
    /// <exception cref="InvalidAppendException">A name, type, cause or data that cannot be kept.</exception>
    Task<AppendResult> AppendAsync(string stream, long expectedVersion, ImmutableArray<NewEvent> events, CancellationToken cancellation);

    /// <summary>Records of the whole ledger after a position, oldest first, at most <paramref name="limit"/>.</summary>
    Task<ImmutableArray<LedgerEvent>> ReadAsync(long afterSeq, int limit, CancellationToken cancellation);

    /// <summary>Records of one stream after a version, oldest first, at most <paramref name="limit"/>.</summary>
    Task<ImmutableArray<LedgerEvent>> ReadStreamAsync(string stream, long afterVersion, int limit, CancellationToken cancellation);

    /// <summary>Records that match, in order, page by page.</summary>
    Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation);

    /// <summary>
    /// Every record after a position, and then each new one as it is appended, until cancelled. None is missed or doubled.
    /// </summary>
    IAsyncEnumerable<LedgerEvent> TailAsync(long afterSeq, CancellationToken cancellation);

    /// <summary>A document of a read model; null when there is none.</summary>
    Task<string?> LoadAsync(string collection, string key, CancellationToken cancellation);

    /// <summary>All documents of a read model whose key starts with <paramref name="prefix"/>, by key in ordinal order.</summary>
    Task<ImmutableArray<KeyValuePair<string, string>>> ListAsync(string collection, string prefix, CancellationToken cancellation);

    /// <summary>Recomputes the hash chain, the streams' versions and the read models, and says what does not fit.</summary>
    Task<LedgerReport> VerifyAsync(CancellationToken cancellation);

    /// <summary>Empties the read models and derives them again from the records; returns the number of records read.</summary>
    Task<long> RebuildAsync(CancellationToken cancellation);
}

/// <summary>
/// A read model: documents derived from records, in the appending transaction and again at a rebuild. Pure: the same records give the same
/// documents. It sees each record in its newest shape (<see cref="Upcasts"/>).
/// </summary>
public interface IProjection
{
    /// <summary>The collection it owns; no other read model writes there.</summary>
    string Collection { get; }

    /// <summary>
    /// Version of what it derives. When it is another than that of the stored documents, they are derived anew when the ledger is opened.
    /// </summary>
    int Version => 1;

    /// <summary>
    /// Applies one record. <paramref name="load"/> reads a document of this collection, seeing earlier changes; a null body deletes.
    /// </summary>
    IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load);
}

/// <summary>The ledger could not be read or written; nothing is half-done.</summary>
public sealed class LedgerException(Kernel.Fault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    /// <summary>What happened and how to mend it.</summary>
    public Kernel.Fault Fault { get; } = fault;
}
