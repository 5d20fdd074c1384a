using System.Globalization;

namespace Fairway.Bench.Judge;

/// <summary>The section of RESULTS.md.</summary>
internal static class Report
{
    private static readonly string[] Names = [.. MinuteRule.All().Select(rule => rule.Name)];
    private static readonly string Columns = string.Concat(Names.Select(_ => " ---: |"));

    public static string Write(IReadOnlyList<Score> scored, SpeedResult speed, int runs, ulong seed)
    {
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"""
            Rollouts of an hour, {runs:N0} per scenario, all contestants on the same simulated requests: the candidate at 10 % of 50 req/s, 0.5 % of which fail, unless the
            scenario says otherwise. Ours is the judge as it ships: default metrics and parts, 1 % false-rollback probability, ticks as it asks for them (`JudgePace`: a second,
            shorter while a share is new, longer with little traffic), noise learned from a simulated day of stable instances against stable instances. The others are our own
            implementations of what their documents describe, with the defaults there. Requests fail independently except where the scenario says not. The judge was tuned on
            other seeds than this one.

            Command: `dotnet run -c Release --project bench/Judge -- --runs {runs} --seed {seed}` ({Environment.ProcessorCount} cores, one of them used,
            {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, load average {load} at the end). The same seed gives the same table; finished runs
            are kept in `artifacts/judge-bench`, so that it can be stopped and gone on with.

            """);
        Limits(text, scored, speed);
        Good(text, scored);
        Bad(text, scored);
        Detail(text, scored);
        text.WriteLine($"""

            ### Cost

            One tick of one rollout with 12 metrics, each with events on both arms: median {speed.MedianMicroseconds:0} µs, p99 {speed.P99Microseconds:0} µs;
            {speed.PerSecond:N0} such rollouts judged per second on one core.
            """);
        return text.ToString();
    }

    private static void Limits(StringWriter text, IReadOnlyList<Score> scored, SpeedResult speed)
    {
        text.WriteLine("""
            ### What must hold

            | what | seen | limit | |
            | --- | ---: | ---: | --- |
            """);
        var worst = scored.Where(one => !one.Scenario.IsBad).MaxBy(one => one.FalseShare);
        if (worst is not null)
        {
            Line($"false rollbacks, worst of the scenarios without change ({worst.Scenario.Name})", $"{worst.FalseShare:0.00%}", "1 %", worst.FalseShare <= 0.01);
            Line("upper end of its 95 % interval", $"{worst.FalseInterval.High:0.00%}", "1.5 %", worst.FalseInterval.High <= 0.015);
        }
        foreach (var one in scored.Where(one => one.Scenario.MostMinutes is not null))
            Line($"median minutes to detection: {one.Scenario.Name}", $"{one.Median:0.00}", $"{one.Scenario.MostMinutes:0.0}", one.Median <= one.Scenario.MostMinutes);
        foreach (var one in scored.Where(one => one.Scenario.IsHeldToWald))
            Line($"failed requests until detection, in Wald's bounds: {one.Scenario.Name}", $"{one.Failed / one.Wald:0.00}", "2", one.Failed <= 2 * one.Wald);
        var margin = scored.FirstOrDefault(one => one.Scenario.Name.StartsWith("at the margin", StringComparison.Ordinal));
        if (margin is not null) Line("called safe although at the margin", $"{margin.SafeShare:0.0%}", "5 %", margin.SafeShare <= 0.05);
        Line("a tick with 12 metrics, median", $"{speed.MedianMicroseconds / 1000:0.000} ms", "1 ms", speed.MedianMicroseconds < 1000);
        Line("the same, p99", $"{speed.P99Microseconds / 1000:0.000} ms", "1 ms", speed.P99Microseconds < 1000);
        Line("rollouts with 12 metrics judged per second on one core", $"{speed.PerSecond:N0}", "1,000", speed.PerSecond >= 1000);

        void Line(string what, string seen, string limit, bool holds) => text.WriteLine($"| {what} | {seen} | {limit} | {(holds ? "holds" : "**missed**")} |");
    }

    private static void Good(StringWriter text, IReadOnlyList<Score> scored)
    {
        text.WriteLine($"""

            ### Good releases rolled back within the hour

            | scenario | **ours** (declared 1 %) | 95 % interval | {string.Join(" | ", Names)} |
            | --- | ---: | ---: |{Columns}
            """);
        foreach (var one in scored.Where(one => !one.Scenario.IsBad))
            text.WriteLine($"| {one.Scenario.Name} | **{one.FalseShare:0.00%}** | {one.FalseInterval.Low:0.00%}–{one.FalseInterval.High:0.00%} | {string.Join(" | ", one.Others.Select(other => $"{other.Share:0.0%}"))} |");
    }

    private static void Bad(StringWriter text, IReadOnlyList<Score> scored)
    {
        text.WriteLine($"""

            ### Bad releases: median minutes until rolled back

            In brackets the share rolled back within the hour, where it is not all. The fixed thresholds also roll back most good releases above, whatever is wrong.

            | scenario | **ours** | {string.Join(" | ", Names)} |
            | --- | ---: |{Columns}
            """);
        foreach (var one in scored.Where(one => one.Scenario.IsBad))
            text.WriteLine($"| {one.Scenario.Name} | **{Minutes(one.Detected, one.Median)}** | {string.Join(" | ", one.Others.Select(other => Minutes(other.Share, other.Median)))} |");
    }

    private static void Detail(StringWriter text, IReadOnlyList<Score> scored)
    {
        text.WriteLine("""

            ### Ours in detail

            Failed requests are the candidate's from the onset to the verdict, on average; Wald's bound is the fewest that any test with the same false-rollback probability
            could do with on average, were it told the regression beforehand and able to stop between two requests. "False" is the share of runs rolled back before the onset.

            The last columns are about being proven *safe*: no worse than the margin, which is odds 2.38 times those of the stable release (2.5, rounded down to the ladder
            on which evidence is kept). It must come rarely, at most in 5 % of runs, at the margin and beyond. **Twice the errors are within that margin, so that such a
            release may be called safe, and in some runs is, before it is found to be worse**; steps go on and it is then found by more traffic. Who will not
            have that sets a margin of 2 and waits longer for each proof: the rows with another margin say how long.

            | scenario | median min | p90 min | failed until detected | Wald's bound | ratio | false | called safe | median min to safe | p90 |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
        foreach (var one in scored)
        {
            var bad = one.Scenario.IsBad;
            text.WriteLine($"| {one.Scenario.Name} | {(bad ? Number(one.Median) : "")} | {(bad ? Number(one.P90) : "")} | {(bad ? $"{one.Failed:0.0}" : "")} | {one.Wald:0.0} | "
                + $"{one.Failed / one.Wald:0.00} | {(bad ? $"{one.FalseShare:0.00%}" : "")} | {one.SafeShare:0.0%} | {Number(one.SafeMedian)} | {Number(one.SafeP90)} |");
        }
    }

    private static string Minutes(double share, double median) => share == 0 ? "never" : share < 0.5 ? $"({share:0.0%})" : share < 0.9995 ? $"{Number(median)} ({share:0.0%})" : Number(median);

    private static string Number(double minutes) => double.IsFinite(minutes) ? minutes.ToString(minutes < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) : "–";
}
