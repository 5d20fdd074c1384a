namespace Fairway.Kernel;

/// <summary>Finds the name that was probably meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate nearest to what was written: the same but for case, hyphens and underscores, or else within a third of its length in
    /// single edits (optimal string alignment: insert, delete, replace, swap two neighbours); null when none is near.
    /// </summary>
    public static string? Of(string written, IEnumerable<string> candidates)
    {
        var plain = Plain(written);
        if (plain.Length is 0 or > 64) return null;
        var (best, bestDistance) = (default(string), int.MaxValue);
        foreach (var candidate in candidates)
        {
            var other = Plain(candidate);
            if (other == plain) return candidate;
            var distance = Distance(plain, other);
            if (distance < bestDistance && distance <= Math.Max(1, Math.Max(plain.Length, other.Length) / 3) && distance < other.Length)
                (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal)
        .ToLowerInvariant();

    private static int Distance(string a, string b)
    {
        var (beforeLast, last, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(last[j] + 1, current[j - 1] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last, current) = (last, current, beforeLast);
        }
        return last[b.Length];
    }
}
