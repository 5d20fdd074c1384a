namespace Fairway.Pipelines;

/// <summary>
/// Files by patterns relative to a folder: <c>*</c> is any characters but <c>/</c>, <c>?</c> one of them, <c>[abc]</c> or <c>[a-z]</c> one of these,
/// <c>**</c> any folders. One that names a folder, or ends in <c>/</c>, is everything in it. <c>!</c> before a pattern takes out what the ones
/// before it took. Matching takes time linear in pattern times path.
/// </summary>
public sealed class FileSelection
{
    private readonly ImmutableArray<(bool Out, string[] Parts, string Begin)> _patterns;

    /// <summary>A selection by patterns; without any, it takes nothing.</summary>
    public FileSelection(IEnumerable<string> patterns) => _patterns = [.. patterns.Select(Read).Where(pattern => pattern.Parts.Length > 0)];

    /// <summary>Whether it takes a file.</summary>
    /// <param name="path">Relative, with <c>/</c>.</param>
    public bool Takes(string path)
    {
        string[]? parts = null;
        var taken = false;
        foreach (var (isOut, pattern, begin) in _patterns)
            if (taken == isOut && IsBelow(path, begin) && MatchesAny(pattern, parts ??= path.Split('/'))) taken = !isOut;
        return taken;
    }

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? Problem(string pattern)
    {
        var bare = pattern.StartsWith('!') ? pattern[1..] : pattern;
        if (bare.Length is 0 or > 1000) return "is empty or longer than 1000 characters";
        if (bare.StartsWith('/')) return "is an absolute path";
        if (bare.Split('/').Contains("..", StringComparer.Ordinal)) return "climbs with ..";
        return bare.Any(char.IsControl) ? "holds a control character" : null;
    }

    private static (bool Out, string[] Parts, string Begin) Read(string pattern)
    {
        var isOut = pattern.StartsWith('!');
        if (isOut) pattern = pattern[1..];
        string[] parts = [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        return (isOut, parts, string.Join('/', parts.TakeWhile(part => part.AsSpan().IndexOfAny('*', '?', '[') < 0)));
    }

    // The folders before a pattern's first wildcard tell most paths from it without more ado.
    private static bool IsBelow(string path, string begin)
        => begin.Length == 0 || path.StartsWith(begin, StringComparison.Ordinal) && (path.Length == begin.Length || path[begin.Length] == '/');

    // A pattern that matches a folder above the file matches the file.
    private static bool MatchesAny(string[] pattern, string[] path)
    {
        var reached = new bool[pattern.Length + 1];
        reached[0] = true;
        Skip(pattern, reached);
        foreach (var part in path)
        {
            var next = new bool[pattern.Length + 1];
            for (var at = 0; at < pattern.Length; at++)
            {
                if (!reached[at]) continue;
                if (pattern[at] == "**") next[at] = true;
                else if (MatchesPart(pattern[at], part)) next[at + 1] = true;
            }
            Skip(pattern, next);
            reached = next;
            if (reached[pattern.Length]) return true;
        }
        return false;
    }

    private static void Skip(string[] pattern, bool[] reached)
    {
        for (var at = 0; at < pattern.Length; at++)
            if (reached[at] && pattern[at] == "**") reached[at + 1] = true;
    }

    private static bool MatchesPart(string pattern, string text)
    {
        // The last star and where it was tried: a mismatch goes on from there with one character more.
        var (p, t, star, from) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, from, p) = (p, t, p + 1);
            else if (p < pattern.Length && One(pattern, p, text[t]) is > 0 and var next) (p, t) = (next, t + 1);
            else if (star >= 0) (p, t, from) = (star + 1, from + 1, from + 1);
            else return false;
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    // Where the pattern goes on when its next element takes the letter; below 0 when it does not.
    private static int One(string pattern, int at, char letter)
    {
        if (pattern[at] == '?') return at + 1;
        if (pattern[at] != '[' || pattern.IndexOf(']', at + 2) is not (> 0 and var end)) return pattern[at] == letter ? at + 1 : -1;
        var inside = pattern.AsSpan(at + 1, end - at - 1);
        var not = inside[0] is '!' or '^';
        if (not) inside = inside[1..];
        var found = false;
        for (var i = 0; i < inside.Length; i++)
        {
            if (i + 2 < inside.Length && inside[i + 1] == '-')
            {
                found |= letter >= inside[i] && letter <= inside[i + 2];
                i += 2;
            }
            else found |= inside[i] == letter;
        }
        return found != not ? end + 1 : -1;
    }
}
