using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Requests per second by release, from the edge's exact counters, over a window of the last looks.</summary>
internal sealed class RateWindow(Duration width)
{
    private readonly Queue<(Instant At, EdgeView Edge)> _looks = new();

    /// <summary>Takes a look in and gives the present paces; empty before two looks at the same edge.</summary>
    public ImmutableArray<ReleaseRate> Add(Instant at, EdgeView? edge)
    {
        if (edge is null)
        {
            _looks.Clear();
            return [];
        }
        // Counters of two epochs must not be subtracted.
        if (_looks.TryPeek(out var first) && first.Edge.Epoch != edge.Epoch) _looks.Clear();
        _looks.Enqueue((at, edge));
        while (_looks.Count > 2 && at - _looks.Peek().At > width) _looks.Dequeue();
        var (since, before) = _looks.Peek();
        var seconds = (at - since).TotalSeconds;
        return seconds < 0.2 ? [] : Difference(before, edge, seconds);
    }

    private static ImmutableArray<ReleaseRate> Difference(EdgeView before, EdgeView now, double seconds)
    {
        var old = before.Instances.ToDictionary(row => (row.Release, row.Instance));
        var rates = new SortedDictionary<string, (long Requests, long Errors)>(StringComparer.Ordinal);
        foreach (var row in now.Instances)
        {
            old.TryGetValue((row.Release, row.Instance), out var then);
            var sum = rates.GetValueOrDefault(row.Release);
            rates[row.Release] = (
                sum.Requests + ArmTraffic.Finished(row) - (then is null ? 0 : ArmTraffic.Finished(then)),
                sum.Errors + ArmTraffic.Failed(row) - (then is null ? 0 : ArmTraffic.Failed(then)));
        }
        return [.. rates.Select(rate => new ReleaseRate(rate.Key, rate.Value.Requests / seconds, rate.Value.Errors / seconds))];
    }
}
