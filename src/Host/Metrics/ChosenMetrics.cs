using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Metrics;

/// <summary>The source that the configuration names at the moment of a question.</summary>
/// <param name="source">It.</param>
internal sealed class ChosenMetrics(Func<IMetricsSource> source) : IMetricsSource
{
    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation) => source().AskAsync(expressions, cancellation);

    /// <inheritdoc/>
    public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation) => source().AlertsAsync(cancellation);

    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation) => source().AskAsync(expressions, at, cancellation);
}
