using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Bench.Ledger;

/// <summary>One way's rounds: appends in milliseconds each.</summary>
internal sealed class Measured(string name)
{
    private readonly List<List<double>> _rounds = [];
    private readonly List<double> _perSecond = [];

    public string Name => name;

    /// <summary>Appends per second in the middle one of the rounds; callers at the same time are counted together.</summary>
    public double PerSecond { get; private set; }

    public void Add(Round round)
    {
        _rounds.Add(round.Milliseconds);
        _perSecond.Add(round.Milliseconds.Count / round.Seconds);
        PerSecond = _perSecond.Order().ElementAt(_perSecond.Count / 2);
    }

    public double Percentile(double share)
    {
        var sorted = _rounds.SelectMany(round => round).Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}

/// <summary>One round of one way.</summary>
/// <param name="Milliseconds">Of each append.</param>
/// <param name="Seconds">How long the round took.</param>
internal sealed record Round(List<double> Milliseconds, double Seconds);

/// <summary>The newest record of each stream.</summary>
internal sealed class Newest : IProjection
{
    public string Collection => "newest";

    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
        => [new(record.Stream, record.Data)];
}
