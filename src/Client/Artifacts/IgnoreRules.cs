using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Client.Artifacts;

/// <summary>
/// Which files of a folder are not packed: rules as in a <c>.gitignore</c> file. A rule per line, the last one that matches decides; <c>#</c> begins a comment,
/// <c>!</c> takes back in, a trailing <c>/</c> means folders only, a <c>/</c> elsewhere binds to the folder's root; <c>*</c>, <c>?</c>, <c>[a-z]</c> and <c>**</c>.
/// What lies in an ignored folder cannot be taken back in.
/// </summary>
public sealed class IgnoreRules
{
    private readonly List<(Regex Pattern, bool FoldersOnly, bool TakesBack)> _rules = [];

    private IgnoreRules(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var rule = TrimEnd(line.TrimEnd('\r'));
            if (rule.Length == 0 || rule[0] == '#') continue;
            var takesBack = rule[0] == '!';
            if (takesBack) rule = rule[1..];
            if (rule.StartsWith("\\#", StringComparison.Ordinal) || rule.StartsWith("\\!", StringComparison.Ordinal)) rule = rule[1..];
            var foldersOnly = rule.EndsWith('/');
            rule = rule.TrimEnd('/');
            if (rule.Length > 0) _rules.Add((Compile(rule), foldersOnly, takesBack));
        }
    }

    /// <summary>Rules from their lines; <c>.git/</c> and <c>.fairway/</c> are always ignored unless taken back in.</summary>
    public static IgnoreRules Parse(string text) => new([".git/", ".fairway/", .. text.Split('\n')]);

    /// <summary>Whether a path is left out.</summary>
    /// <param name="path">Relative, with <c>/</c>.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool Ignores(string path, bool isFolder)
    {
        for (var i = _rules.Count - 1; i >= 0; i--)
        {
            var (pattern, foldersOnly, takesBack) = _rules[i];
            if ((!foldersOnly || isFolder) && pattern.IsMatch(path)) return !takesBack;
        }

        return false;
    }

    // Spaces at the end do not count unless the last is escaped.
    private static string TrimEnd(string line)
    {
        var trimmed = line.TrimEnd(' ');
        return trimmed.EndsWith('\\') && trimmed.Length < line.Length ? trimmed[..^1] + " " : trimmed;
    }

    private static Regex Compile(string rule)
    {
        var bound = rule.Contains('/', StringComparison.Ordinal);
        var glob = rule.TrimStart('/');
        var pattern = new StringBuilder(bound ? "^" : "^(?:.*/)?");
        for (var i = 0; i < glob.Length; i++)
        {
            var rest = glob.AsSpan(i);
            if (rest.StartsWith("**/") && (i == 0 || glob[i - 1] == '/'))
            {
                pattern.Append("(?:.*/)?");
                i += 2;
            }
            else if (rest is "**" && (i == 0 || glob[i - 1] == '/'))
            {
                pattern.Append(".+");
                i++;
            }
            else if (glob[i] == '[' && rest.IndexOf(']') is > 1 and var end)
            {
                var inside = glob.Substring(i + 1, end - 1);
                var negated = inside[0] is '!' or '^';
                pattern.Append("(?!/)[").Append(negated ? "^" : "").Append((negated ? inside[1..] : inside).Replace("\\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)).Append(']');
                i += end;
            }
            else
            {
                if (glob[i] == '\\' && i + 1 < glob.Length) pattern.Append(Regex.Escape(glob[++i].ToString()));
                else pattern.Append(glob[i] switch { '*' => "[^/]*", '?' => "[^/]", var other => Regex.Escape(other.ToString()) });
            }
        }

        return new(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
    }
}
