using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>
/// Reads gitleaks' rule files (github.com/gitleaks/gitleaks, section Configuration): rules with regex, secretGroup, entropy, keywords, path and allowlists, lists for
/// all rules, and <c>[extend]</c>. <c>useDefault</c> means Fairway's own rules. Names that are not known are passed over, as gitleaks does.
/// </summary>
public static class GitleaksConfig
{
    /// <summary>Most rules of one file.</summary>
    public const int MaxRules = 5_000;

    private const int MaxExtends = 2;

    /// <summary>Reads a file.</summary>
    /// <param name="text">The file.</param>
    /// <param name="builtIn">What <c>useDefault</c> means.</param>
    /// <param name="open">The text of a file that <c>[extend] path</c> names; null when there is none.</param>
    /// <exception cref="FormatException">It cannot be used; says where.</exception>
    public static SecretRuleSet Read(string text, Func<SecretRuleSet> builtIn, Func<string, string?> open) => Read(text, builtIn, open, 0);

    private static SecretRuleSet Read(string text, Func<SecretRuleSet> builtIn, Func<string, string?> open, int depth)
    {
        var file = TomlReader.Read(text);
        var own = file.Tables("rules").Select(rule => (Table: rule, Rule: Rule(rule))).ToArray();
        if (own.Length > MaxRules) throw new FormatException($"the file has more than {MaxRules} rules");
        var lists = Lists(file).ToList();
        var basis = Basis(file, builtIn, open, depth);
        var rules = basis.Rules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (table, rule) in own)
        {
            if (!seen.Add(rule.Id)) throw new FormatException($"line {table.Line}: rule {rule.Id} is given twice");
            rules[rule.Id] = rules.TryGetValue(rule.Id, out var known) ? Merge(known, rule) : rule;
            if (rules[rule.Id] is { Pattern: null, Path: null }) throw new FormatException($"line {table.Line}: rule {rule.Id} needs a regex or a path");
        }
        foreach (var list in lists)
            if (list.TargetRules.FirstOrDefault(target => !rules.ContainsKey(target)) is { } missing) throw new FormatException($"an allowlist's targetRules names {missing}, which is no rule");
        return new([.. rules.Values], [.. basis.Allowlists, .. lists]);
    }

    private static SecretRuleSet Basis(TomlTable file, Func<SecretRuleSet> builtIn, Func<string, string?> open, int depth)
    {
        if (file.Table("extend") is not { } extend) return new([], []);
        var basis = new SecretRuleSet([], []);
        if (extend.Truth("useDefault") == true) basis = builtIn();
        else if (extend.Text("path") is { Length: > 0 } path)
        {
            if (depth >= MaxExtends) throw new FormatException($"line {extend.Line}: files extend each other more than {MaxExtends} deep");
            basis = Read(open(path) ?? throw new FormatException($"line {extend.Line}: extend.path {path} cannot be read"), builtIn, open, depth + 1);
        }
        else if (extend.Text("url") is { Length: > 0 }) throw new FormatException($"line {extend.Line}: extend.url is not fetched; name a file with path");
        var disabled = extend.Texts("disabledRules");
        return basis with { Rules = basis.Rules.RemoveAll(rule => disabled.Contains(rule.Id, StringComparer.Ordinal)) };
    }

    // What the later file says wins; words and lists add up.
    private static SecretRule Merge(SecretRule known, SecretRule later) => known with
    {
        Description = later.Description.Length > 0 && later.Description != later.Id ? later.Description : known.Description,
        Pattern = later.Pattern ?? known.Pattern,
        Path = later.Path ?? known.Path,
        SecretGroup = later.SecretGroup != 0 ? later.SecretGroup : known.SecretGroup,
        Entropy = later.Entropy != 0 ? later.Entropy : known.Entropy,
        Keywords = [.. known.Keywords.Union(later.Keywords, StringComparer.Ordinal)],
        Allowlists = [.. known.Allowlists, .. later.Allowlists],
    };

    private static SecretRule Rule(TomlTable table)
    {
        var id = table.Text("id") ?? "";
        if (id.Length is 0 or > 200 || id.Any(char.IsControl)) throw new FormatException($"line {table.Line}: a rule needs an id of at most 200 characters");
        if (!table.Tables("required").IsEmpty) throw new FormatException($"line {table.Line}: rule {id} has required rules, which are not taken; take them out");
        var pattern = Compile(table, table.Text("regex"));
        var group = table.Number("secretGroup") ?? 0;
        if (group < 0 || group != Math.Floor(group) || (pattern is not null && group > pattern.GetGroupNumbers().Length - 1))
            throw new FormatException($"line {table.Line}: rule {id} has no group {group}");
        return new(id, table.Text("description") is { Length: > 0 } description ? description : id)
        {
            Pattern = pattern,
            Path = Compile(table, table.Text("path")),
            SecretGroup = (int)group,
            Entropy = table.Number("entropy") ?? 0,
            Keywords = [.. table.Texts("keywords").Where(word => word.Length > 0).Select(word => word.ToLowerInvariant())],
            Allowlists = [.. Lists(table)],
        };
    }

    private static IEnumerable<SecretAllowlist> Lists(TomlTable owner)
    {
        foreach (var table in owner.Tables("allowlist").Concat(owner.Tables("allowlists")))
        {
            var list = List(table);
            if (!list.IsEmpty) yield return list;
        }
    }

    private static SecretAllowlist List(TomlTable table) => new()
    {
        Description = table.Text("description") ?? "",
        NeedsAll = (table.Text("condition") ?? "OR").ToUpperInvariant() switch
        {
            "" or "OR" or "||" => false,
            "AND" or "&&" => true,
            var other => throw new FormatException($"line {table.Line}: condition is {other}; write OR or AND"),
        },
        Target = table.Text("regexTarget") switch
        {
            null or "" or "secret" => AllowTarget.Secret,
            "match" => AllowTarget.Match,
            "line" => AllowTarget.Line,
            var other => throw new FormatException($"line {table.Line}: regexTarget is {other}; write secret, match or line"),
        },
        Commits = table.Texts("commits"),
        Paths = [.. table.Texts("paths").Select(path => Compile(table, path)!)],
        Patterns = [.. table.Texts("regexes").Select(pattern => Compile(table, pattern)!)],
        StopWords = [.. table.Texts("stopwords").Where(word => word.Length > 0).Select(word => word.ToLowerInvariant())],
        TargetRules = table.Texts("targetRules"),
    };

    private static Regex? Compile(TomlTable table, string? pattern)
    {
        try
        {
            return string.IsNullOrEmpty(pattern) ? null : SecretPattern.Compile(pattern);
        }
        catch (FormatException malformed)
        {
            throw new FormatException($"line {table.Line}: {malformed.Message}", malformed);
        }
    }
}
