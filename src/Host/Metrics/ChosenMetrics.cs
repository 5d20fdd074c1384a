using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Metrics;

/// <summary>The source that the configuration names at the moment of a question.</summary>
/// <param name="source">It.</param>
internal sealed class ChosenMetrics(Func<IMetricsSource> source) : IMetricsSource
{
    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation) => source().AskAsync(expressions, cancellation);
}
