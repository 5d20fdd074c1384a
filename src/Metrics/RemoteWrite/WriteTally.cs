using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>What became of the samples of a request: the good ones are taken, the bad ones counted, and the first of each kind
/// told.</summary>
internal sealed class WriteTally
{
    private readonly Dictionary<string, (int Count, string First)> _refused = [];

    /// <summary>Float samples taken.</summary>
    public int Samples { get; private set; }

    /// <summary>Native histograms taken.</summary>
    public int Histograms { get; private set; }

    /// <summary>Whether anything was refused.</summary>
    public bool HasRefused => _refused.Count > 0;

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        (Samples, Histograms) = (0, 0);
        _refused.Clear();
    }

    /// <summary>Counts what the store said.</summary>
    public void Count(AppendOutcome outcome, Labels labels, bool histogram)
    {
        switch (outcome)
        {
            case AppendOutcome.Taken or AppendOutcome.Duplicate or AppendOutcome.Overflowed:
                if (histogram) Histograms++;
                else Samples++;
                break;
            case AppendOutcome.Conflict:
                Refuse("another value is there at that time", labels);
                break;
            case AppendOutcome.TooOld:
                Refuse("too old or out of order", labels);
                break;
            case AppendOutcome.TooNew:
                Refuse("too far in the future", labels);
                break;
            case AppendOutcome.BadLabels:
                Refuse("labels that no series may have", labels);
                break;
        }
    }

    /// <summary>Counts a refusal.</summary>
    public void Refuse(string reason, Labels labels)
    {
        var (count, first) = _refused.GetValueOrDefault(reason, (0, ""));
        _refused[reason] = (count + 1, count == 0 ? labels.ToString() : first);
    }

    /// <summary>The refusals in words.</summary>
    public string Describe() =>
        string.Join("; ", _refused.OrderByDescending(r => r.Value.Count).Select(r => $"{r.Key}: {r.Value.Count}, first {Shortened(r.Value.First)}"));

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
