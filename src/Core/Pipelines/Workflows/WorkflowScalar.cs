using System.Text.RegularExpressions;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// What a plain value is, by the core schema of YAML 1.2 (10.3.2), which GitHub follows: <c>yes</c>, <c>on</c> and <c>0b1</c> are texts,
/// <c>3.10</c> is the number 3.1.
/// </summary>
internal static partial class WorkflowScalar
{
    /// <summary>The value.</summary>
    public static ExpressionValue Value(ScalarNode node)
    {
        var text = node.Value;
        if (!node.Plain) return ExpressionValue.Of(text);
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => ExpressionValue.Null,
            "true" or "True" or "TRUE" => ExpressionValue.True,
            "false" or "False" or "FALSE" => ExpressionValue.False,
            ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" => ExpressionValue.Of(double.PositiveInfinity),
            "-.inf" or "-.Inf" or "-.INF" => ExpressionValue.Of(double.NegativeInfinity),
            ".nan" or ".NaN" or ".NAN" => ExpressionValue.Of(double.NaN),
            _ when text.Length <= 64 && Number().IsMatch(text) => ExpressionValue.Of(ExpressionNumbers.Parse(text)),
            _ => ExpressionValue.Of(text),
        };
    }

    /// <summary>The value as a text: <c>1.10</c> is 1.1.</summary>
    public static string Text(ScalarNode node) => Value(node) is { Kind: ExpressionKind.String } ? node.Value : Value(node).ToText();

    [GeneratedRegex(@"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
