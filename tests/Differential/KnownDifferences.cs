using System.Text.RegularExpressions;

namespace Fairway.Differential;

/// <summary>A difference that is meant.</summary>
/// <param name="Name">Short.</param>
/// <param name="Reason">Why it is meant.</param>
/// <param name="Explains">Whether it explains a case.</param>
internal sealed record KnownDifference(string Name, string Reason, Func<Case, bool> Explains);

/// <summary>A query to which the answers differ.</summary>
internal sealed record Case(Query Query, Answer Theirs, Answer Ours);

/// <summary>All differences that are meant.</summary>
internal static class KnownDifferences
{
    public static readonly ImmutableArray<KnownDifference> All =
    [
        new(
            "offset of timestamp(x @ t offset d)",
            "Prometheus, up to now, forgets the offset when a selector of timestamp() has both; we take it.",
            c => c.Uses(@"timestamp\s*\(+[\w:]*(\{[^}]*\})?\s*(@ \S+ offset|offset -?\w+ @)")),
        new(
            "range that wanders with the step",
            "Prometheus 2.42 moves the range of a selector or subquery with @ by a step at each step when the function must be evaluated at each; later ones keep it, as we do.",
            c => (c.Query.IsRange || c.Uses(@"\[\w+:\w*\]")) && c.Theirs.Error.Length == 0 && c.Ours.Error.Length == 0
                && c.Uses(@"(predict_linear|quantile_over_time|holt_winters)[\s\S]*@")),
        new(
            "@ inside a subquery that begins at the query's own time",
            "Prometheus, up to now, does not work out the time of @ inside a subquery anew when the first step of the subquery happens to be the first of the query.",
            c => c.Theirs.Error.Length == 0 && c.Ours.Error.Length == 0 && c.Uses(@"@[\s\S]*\[\w+:\w*\][^\[]*(offset -|@)")),
        new(
            "syntax of Prometheus 3",
            "Durations may be calculated with and stand where numbers do, and the other way round; names may be quoted. We take this for 2.42 too: it refuses it, so nobody has it.",
            c => c.Theirs.Error == "bad_data" && c.Ours.Error != "bad_data" && Regex.IsMatch(c.Theirs.Message, SyntaxOfThree)),
        new(
            "subquery without steps",
            "Prometheus, up to now, evaluates what is the same at every step once even when there is no step, and gives that as a sample behind the end of the subquery.",
            c => !c.Query.IsRange && c.Theirs.Type == "matrix" && c.Ours is { Error: "", Series: [] } && c.Uses(@"\[\w+:\w*\]")
                && c.Theirs.Series.All(s => s.Times.Length == 1)),
        new(
            "range behind @ start()",
            "Prometheus, up to now, refuses x @ 1[5m] but overlooks x @ start()[5m]; we refuse both.",
            c => c is { Theirs.Error: not "bad_data", Ours.Error: "bad_data" } && c.Uses(@"@ (start|end)\(\)\s*\[")),
        new(
            "logarithm of subnormal numbers",
            "Go's logarithm on amd64 takes the smallest numbers, below 2.3e-308, for larger ones (golang/go 9546); .NET's is right.",
            c => c.Uses(@"\b(ln|log2|log10)\(") && c.Uses(@"\btiny\b|(^|[^\w:])\{|__name__")
                && c.Pairs().All(p => p.Theirs == p.Ours || (Math.Abs(p.Ours) > Math.Abs(p.Theirs) && Math.Abs(p.Ours) < 1.2 * Math.Abs(p.Theirs))
                    || Comparison.AreEqual(p.Theirs, p.Ours, isExact: false))),
        new(
            "order of addition",
            "Prometheus gives the series of a range query, and of histogram_quantile, from one operator to the next in the order of a hash map; sums of the same numbers in another order differ in their last bits.",
            c => c.IsUnordered() && c.Uses(@"\b(sum|avg|stddev|stdvar)\b") && c.Pairs().All(p => Comparison.AreEqual(p.Theirs, p.Ours, isExact: false))),
        new(
            "ties of topk and bottomk",
            "Where that order is random, so is which of several equal series are kept; the values are the same.",
            c => c.IsUnordered() && c.Uses(@"^\(*(topk|bottomk)\b") && c.Theirs.Error == c.Ours.Error && Ranked(c.Theirs).SequenceEqual(Ranked(c.Ours))),
        new(
            "subquery beyond the last step",
            "Prometheus 2.42 evaluates a subquery up to the end of the query, not up to its last step, and fails on what it finds there.",
            c => c is { Theirs.Error: "execution", Ours.Error: "" } && c.Uses(@"\[\w+:\w*\]")
                && (c.Query.IsRange ? (c.Query.To - c.Query.From) % c.Query.Step != 0 : c.Uses(@"\[\w+:\w*\].*\[\w+:\w*\]"))),
    ];

    private const string SyntaxOfThree = "unexpected duration|expected duration|expected type scalar in .*, got duration";

    // The values that stand at the same place; nothing when the answers do not have the same shape.
    private static IEnumerable<(double Theirs, double Ours)> Pairs(this Case c)
    {
        var ours = c.Ours.Series.ToDictionary(s => s.Labels, StringComparer.Ordinal);
        foreach (var series in c.Theirs.Series)
        {
            if (!ours.TryGetValue(series.Labels, out var other) || other.Values.Length != series.Values.Length)
            {
                yield return (0, double.NaN);
                yield break;
            }

            foreach (var pair in series.Values.Zip(other.Values)) yield return pair;
        }
    }

    private static bool IsUnordered(this Case c) => c.Query.IsRange || c.Uses(@"\[\w+:\w*\]|histogram_quantile");

    private static IEnumerable<(long Time, double Value)> Ranked(Answer answer) =>
        answer.Series.SelectMany(s => s.Times.Zip(s.Values)).Order();

    private static bool Uses(this Case c, string pattern) => Regex.IsMatch(c.Query.Text, pattern, RegexOptions.CultureInvariant);
}
