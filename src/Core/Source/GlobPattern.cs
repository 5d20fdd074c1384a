namespace Fairway.Source;

/// <summary>
/// A pattern over names with slashes: <c>*</c> is any letters but a slash, <c>**</c> any letters at all, <c>?</c> one letter but a slash.
/// Matching takes time of the product of both lengths, whatever they are.
/// </summary>
public static class GlobPattern
{
    /// <summary>Whether a name fits one of the patterns.</summary>
    public static bool MatchesAny(ImmutableArray<string> patterns, string name)
    {
        foreach (var pattern in patterns)
            if (Matches(pattern, name)) return true;
        return false;
    }

    /// <summary>Whether a name fits a pattern.</summary>
    public static bool Matches(string pattern, string name)
    {
        // Positions in the name that the pattern so far can have reached.
        var reached = new bool[name.Length + 1];
        reached[0] = true;
        for (var i = 0; i < pattern.Length; i++)
        {
            var next = new bool[name.Length + 1];
            if (pattern[i] == '*')
            {
                var deep = i + 1 < pattern.Length && pattern[i + 1] == '*';
                if (deep) i++;
                for (var at = 0; at <= name.Length; at++)
                    next[at] = reached[at] || (at > 0 && next[at - 1] && (deep || name[at - 1] != '/'));
            }
            else
            {
                for (var at = 0; at < name.Length; at++)
                    next[at + 1] = reached[at] && (pattern[i] == name[at] || (pattern[i] == '?' && name[at] != '/'));
            }
            reached = next;
        }
        return reached[name.Length];
    }
}
