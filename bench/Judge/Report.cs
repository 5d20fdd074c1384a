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

    /// <summary>Upper end of the two-sided 95 % interval of the share of wrong rollbacks (E. B. Wilson 1927).</summary>
    public double FalseUpper { get; } = Upper(runs.Count(run => run.Early || (!scenario.IsBad && run.Ours.RolledBack)), runs.Length);

    public double FalseShare => (double)False / runs.Length;

    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"{Scenario.Name,-58} false {FalseShare:0.00%} (<= {FalseUpper:0.00%}) detected {Detected:0.0%} median {Median:0.00} p90 {P90:0.00} failed {Failed:0.0} safe {SafeShare:0%} {SafeMedian:0.0} {SafeP90:0.0}");

    // Runs that never got there count as later than all others.
    private static double Quantile(IEnumerable<double> minutes, double share)
    {
        var sorted = minutes.Select(one => double.IsNaN(one) ? double.PositiveInfinity : one).Order().ToArray();
        return sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }

    private static double Upper(int hits, int n)
    {
        const double Z = 1.96;
        var p = (double)hits / n;
        return (p + Z * Z / (2 * n) + Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4.0 * n * n))) / (1 + Z * Z / n);
    }
}

/// <summary>The section of RESULTS.md.</summary>
internal static class Report
{
    public static string Write(IReadOnlyList<Score> scored, SpeedResult speed, int runs, ulong seed)
    {
        var names = MinuteRule.All().Select(rule => rule.Name).ToArray();
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"""
            Rollouts of an hour, {runs:N0} per scenario, all contestants on the same simulated requests: the candidate at 10 % of 50 req/s, 0.5 % of which fail, unless the
            scenario says otherwise. Ours is the judge as it ships: default metrics and parts, 1 % false-rollback probability, ticks of one second (two where nothing is wrong), noise learned from a
            simulated day of stable instances against stable instances. The others are our own implementations of what their documents describe, with the defaults there.
            Requests fail independently except where the scenario says not.

            Command: `dotnet run -c Release --project bench/Judge` ({Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription},
            load average {load} at the end). Deterministic: the same seeds give the same table.

            ### Good releases rolled back within the hour

            | scenario | **ours** (declared 1 %) | 95 % upper | {string.Join(" | ", names)} |
            | --- | ---: | ---: |{string.Concat(names.Select(_ => " ---: |"))}
            """);
        foreach (var one in scored.Where(one => !one.Scenario.IsBad))
            text.WriteLine($"| {one.Scenario.Name} | **{one.FalseShare:0.00%}** | {one.FalseUpper:0.00%} | {string.Join(" | ", one.Others.Select(other => $"{other.Share:0.0%}"))} |");
        text.WriteLine($"""

            ### Bad releases: median minutes until rolled back

            In brackets the share rolled back within the hour, where it is not all.

            | scenario | **ours** | {string.Join(" | ", names)} |
            | --- | ---: |{string.Concat(names.Select(_ => " ---: |"))}
            """);
        foreach (var one in scored.Where(one => one.Scenario.IsBad))
            text.WriteLine($"| {one.Scenario.Name} | **{Minutes(one.Detected, one.Median)}** | {string.Join(" | ", one.Others.Select(other => Minutes(other.Share, other.Median)))} |");
        text.WriteLine("""

            ### Ours in detail

            Failed requests are the candidate's from the onset to the verdict, on average; Wald's bound is the fewest that any test with the same false-rollback probability
            could do with, were it told the regression beforehand. "False" is the share of runs rolled back before the onset. The last columns are about being proven *safe*
            (which must come rarely, at most 5 %, where the candidate is worse than the margin of 2.4).

            | scenario | median min | p90 min | failed until detected | Wald's bound | ratio | false | called safe | median min to safe | p90 |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
        foreach (var one in scored)
        {
            var wald = Wald(one.Scenario);
            var bad = one.Scenario.IsBad;
            text.WriteLine($"| {one.Scenario.Name} | {(bad ? Number(one.Median) : "")} | {(bad ? Number(one.P90) : "")} | {(bad ? $"{one.Failed:0.0}" : "")} | {wald:0.0} | "
                + $"{one.Failed / wald:0.00} | {(bad ? $"{one.FalseShare:0.00%}" : "")} | {one.SafeShare:0.0%} | {Number(one.SafeMedian)} | {Number(one.SafeP90)} |");
        }
        text.WriteLine($"""

            ### Cost

            One tick of one rollout with 12 metrics, each with events on both arms: median {speed.MedianMicroseconds:0} µs, p99 {speed.P99Microseconds:0} µs;
            {speed.PerSecond:N0} such rollouts judged per second on one core.
            """);
        return text.ToString();
    }

    private static double? Wald(Scenario scenario)
    {
        if (scenario.Factor <= 1 || scenario.Leak is not null) return null;
        var weight = Weight.FromPercent((decimal)(scenario.Weight(scenario.Onset) * 100));
        return JudgementPlan.Expect(new(0.5, 20) { Metrics = MetricPolicy.Default }, new(scenario.Base, scenario.Factor, scenario.Rate, weight)).FailedByWald;
    }

    private static string Minutes(double share, double median) => share == 0 ? "never" : share < 0.5 ? $"({share:0.0%})" : share < 0.9995 ? $"{Number(median)} ({share:0.0%})" : Number(median);

    private static string Number(double minutes) => double.IsFinite(minutes) ? minutes.ToString(minutes < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) : "–";
}
