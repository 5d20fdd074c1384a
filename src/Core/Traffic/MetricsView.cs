using Fairway.Kernel;
using NodaTime;

namespace Fairway.Traffic;

/// <summary>Cumulative values of a metric for one release, as the source has them.</summary>
/// <param name="Events">What is counted.</param>
/// <param name="Total">Out of how many; null for a metric that is a rate.</param>
public sealed record QueriedValue(double Events, double? Total);

/// <summary>What the source says of a metric.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Candidate">Null when the source has none of the candidate.</param>
/// <param name="Stable">Null when the source has none of the stable release.</param>
public sealed record QueriedReading(string Metric, QueriedValue? Candidate, QueriedValue? Stable);

/// <summary>The latest answer of the metrics source on a rollout's two releases.</summary>
/// <param name="Candidate">Digest of the candidate.</param>
/// <param name="Stable">Digest of the stable release.</param>
/// <param name="At">When the source was asked: what is counted later is not in the values.</param>
/// <param name="Readings">By metric; one whose queries failed is not among them.</param>
/// <param name="Fault">Why a query failed; null when none did.</param>
public sealed record MetricsView(string Candidate, string Stable, Instant At, ImmutableArray<QueriedReading> Readings, Fault? Fault);
