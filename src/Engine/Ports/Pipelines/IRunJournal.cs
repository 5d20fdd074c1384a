using Fairway.Pipelines;

namespace Fairway.Ports;

/// <summary>A run's name.</summary>
/// <param name="Pipeline">Name of the pipeline.</param>
/// <param name="Run">Its id.</param>
public sealed record RunKey(string Pipeline, string Run);

/// <summary>Where the events of runs are kept: the ledger, or files where there is no control plane.</summary>
public interface IRunJournal
{
    /// <summary>Appends to a run whose version must be <paramref name="expectedVersion"/>; durable when it returns.</summary>
    /// <exception cref="LedgerException">It could not be stored; nothing was.</exception>
    Task AppendAsync(RunKey run, long expectedVersion, ImmutableArray<RunEvent> events, CancellationToken cancellation);

    /// <summary>A run as its events make it; null when there is none.</summary>
    Task<PipelineRun?> FindAsync(RunKey run, CancellationToken cancellation);

    /// <summary>Runs, the newest first.</summary>
    /// <param name="pipeline">Only of this one; null is all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<ImmutableArray<PipelineRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellation);

    /// <summary>Runs that are not over, the first to be asked for first.</summary>
    Task<ImmutableArray<PipelineRun>> ListOpenAsync(CancellationToken cancellation);
}
