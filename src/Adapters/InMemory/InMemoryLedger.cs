using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Adapters.InMemory;

/// <summary>Where in an append a simulated crash may strike.</summary>
public enum AppendMoment
{
    /// <summary>Nothing is stored yet.</summary>
    BeforeCommit,

    /// <summary>All is stored; the caller does not know.</summary>
    AfterCommit,
}

/// <summary>
/// A ledger in memory, for the simulator: the same contract, every call done when it returns, so it runs on one thread and a virtual clock.
/// It outlives the engine that uses it, as a disk does.
/// </summary>
public sealed class InMemoryLedger : ILedger
{
    private readonly Lock _lock = new();
    private readonly Upcasts _upcasts;
    private readonly ReadModels _models;
    private readonly AppendSignal _appended = new();
    private readonly List<LedgerEvent> _records = [];
    private readonly Dictionary<string, List<LedgerEvent>> _streams = new(StringComparer.Ordinal);
    private Documents _documents;

    /// <summary>A ledger that derives these read models.</summary>
    /// <param name="projections">The read models.</param>
    /// <param name="upcasts">How older records are read; null is as they are.</param>
    /// <param name="records">Records it begins with, in order: what another ledger held.</param>
    public InMemoryLedger(IEnumerable<IProjection> projections, Upcasts? upcasts = null, IEnumerable<LedgerEvent>? records = null)
    {
        _upcasts = upcasts ?? Upcasts.None;
        _models = new(projections);
        foreach (var record in records ?? []) Store(record);
        _documents = Derive();
    }

    /// <summary>
    /// Called at each moment of each append with the stream's name; throw from it to crash there. The exception reaches the appender.
    /// </summary>
    public Action<AppendMoment, string>? OnAppend { get; set; }

    /// <summary>Records as they are stored.</summary>
    public ImmutableArray<LedgerEvent> Records
    {
        get
        {
            lock (_lock) return [.. _records];
        }
    }

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(
        string stream, long expectedVersion, ImmutableArray<NewEvent> events, CancellationToken cancellation)
        => Now(() => Append(PreparedAppend.Of(stream, expectedVersion, events)), cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<LedgerEvent>> ReadAsync(long afterSeq, int limit, CancellationToken cancellation)
        => Now(() => Page(_records, afterSeq, limit), cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<LedgerEvent>> ReadStreamAsync(string stream, long afterVersion, int limit, CancellationToken cancellation)
        => Now(() => Page(_streams.GetValueOrDefault(stream) ?? [], afterVersion, limit), cancellation);

    /// <inheritdoc/>
    public Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation) => Now(() => Search(query), cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<LedgerEvent> TailAsync(long afterSeq, CancellationToken cancellation)
        => LedgerTail.FollowAsync(_appended, (after, stop) => ReadAsync(after, 256, stop), afterSeq, cancellation);

    /// <inheritdoc/>
    public Task<string?> LoadAsync(string collection, string key, CancellationToken cancellation)
        => Now(() => _documents.Load(collection, key), cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyValuePair<string, string>>> ListAsync(string collection, string prefix, CancellationToken cancellation)
        => Now(() => _documents.List(collection, prefix), cancellation);

    /// <inheritdoc/>
    public Task<LedgerReport> VerifyAsync(CancellationToken cancellation) => Now(
        () =>
        {
            var report = LedgerChainCheck.Verify(_records.Select(StoredRecord.Of), Head);
            return LedgerReport.Of(report.Records, report.Head.Hash, report.Problems);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<long> RebuildAsync(CancellationToken cancellation) => Now(
        () =>
        {
            _documents = Derive();
            return (long)_records.Count;
        },
        cancellation);

    private LedgerHead Head => _records is [.., var last] ? new(last.Seq, last.Hash) : LedgerHead.Empty;

    private AppendResult Append(PreparedAppend append)
    {
        var version = _streams.GetValueOrDefault(append.Stream)?.Count ?? 0;
        if (version != append.ExpectedVersion) return new([], version);
        if (append.Events.IsEmpty) return new([], null);
        var records = append.After(Head);
        OnAppend?.Invoke(AppendMoment.BeforeCommit, append.Stream);
        _documents.Apply(records.Select(_upcasts.Apply));
        foreach (var record in records) Store(record);
        _appended.Set();
        OnAppend?.Invoke(AppendMoment.AfterCommit, append.Stream);
        return new(records, null);
    }

    private Documents Derive()
    {
        var documents = new Documents(_models);
        documents.Apply(_records.Select(_upcasts.Apply));
        return documents;
    }

    private void Store(LedgerEvent record)
    {
        _records.Add(record);
        if (!_streams.TryGetValue(record.Stream, out var stream)) _streams.Add(record.Stream, stream = []);
        stream.Add(record);
    }

    private ImmutableArray<LedgerEvent> Page(List<LedgerEvent> records, long after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // Positions have no gaps, so a position is an index.
        return after >= records.Count ? [] : [.. records.Skip((int)after).Take(limit).Select(_upcasts.Apply)];
    }

    private LedgerPage Search(LedgerQuery query)
    {
        var newest = query.Order == LedgerOrder.Newest;
        var found = Enumerable.Range(0, _records.Count).Select(index => _records[newest ? _records.Count - 1 - index : index])
            .Where(record => query.Cursor is not { } cursor || (newest ? record.Seq < cursor : record.Seq > cursor))
            .Where(query.Matches).Take(query.Limit + 1).ToList();
        var page = found.Take(query.Limit).Select(_upcasts.Apply).ToImmutableArray();
        return new(page, found.Count > query.Limit ? page[^1].Seq : null);
    }

    /// <summary>Runs at once, on this thread; a fault becomes the task's, as with a store that takes its time.</summary>
    private Task<T> Now<T>(Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<T>(cancellation);
        try
        {
            lock (_lock) return Task.FromResult(work());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }
}
