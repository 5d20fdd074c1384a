using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>
/// Python's order of versions (packaging.python.org/specifications/version-specifiers, once PEP 440). What is no such version is older than all that are, and is
/// compared as text.
/// </summary>
internal static partial class PythonVersion
{
    // Places among the suffixes: "before all", a value, "after all".
    private const int Before = -1;
    private const int At = 0;
    private const int After = 1;

    public static int Compare(string one, string other)
    {
        var (oneKey, otherKey) = (Parse(one), Parse(other));
        if (oneKey is null || otherKey is null)
            return oneKey is null && otherKey is null ? string.CompareOrdinal(one, other) : oneKey is null ? -1 : 1;
        return oneKey.CompareTo(otherKey);
    }

    private static Key? Parse(string text)
    {
        if (text.Length > 256 || Version().Match(text.Trim().ToLowerInvariant()) is not { Success: true } match) return null;
        var release = match.Groups["release"].Value.Split('.').ToList();
        // 1.0 and 1.0.0 are the same.
        while (release.Count > 1 && release[^1].AsSpan().TrimStart('0').IsEmpty) release.RemoveAt(release.Count - 1);
        var pre = match.Groups["prel"] is { Success: true } letter
            ? new Suffix(At, letter.Value switch { "alpha" or "a" => "a", "beta" or "b" => "b", _ => "rc" }, match.Groups["pren"].Value) : (Suffix?)null;
        var post = match.Groups["post"].Success ? new Suffix(At, "", match.Groups["postn"].Value + match.Groups["postd"].Value) : (Suffix?)null;
        var dev = match.Groups["dev"].Success ? new Suffix(At, "", match.Groups["devn"].Value) : (Suffix?)null;
        var local = match.Groups["local"] is { Success: true } written ? written.Value.Split('.', '-', '_') : null;
        // A development release of the final version comes before its pre-releases.
        var preKey = pre ?? new Suffix(post is null && dev is not null ? Before : After, "", "");
        return new(match.Groups["epoch"].Value, release, preKey, post ?? new(Before, "", ""), dev ?? new(After, "", ""), local);
    }

    private readonly record struct Suffix(int Place, string Letter, string Number) : IComparable<Suffix>
    {
        public int CompareTo(Suffix other)
        {
            if (Place != other.Place) return Place.CompareTo(other.Place);
            var byLetter = string.CompareOrdinal(Letter, other.Letter);
            return byLetter != 0 ? byLetter : PackageVersion.CompareDigits(Number, other.Number);
        }
    }

    private sealed record Key(string Epoch, List<string> Release, Suffix Pre, Suffix Post, Suffix Dev, string[]? Local) : IComparable<Key>
    {
        public int CompareTo(Key? other)
        {
            if (other is null) return 1;
            if (PackageVersion.CompareDigits(Epoch, other.Epoch) is not 0 and var byEpoch) return byEpoch;
            for (var i = 0; i < Math.Max(Release.Count, other.Release.Count); i++)
            {
                var difference = PackageVersion.CompareDigits(i < Release.Count ? Release[i] : "0", i < other.Release.Count ? other.Release[i] : "0");
                if (difference != 0) return difference;
            }
            if (Pre.CompareTo(other.Pre) is not 0 and var byPre) return byPre;
            if (Post.CompareTo(other.Post) is not 0 and var byPost) return byPost;
            if (Dev.CompareTo(other.Dev) is not 0 and var byDev) return byDev;
            return CompareLocal(Local, other.Local);
        }

        private static int CompareLocal(string[]? one, string[]? other)
        {
            if (one is null || other is null) return (one is null ? 0 : 1) - (other is null ? 0 : 1);
            for (var i = 0; i < Math.Min(one.Length, other.Length); i++)
            {
                var (oneNumber, otherNumber) = (char.IsAsciiDigit(one[i][^1]) && IsNumber(one[i]), char.IsAsciiDigit(other[i][^1]) && IsNumber(other[i]));
                if (oneNumber != otherNumber) return oneNumber ? 1 : -1; // Numbers come after words.
                var difference = oneNumber ? PackageVersion.CompareDigits(one[i], other[i]) : string.CompareOrdinal(one[i], other[i]);
                if (difference != 0) return difference;
            }
            return one.Length.CompareTo(other.Length);
        }

        private static bool IsNumber(string text) => !text.AsSpan().ContainsAnyExceptInRange('0', '9');
    }

    [GeneratedRegex(@"^v?((?<epoch>[0-9]+)!)?(?<release>[0-9]+(\.[0-9]+)*)([-_.]?(?<prel>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pren>[0-9]+)?)?"
        + @"(?<post>-(?<postd>[0-9]+)|[-_.]?(post|rev|r)[-_.]?(?<postn>[0-9]+)?)?(?<dev>[-_.]?dev[-_.]?(?<devn>[0-9]+)?)?(\+(?<local>[a-z0-9]+([-_.][a-z0-9]+)*))?\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Version();
}
