using System.Buffers;
using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>A piece of text to look at.</summary>
/// <param name="Path">Its file, with <c>/</c>.</param>
/// <param name="Text">The text.</param>
/// <param name="FirstLine">Where its first line stands in the file, from 1.</param>
/// <param name="Commit">The commit that brought it in; null outside a history.</param>
public sealed record SecretFragment(string Path, string Text, int FirstLine = 1, string? Commit = null);

/// <summary>
/// Looks for secrets. A finding never holds one. What an allowlist allows is not found; what a comment <c>gitleaks:allow</c> on its line, an ignore file or a
/// baseline names is found and suppressed.
/// </summary>
public sealed class SecretScan
{
    /// <summary>The comment that allows what stands on its line.</summary>
    public const string AllowComment = "gitleaks:allow";

    private const int MaxMatches = 1000;
    private readonly SecretRuleSet _set;
    private readonly ImmutableHashSet<string> _ignored;
    private readonly SearchValues<string> _keywords;
    private readonly bool _someWithout;

    /// <summary>A scan by rules.</summary>
    /// <param name="set">The rules.</param>
    /// <param name="ignored">Fingerprints of an ignore file or a baseline.</param>
    public SecretScan(SecretRuleSet set, ImmutableHashSet<string> ignored)
    {
        _set = set;
        _ignored = ignored;
        _keywords = SearchValues.Create([.. set.Rules.SelectMany(rule => rule.Keywords).Distinct(StringComparer.OrdinalIgnoreCase)], StringComparison.OrdinalIgnoreCase);
        _someWithout = set.Rules.Any(rule => rule.Keywords.IsEmpty);
    }

    /// <summary>Fingerprints of a <c>.gitleaksignore</c> file: one a line, <c>#</c> begins a comment.</summary>
    public static ImmutableHashSet<string> ReadIgnored(string text)
        => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>What is found, and what could not be searched.</summary>
    /// <param name="fragment">The text.</param>
    /// <param name="unread">Where a sentence goes for each rule that gave up.</param>
    public ImmutableArray<Finding> Scan(SecretFragment fragment, ICollection<string> unread)
    {
        if (_set.Allowlists.Any(list => list.AllowsAll(fragment.Path, fragment.Commit))) return [];
        var hasKeyword = fragment.Text.AsSpan().ContainsAny(_keywords);
        if (!hasKeyword && !_someWithout) return [];
        var found = new List<Candidate>();
        foreach (var rule in _set.Rules)
        {
            if (!rule.Keywords.IsEmpty && (!hasKeyword || !rule.Keywords.Any(word => fragment.Text.Contains(word, StringComparison.OrdinalIgnoreCase)))) continue;
            try
            {
                Search(rule, fragment, found);
            }
            catch (RegexMatchTimeoutException)
            {
                unread.Add($"{fragment.Path} from line {fragment.FirstLine}: rule {rule.Id} took longer than {SecretPattern.Patience.TotalSeconds:0} s; make its pattern simpler");
            }
        }
        return [.. found.Where(one => !IsRepetition(one, found)).Select(one => ToFinding(one, fragment)).DistinctBy(finding => (finding.Fingerprint, finding.Column))];
    }

    private void Search(SecretRule rule, SecretFragment fragment, List<Candidate> found)
    {
        if (rule.Path is { } path && !path.IsMatch(fragment.Path)) return;
        if (rule.Pattern is not { } pattern)
        {
            if (rule.Path is not null && !IsAllowed(rule, fragment, "", "", "")) found.Add(new(rule, 0, 0, ""));
            return;
        }
        var matches = 0;
        for (var match = pattern.Match(fragment.Text); match.Success && matches < MaxMatches; match = match.NextMatch(), matches++)
        {
            var secret = SecretOf(rule, match);
            if (rule.Entropy > 0 && SecretEntropy.Of(secret.Value) <= rule.Entropy) continue;
            var from = match.Index == 0 ? 0 : fragment.Text.LastIndexOf('\n', match.Index - 1) + 1;
            var to = fragment.Text.IndexOf('\n', match.Index + match.Length);
            var lines = fragment.Text[from..(to < 0 ? fragment.Text.Length : to)];
            if (IsAllowed(rule, fragment, secret.Value, match.Value, lines)) continue;
            found.Add(new(rule, secret.Index, secret.Length, lines));
        }
    }

    private static Group SecretOf(SecretRule rule, Match match)
    {
        if (rule.SecretGroup > 0) return rule.SecretGroup < match.Groups.Count && match.Groups[rule.SecretGroup].Success ? match.Groups[rule.SecretGroup] : match;
        for (var group = 1; group < match.Groups.Count; group++)
            if (match.Groups[group].Length > 0) return match.Groups[group];
        return match;
    }

    private bool IsAllowed(SecretRule rule, SecretFragment fragment, string secret, string match, string lines)
        => rule.Allowlists.Any(list => list.Allows(fragment.Path, fragment.Commit, secret, match, lines))
            || _set.Allowlists.Any(list => (list.TargetRules.IsEmpty || list.TargetRules.Contains(rule.Id, StringComparer.Ordinal)) && list.Allows(fragment.Path, fragment.Commit, secret, match, lines));

    // What a particular rule names need not be named by the general one as well.
    private static bool IsRepetition(Candidate one, List<Candidate> all)
        => one.Rule.Id.Contains("generic", StringComparison.Ordinal)
            && all.Exists(other => other.Rule != one.Rule && !other.Rule.Id.Contains("generic", StringComparison.Ordinal) && other.Length > 0
                && other.Index < one.Index + one.Length && one.Index < other.Index + other.Length);

    private Finding ToFinding(Candidate found, SecretFragment fragment)
    {
        var ahead = fragment.Text.AsSpan(0, found.Index);
        var inside = fragment.Text.AsSpan(found.Index, found.Length);
        var line = found.Length == 0 ? Math.Min(1, fragment.FirstLine) : fragment.FirstLine + ahead.Count('\n');
        var lastBreak = inside.LastIndexOf('\n');
        var global = $"{fragment.Path}:{found.Rule.Id}:{line}";
        var fingerprint = fragment.Commit is { } commit ? $"{commit}:{global}" : global;
        var column = found.Index - ahead.LastIndexOf('\n');
        return new(found.Rule.Id, found.Rule.Severity, $"{found.Rule.Description} (redacted, {found.Length} characters)", fragment.Path, line)
        {
            Column = found.Length == 0 ? 0 : column,
            EndLine = found.Length == 0 ? 0 : line + inside.Count('\n'),
            EndColumn = found.Length == 0 ? 0 : lastBreak < 0 ? column + found.Length : found.Length - lastBreak,
            Commit = fragment.Commit,
            Fingerprint = fingerprint,
            Suppressed = found.Lines.Contains(AllowComment, StringComparison.Ordinal) ? AllowComment
                : _ignored.Contains(fingerprint) || _ignored.Contains(global) ? "named by an ignore file or a baseline" : null,
        };
    }

    private sealed record Candidate(SecretRule Rule, int Index, int Length, string Lines);
}
