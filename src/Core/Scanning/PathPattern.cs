namespace Fairway.Scanning;

/// <summary>
/// Patterns over paths and names: <c>*</c> is any characters, <c>?</c> is one, neither crosses <c>/</c> in a path; <c>**</c> does. Time is linear in
/// pattern times text, whatever the pattern.
/// </summary>
public static class PathPattern
{
    /// <summary>Whether a path matches. A pattern without <c>/</c> matches the last part of the path; one that ends in <c>/</c>, all below.</summary>
    public static bool MatchesPath(string pattern, string path)
    {
        if (pattern.EndsWith('/')) pattern += "**";
        if (pattern.StartsWith('/')) pattern = pattern[1..];
        else if (!pattern.Contains('/', StringComparison.Ordinal)) path = path[(path.LastIndexOf('/') + 1)..];
        return Match(pattern, path, crosses: false);
    }

    /// <summary>Whether a text matches; <c>*</c> crosses everything.</summary>
    public static bool MatchesText(string pattern, string text) => Match(pattern, text, crosses: true);

    // A set of positions in the pattern that the text so far can have reached.
    private static bool Match(string pattern, string text, bool crosses)
    {
        var now = new bool[pattern.Length + 1];
        var next = new bool[pattern.Length + 1];
        now[0] = true;
        Skip(pattern, now, begins: true);
        foreach (var letter in text)
        {
            Array.Clear(next);
            for (var at = 0; at < pattern.Length; at++)
            {
                if (!now[at]) continue;
                var wide = crosses || letter != '/';
                if (IsDouble(pattern, at)) next[at] = true;
                else if (pattern[at] == '*') next[at] |= wide;
                else if (pattern[at] == '?') next[at + 1] |= wide;
                else if (pattern[at] == letter) next[at + 1] = true;
            }
            Skip(pattern, next, letter == '/');
            (now, next) = (next, now);
        }
        return now[pattern.Length];
    }

    private static void Skip(string pattern, bool[] reached, bool begins)
    {
        for (var at = 0; at < pattern.Length; at++)
        {
            if (!reached[at] || pattern[at] != '*') continue;
            if (!IsDouble(pattern, at)) reached[at + 1] = true;
            else
            {
                reached[at + 2] = true;
                // "a/**/b" is also "a/b", and "**/b" is also "b".
                if (begins && at + 2 < pattern.Length && pattern[at + 2] == '/' && (at == 0 || pattern[at - 1] == '/')) reached[at + 3] = true;
            }
        }
    }

    private static bool IsDouble(string pattern, int at) => pattern[at] == '*' && at + 1 < pattern.Length && pattern[at + 1] == '*';
}
