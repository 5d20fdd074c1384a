using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>Runs in the ledger, in stream <c>pipeline/NAME/RUN</c>.</summary>
public sealed class LedgerRunJournal(ILedger ledger) : IRunJournal
{
    private static readonly string Queued = EventTypes<RunEvent>.Names.Single(name => name.StartsWith("pipeline-run-queued.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public async Task AppendAsync(RunKey run, long expectedVersion, ImmutableArray<RunEvent> events, CancellationToken cancellation)
    {
        var stream = RunEvent.StreamOf(run.Pipeline, run.Run);
        var result = await ledger.AppendAsync(stream, expectedVersion, [.. events.Select(happened => happened.ToRecord())], cancellation);
        if (!result.Done) throw new LedgerException(new(FaultKind.Conflict, Blame.Fairway, false, $"run {run.Run} of {run.Pipeline} moved on without this runner"));
    }

    /// <inheritdoc/>
    public async Task<PipelineRun?> FindAsync(RunKey run, CancellationToken cancellation)
    {
        PipelineRun? state = null;
        while (true)
        {
            var page = await ledger.ReadStreamAsync(RunEvent.StreamOf(run.Pipeline, run.Run), state?.Version ?? 0, LedgerQuery.MaxLimit, cancellation);
            foreach (var record in page)
                if (RunEvent.Read(record.Type, record.Data) is { } happened) state = RunEvolver.Apply(state, happened);
            if (page.Length < LedgerQuery.MaxLimit) return state;
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<PipelineRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<PipelineRun>();
        var query = new LedgerQuery
        {
            StreamPrefix = pipeline is null ? RunEvent.StreamPrefix : RunEvent.StreamOf(pipeline, ""), Types = [Queued], Limit = Math.Clamp(limit, 1, LedgerQuery.MaxLimit),
        };
        foreach (var record in (await ledger.SearchAsync(query, cancellation)).Records)
            if (record.Stream.Split('/') is [_, var name, var run] && await FindAsync(new(name, run), cancellation) is { } state) found.Add(state);
        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<PipelineRun>> ListOpenAsync(CancellationToken cancellation)
    {
        var found = new List<PipelineRun>();
        foreach (var (stream, _) in await ledger.ListAsync(OpenRunsProjection.Name, "", cancellation))
            if (stream.Split('/') is [_, var name, var run] && await FindAsync(new(name, run), cancellation) is { Outcome: null } state) found.Add(state);
        return [.. found.OrderBy(run => run.QueuedAt).ThenBy(run => run.Id, StringComparer.Ordinal)];
    }
}

/// <summary>Runs that are not over, by their stream.</summary>
public sealed class OpenRunsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "open-runs";

    private static readonly string Ended = EventTypes<RunEvent>.Names.Single(name => name.StartsWith("pipeline-run-finished.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(RunEvent.StreamPrefix, StringComparison.Ordinal)) yield break;
        if (record.Version == 1) yield return new(record.Stream, "true");
        else if (record.Type == Ended) yield return new(record.Stream, null);
    }
}
