using System.Globalization;
using Fairway.Judgement;
using Fairway.Kernel;

namespace Fairway.Bench.Judge;

/// <summary>A scenario's runs, counted.</summary>
internal sealed class Score(Scenario scenario, Run[] runs)
{
    public Scenario Scenario { get; } = scenario;

    /// <summary>Our rollbacks that were wrong.</summary>
    public int False { get; } = runs.Count(run => run.Early || (!scenario.IsBad && run.Ours.RolledBack));

    /// <summary>Share of runs in which we rolled back after the onset.</summary>
    public double Detected { get; } = runs.Count(run => run.Ours.RolledBack) / (double)runs.Length;

    public double Median { get; } = Quantile(runs.Select(run => run.Ours.Minutes), 0.5);

    public double P90 { get; } = Quantile(runs.Select(run => run.Ours.Minutes), 0.9);

    /// <summary>Mean failed requests of the candidate until we rolled back.</summary>
    public double Failed { get; } = runs.Where(run => run.Ours.RolledBack).Select(run => (double)run.Ours.Failed).DefaultIfEmpty(double.NaN).Average();

    public double SafeShare { get; } = runs.Count(run => !double.IsNaN(run.SafeAt)) / (double)runs.Length;

    public double SafeMedian { get; } = Quantile(runs.Select(run => run.SafeAt), 0.5);

    public double SafeP90 { get; } = Quantile(runs.Select(run => run.SafeAt), 0.9);

    /// <summary>Per rule: share rolled back, and median minutes.</summary>
    public (double Share, double Median)[] Others { get; } =
        [.. Enumerable.Range(0, runs[0].Others.Length).Select(i => (runs.Count(run => run.Others[i].RolledBack) / (double)runs.Length,
            Quantile(runs.Select(run => run.Others[i].Minutes), 0.5)))];

    /// <summary>The two-sided 95 % interval of the share of wrong rollbacks (E. B. Wilson 1927).</summary>
    public (double Low, double High) FalseInterval { get; } = Interval(runs.Count(run => run.Early || (!scenario.IsBad && run.Ours.RolledBack)), runs.Length);

    /// <summary>
    /// Wald's bound: the candidate's failed requests that any test with the same false-rollback probability needs on average, were it told the regression;
    /// null where the scenario has no single one.
    /// </summary>
    public double? Wald { get; } = scenario.Factor <= 1 || scenario.Leak is not null ? null
        : JudgementPlan.Expect(new(0.5, 20) { Metrics = MetricPolicy.Default }, new(scenario.Base, scenario.Factor, scenario.Rate,
            Weight.FromPercent((decimal)(scenario.Weight(scenario.Onset) * 100)))).FailedByWald;

    public double FalseShare => (double)False / runs.Length;

    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"{Scenario.Name,-58} false {FalseShare:0.00%} (<= {FalseInterval.High:0.00%}) detected {Detected:0.0%} median {Median:0.00} p90 {P90:0.00} failed {Failed:0.0} of Wald's {Failed / Wald:0.00} safe {SafeShare:0%} {SafeMedian:0.0} {SafeP90:0.0}");

    // Runs that never got there count as later than all others.
    private static double Quantile(IEnumerable<double> minutes, double share)
    {
        var sorted = minutes.Select(one => double.IsNaN(one) ? double.PositiveInfinity : one).Order().ToArray();
        return sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }

    private static (double Low, double High) Interval(int hits, int n)
    {
        const double Z = 1.96;
        var p = (double)hits / n;
        var (middle, half) = (p + Z * Z / (2 * n), Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4.0 * n * n)));
        return (Math.Max(0, (middle - half) / (1 + Z * Z / n)), (middle + half) / (1 + Z * Z / n));
    }
}
