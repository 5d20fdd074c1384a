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
            c => c.Uses(@"timestamp\s*\(+[^()]*(@ (start|end)\(\)|@ [\d.]+|offset -?\w+) (@|offset)")),
        new(
            "range that wanders with the step",
            "Prometheus 2.42 moves the range of a selector or subquery with @ by a step at each step when the function must be evaluated at each; later ones keep it, as we do.",
            c => (c.Query.IsRange || c.Uses(@"\[\w+:\w*\]")) && c.Theirs.Error.Length == 0 && c.Ours.Error.Length == 0
                && c.Uses(@"(predict_linear|quantile_over_time|holt_winters)[\s\S]*@")),
        new(
            "@ inside a subquery that begins at the query's own time",
            "Prometheus, up to now, does not work out the time of @ inside a subquery anew when the first step of the subquery happens to be the first of the query.",
            c => c.Theirs.Error.Length == 0 && c.Ours.Error.Length == 0 && c.Uses(@"@[\s\S]*\[\w+:\w*\][^\[]*offset -")),
    ];

    private static bool Uses(this Case c, string pattern) => Regex.IsMatch(c.Query.Text, pattern, RegexOptions.CultureInvariant);
}
