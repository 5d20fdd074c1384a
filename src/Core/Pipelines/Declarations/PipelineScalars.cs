using System.Text.Json.Nodes;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Declarations;

/// <summary>Single values of pipelines: expressions and templates are read when the file is, so their mistakes have a place.</summary>
internal static class PipelineScalars
{
    /// <summary>An expression, with or without <c>${{ }}</c>.</summary>
    public static ScalarShape<string> Condition(ExpressionScope scope, string expected = "an expression such as github.ref_name == 'main'") => new("expression", expected,
        text => IfCondition.Parse(text, scope) is { Condition: null } bad ? Wrong(bad.Issues[0])
            : text.Contains("${{", StringComparison.Ordinal) && IfCondition.Parse(text, scope).Condition!.IsAlwaysTrueText
                ? Parsed.Wrong<string>(DiagnosticCodes.BadExpression, "is a text around an expression, which always holds", null) : Parsed.Value(text),
        value => value, () => new() { ["type"] = new JsonArray("string", "boolean") });

    /// <summary>An expression that gives a list.</summary>
    public static ScalarShape<string> Listing => new("expression", "a list, or an expression in ${{ }} that gives one",
        text => !text.Contains("${{", StringComparison.Ordinal) ? Parsed.Malformed<string>()
            : ExpressionTemplate.Parse(text.Trim(), ExpressionScopes.JobStrategy) is { Template: null } bad ? Wrong(bad.Issues[0]) : Parsed.Value(text.Trim()),
        value => value, () => new() { ["type"] = "string" });

    /// <summary>A text that may hold <c>${{ }}</c>.</summary>
    public static ScalarShape<string> Template(string expected, ExpressionScope scope, string label = "text with `${{ }}`") => new(label, expected,
        text => ExpressionTemplate.Parse(text, scope) is { Template: null } bad ? Wrong(bad.Issues[0]) : Parsed.Value(text),
        value => value, () => new() { ["type"] = new JsonArray("string", "number", "boolean") });

    /// <summary>A pattern of files.</summary>
    public static ScalarShape<string> Files => new("pattern", "a pattern of files such as src/**",
        text => FileSelection.Problem(text.StartsWith("~/", StringComparison.Ordinal) ? text[2..] : text) is { } problem ? Parsed.Malformed<string>(problem: problem) : Parsed.Value(text),
        value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    /// <summary>A pattern of branches, tags or files that changed.</summary>
    public static ScalarShape<string> Refs => new("pattern", "a pattern such as release/**",
        text => TriggerMatch.Problem(text) is { } problem ? Parsed.Malformed<string>(problem: problem) : Parsed.Value(text), value => value,
        () => new() { ["type"] = "string", ["minLength"] = 1 });

    /// <summary>Where a secret is.</summary>
    public static ScalarShape<string> SecretReference => new("`env:NAME` or `file:/path`", "env:NAME or file:/path, never the secret itself",
        text => (text.StartsWith("env:", StringComparison.Ordinal) && VariableName.IsValid(text[4..])) || (text.StartsWith("file:/", StringComparison.Ordinal) && text.Length > 6)
            ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is not a reference to a secret"),
        value => value, () => new() { ["type"] = "string", ["pattern"] = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$" }) { Secret = true };

    /// <summary>A shell.</summary>
    public static ScalarShape<string> Shell => new("shell", "sh, bash, python, pwsh, or a command with {0} for the script's file",
        text => StepShell.Problem(text) is { } problem ? Parsed.Malformed<string>(problem: problem) : Parsed.Value(text), value => value,
        () => new() { ["type"] = "string", ["minLength"] = 1 });

    /// <summary>Variables with templates.</summary>
    public static Shape<ImmutableSortedDictionary<string, string>> Variables(ExpressionScope scope)
        => Dictionary(new MapShape<string>("variables by name", NameRules.Variables, Template("a value", scope)));

    /// <summary>A map as a dictionary.</summary>
    public static Shape<ImmutableSortedDictionary<string, string>> Dictionary(MapShape<string> map)
        => map.To(pairs => pairs.ToImmutableSortedDictionary(StringComparer.Ordinal), values => [.. values]);

    /// <summary>What a job's id, and other names that expressions use, must look like.</summary>
    public static NameRule Ids => new("^[A-Za-z_][A-Za-z0-9_-]{0,59}$", "letters, digits, _ and -, beginning with a letter or _, at most 60",
        IsId, name => new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')]) is var near && IsId(near) ? near : null);

    private static bool IsId(string name) => name.Length is > 0 and <= 60 && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    private static Parsed<string> Wrong(ExpressionIssue issue) => Parsed.Wrong<string>(DiagnosticCodes.BadExpression, $"cannot be read: {issue}", null);
}
