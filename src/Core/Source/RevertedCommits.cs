using System.Text.RegularExpressions;

namespace Fairway.Source;

/// <summary>Finds which commits a revert takes back.</summary>
internal static partial class RevertedCommits
{
    /// <summary>Hashes in the order in which they are named, each once.</summary>
    public static ImmutableArray<string> Of(ConventionalCommit commit)
    {
        var named = commit.Footers.Where(footer => footer.Is("Refs") || footer.Is("Reverts")).SelectMany(footer => Hash().EnumerateMatches(footer.Value).Listed(footer.Value));
        var said = commit.Body is { } body ? Sentence().Matches(body).Select(match => match.Groups["hash"].Value) : [];
        return [.. named.Concat(said).Distinct(StringComparer.Ordinal)];
    }

    private static List<string> Listed(this Regex.ValueMatchEnumerator matches, string text)
    {
        var found = new List<string>();
        foreach (var match in matches) found.Add(text.Substring(match.Index, match.Length));
        return found;
    }

    [GeneratedRegex(@"\b[0-9a-f]{7,64}\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Hash();

    [GeneratedRegex(@"[Tt]his reverts commit (?<hash>[0-9a-f]{7,64})\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Sentence();
}
