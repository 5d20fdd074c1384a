using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Rollouts;

/// <summary>The counts of a tick with those of queried metrics among them.</summary>
/// <param name="Cursor">After them.</param>
/// <param name="Candidate">The candidate's counts.</param>
/// <param name="Stable">The stable release's.</param>
/// <param name="IsNews">Whether the cursor must be kept, even if nothing else was counted.</param>
internal sealed record QueriedCounts(CounterCursor Cursor, ArmCounts Candidate, ArmCounts? Stable, bool IsNews)
{
    /// <summary>Adds what is new of queried metrics; nothing of what was counted before the weight in force was confirmed.</summary>
    public static QueriedCounts Add(Rollout rollout, MetricsView? view, string? stable, QueriedCounts counts)
    {
        if (counts.Stable is null || rollout is not { IsRollback: false, Service.Rollout.Judge: { } judge }) return counts;
        var cursors = counts.Cursor.Queries ?? ImmutableSortedDictionary<string, QueryCursor>.Empty.WithComparers(StringComparer.Ordinal);
        var (left, right, isNews) = (ImmutableArray.CreateBuilder<MetricCount>(), ImmutableArray.CreateBuilder<MetricCount>(), counts.IsNews);
        foreach (var metric in judge.Metrics)
        {
            if (metric.Query is null) continue;
            var before = cursors.GetValueOrDefault(metric.Name)?.Ran(counts.Candidate.InstanceSeconds, counts.Stable.InstanceSeconds);
            var reading = view is not null && view.Candidate == rollout.Release.Digest && view.Stable == stable
                ? view.Readings.FirstOrDefault(reading => reading.Metric == metric.Name) : null;
            if (reading is null || view!.At <= before?.At)
            {
                if (before is not null) cursors = cursors.SetItem(metric.Name, before);
                continue;
            }
            var isComparable = rollout.ConfirmedAt is { } confirmed && before?.From >= confirmed;
            var (next, candidate, other) = isComparable ? before!.Advance(view.At, reading, alone: rollout.Weight == Weight.Full)
                : (QueryCursor.Start(view.At, reading), null, null);
            cursors = cursors.SetItem(metric.Name, next);
            if (candidate is not null) left.Add(candidate);
            if (other is not null) right.Add(other);
            var isAnew = next.From == view.At && (next.IsKnown || before is null or { IsKnown: true });
            isNews |= isAnew || candidate is not null;
        }
        if (cursors.IsEmpty) return counts;
        return new(counts.Cursor with { Queries = cursors }, With(counts.Candidate, left.ToImmutable()), With(counts.Stable, right.ToImmutable()), isNews);
    }

    private static ArmCounts With(ArmCounts counts, ImmutableArray<MetricCount> queried)
        => queried.IsEmpty ? counts : counts with { Queried = [.. queried.OrderBy(static count => count.Name, StringComparer.Ordinal)] };
}
