using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Otlp;

/// <summary>What became of the points of a request.</summary>
internal sealed class OtlpTally
{
    private const int MostReasons = 10;

    private readonly SortedDictionary<string, int> _reasons = new(StringComparer.Ordinal);

    /// <summary>Points that were not taken.</summary>
    public long Rejected { get; private set; }

    /// <summary>Points that were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>Counts a point.</summary>
    /// <param name="worst">What the store said of its samples, the worst of it.</param>
    /// <param name="metric">Its name.</param>
    public void Count(AppendOutcome worst, string metric)
    {
        switch (worst)
        {
            case AppendOutcome.Taken or AppendOutcome.Duplicate or AppendOutcome.Overflowed:
                Taken++;
                break;
            case AppendOutcome.Conflict:
                Reject($"{metric}: another value is there at that time");
                break;
            case AppendOutcome.TooOld:
                Reject($"{metric}: too old or out of order");
                break;
            case AppendOutcome.TooNew:
                Reject($"{metric}: too far in the future");
                break;
            default:
                Reject($"{metric}: labels that no series may have");
                break;
        }
    }

    /// <summary>Counts points that cannot be taken.</summary>
    public void Reject(string reason, long points = 1)
    {
        Rejected += points;
        if (_reasons.Count < MostReasons || _reasons.ContainsKey(reason)) _reasons[reason] = _reasons.GetValueOrDefault(reason) + (int)points;
    }

    /// <summary>The rejections in words.</summary>
    public string Describe() => string.Join("; ", _reasons.Select(r => $"{r.Key} ({r.Value})"));
}
