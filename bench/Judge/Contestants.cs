namespace Fairway.Bench.Judge;

/// <summary>A rule that looks at whole minutes and says when to roll back.</summary>
internal abstract class MinuteRule(string name)
{
    public string Name { get; } = name;

    /// <summary>One more minute.</summary>
    /// <returns>True to roll back.</returns>
    public abstract bool Observe(Arm candidate, Arm stable);

    public static MinuteRule[] All() =>
    [
        new ArgoRule("Argo docs: 5 m, 0.95, limit 3", 5, 0.95, 3), new ArgoRule("Argo 1 m, 0.99, limit 0", 1, 0.99, 0), new ArgoRule("Argo 1 m, 0.99, limit 3", 1, 0.99, 3),
        new FlaggerRule("Flagger, threshold 5", 5), new FlaggerRule("Flagger, threshold 10", 10), new MannWhitneyRule(),
    ];
}

/// <summary>
/// An Argo Rollouts analysis as its documentation shows it: the candidate's success rate over the interval against a limit; more failures than allowed end it.
/// A minute without requests gives NaN, which fails.
/// </summary>
internal sealed class ArgoRule(string name, int minutes, double least, int limit) : MinuteRule(name)
{
    private Arm _window;
    private int _minute, _failed;

    public override bool Observe(Arm candidate, Arm stable)
    {
        _window += candidate;
        if (++_minute % minutes != 0) return false;
        var isGood = _window.Requests > 0 && 1 - (double)_window.Errors / _window.Requests >= least;
        _window = default;
        if (!isGood) _failed++;
        return _failed > limit;
    }
}

/// <summary>
/// Flagger's request-success-rate check with its defaults (1 m, at least 99 %): failed checks add up over the run, and the tick after the threshold is reached rolls back.
/// No data is a failed check.
/// </summary>
internal sealed class FlaggerRule(string name, int threshold) : MinuteRule(name)
{
    private int _failed;

    public override bool Observe(Arm candidate, Arm stable)
    {
        if (_failed >= threshold) return true;
        if (candidate.Requests == 0 || 100.0 * (candidate.Requests - candidate.Errors) / candidate.Requests < 99) _failed++;
        return false;
    }
}

/// <summary>
/// A judge as Kayenta's documents describe theirs: error rates per minute of both arms, a growing window looked at every five minutes, a two-sided 98 % Mann-Whitney
/// interval for the shift; "High" when its lower end is above a quarter of the estimated shift.
/// </summary>
internal sealed class MannWhitneyRule() : MinuteRule("Mann-Whitney, every 5 m")
{
    private const double Quantile = 2.3263478740408408;
    private readonly List<double> _candidate = [], _stable = [];
    private int _minute;

    public override bool Observe(Arm candidate, Arm stable)
    {
        if (candidate.Requests > 0) _candidate.Add((double)candidate.Errors / candidate.Requests);
        if (stable.Requests > 0) _stable.Add((double)stable.Errors / stable.Requests);
        return ++_minute % 5 == 0 && _candidate.Count > 0 && _stable.Count > 0 && IsHigh();
    }

    private bool IsHigh()
    {
        if (_candidate.Concat(_stable).Distinct().Skip(1).FirstOrDefault(-1) < 0) return false;
        int n = _candidate.Count, m = _stable.Count;
        var differences = new double[n * m];
        for (var i = 0; i < n; i++)
        for (var j = 0; j < m; j++) differences[i * m + j] = _candidate[i] - _stable[j];
        Array.Sort(differences);
        double ties = Ties(_candidate) + Ties(_stable), total = n + m;
        var sigma = Math.Sqrt(n * m / 12.0 * (total + 1 - ties / (total * (total - 1))));
        if (sigma == 0 || double.IsNaN(sigma)) return false;
        // The shift at which (number of differences above it − nm/2 ∓ 0.5)/σ equals the quantile: an order statistic of the differences.
        var estimate = Between(differences, n * m / 2.0);
        var low = Between(differences, n * m / 2.0 - Quantile * sigma - 0.5);
        return low > 0.25 * Math.Abs(estimate);
    }

    private static double Between(double[] sorted, double rank)
    {
        var below = (int)Math.Clamp(Math.Floor(rank - 0.5), 0, sorted.Length - 1);
        return rank < 0 ? sorted[0] : (sorted[below] + sorted[Math.Min(sorted.Length - 1, below + 1)]) / 2;
    }

    private static double Ties(List<double> values) => values.GroupBy(value => value).Sum(group => Math.Pow(group.Count(), 3) - group.Count());
}
