using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary>What the judge compared: how sure it is over time, and a row for each metric.</summary>
internal static class EvidenceView
{
    private const string Eighths = "▁▂▃▄▅▆▇█";

    /// <summary>A heading with a chart, and a table.</summary>
    /// <param name="page">Where it goes.</param>
    /// <param name="evidence">What is known.</param>
    /// <param name="rollout">Whose.</param>
    /// <param name="decisions">Its records so far, oldest first: the judge's looks are the chart.</param>
    public static void Add(Page page, EvidenceInfo evidence, RolloutSummary rollout, IReadOnlyList<DecisionInfo> decisions)
    {
        page.Line();
        var verdict = evidence.Verdict switch
        {
            "regressed" => "[red]worse[/]",
            "safe" => "[green]proven safe[/]",
            _ => "[yellow]no proof yet[/]",
        };
        page.Line($"judge: {verdict}  [grey]a release that is no worse is taken back with at most {Words.Percent(evidence.FalseRollback * 100)}[/]");
        var looks = decisions.Select(d => d.LogEvidence).OfType<double>().ToArray();
        page.Line($"  that it is worse: {EValue(evidence.LogEvidence)} of {EValue(evidence.LogThreshold)}  {Chart(looks, evidence.LogThreshold, Math.Max(8, page.Width - 44))}");
        var known = evidence.Metrics.Where(m => m.Candidate.Exposure + m.Stable.Exposure > 0).ToArray();
        if (known.Length == 0)
        {
            page.Sentence("nothing to compare yet: it takes requests to both releases at the same time", 2, "grey");
            return;
        }

        page.Columns(
            ["  metric", ">" + Words.Fit(rollout.Version, 10), ">" + Words.Fit(rollout.PreviousVersion ?? "stable", 10), ">ratio", "95 %", ">worse", ">safe", ">to go"],
            known.Select(m => new[]
            {
                Text(m.Metric), Counts(m.Candidate), Counts(m.Stable), Ratio(m.Ratio), $"{Ratio(m.Low)}–{(m.High is { } high ? Ratio(high) : "∞")}",
                Style($"{EValue(m.LogRegression)}/{EValue(m.LogRegressionThreshold)}", m.LogRegression >= m.LogRegressionThreshold ? "red" : ""),
                m.LogSafety is { } safety ? Style($"{EValue(safety)}/{EValue(m.LogSafetyThreshold)}", safety >= m.LogSafetyThreshold ? "green" : "") : "–",
                m.LogSafety is null ? "–" : m.RequestsToSafe is { } more ? Short(more) : "?",
            }), indent: 2);
        page.Sentence("worse, safe: e-value of its threshold; to go: requests to the new release until it is proven safe, if it is as good", 2, "grey");
    }

    /// <summary>The last values, one column each, from none to the threshold.</summary>
    public static string Chart(IReadOnlyList<double> values, double threshold, int width)
    {
        if (values.Count == 0 || threshold <= 0) return "";
        var taken = Math.Min(width, values.Count);
        // Of several looks in a column the strongest shows.
        var columns = Enumerable.Range(0, taken).Select(i => values.Skip(i * values.Count / taken).Take(Math.Max(1, (i + 1) * values.Count / taken - i * values.Count / taken)).Max());
        return string.Concat(columns.Select(v => Eighths[(int)(Math.Clamp(v / threshold, 0, 1) * (Eighths.Length - 1))]));
    }

    // How many times likelier what was seen is if the claim holds.
    private static string EValue(double log) => log > 13.8 ? ">1M" : Math.Exp(log) is var value && value >= 1_000 ? Short((long)value)
        : value.ToString(value < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);

    private static string Counts(TallyInfo tally) => $"{Short((long)tally.Events)}/{Short((long)tally.Exposure)}";

    private static string Ratio(double? value) => value is { } ratio ? ratio.ToString(ratio < 10 ? "0.0#" : "0", CultureInfo.InvariantCulture) : "–";

    private static string Short(long count) => count switch
    {
        < 10_000 => count.ToString(CultureInfo.InvariantCulture),
        < 1_000_000 => (count / 1_000.0).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => (count / 1_000_000.0).ToString("0.#", CultureInfo.InvariantCulture) + "M",
    };
}
