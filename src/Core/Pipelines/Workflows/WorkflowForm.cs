using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Reads the parts of a workflow's tree and reports whatever does not fit, with its place.</summary>
/// <param name="diagnostics">Where mistakes go.</param>
internal sealed class WorkflowForm(DiagnosticList diagnostics)
{
    public DiagnosticList Diagnostics { get; } = diagnostics;

    /// <summary>A mapping with no other names than these; null when it is something else, which is reported.</summary>
    public MappingNode? Mapping(ConfigurationNode node, string what, params ReadOnlySpan<string> names)
    {
        if (Mapping(node, what) is not { } mapping) return null;
        foreach (var entry in mapping.Entries)
        {
            if (names.Contains(entry.Name)) continue;
            Diagnostics.Error(DiagnosticCodes.UnknownField, entry.Key.At, $"{entry.Name} is nothing that {what} has",
                "one of " + string.Join(", ", names.ToArray().Order(StringComparer.Ordinal)), NearestName.Of(entry.Name, [.. names]));
        }
        return mapping;
    }

    /// <summary>A mapping with any names.</summary>
    public MappingNode? Mapping(ConfigurationNode node, string what)
    {
        if (node is MappingNode mapping) return mapping;
        WrongKind(node, what, "a mapping (name: value)");
        return null;
    }

    /// <summary>A value that must be there.</summary>
    public ConfigurationNode? Required(MappingNode mapping, string name, string what, SourcePosition at)
    {
        if (mapping.Find(name) is { } entry) return entry.Value;
        Diagnostics.Error(DiagnosticCodes.MissingField, at, $"{what} has no {name}");
        return null;
    }

    /// <summary>A single value as text; null when it is something else, which is reported.</summary>
    public string? Text(ConfigurationNode node, string what)
    {
        if (node is ScalarNode scalar) return WorkflowScalar.Text(scalar);
        WrongKind(node, what, "a single value");
        return null;
    }

    /// <summary>A single value or a list of them, with their places.</summary>
    public ImmutableArray<(string Text, ScalarNode Node)> Texts(ConfigurationNode node, string what)
    {
        if (node.IsNull) return [];
        if (node is ScalarNode single) return [(WorkflowScalar.Text(single), single)];
        if (node is not SequenceNode list)
        {
            WrongKind(node, what, "a single value or a list");
            return [];
        }
        var texts = ImmutableArray.CreateBuilder<(string, ScalarNode)>();
        foreach (var item in list.Items)
        {
            if (item is ScalarNode scalar) texts.Add((WorkflowScalar.Text(scalar), scalar));
            else WrongKind(item, $"an item of {what}", "a single value");
        }
        return texts.ToImmutable();
    }

    /// <summary>True or false, written out; null when it is not, which is reported.</summary>
    public bool? Switch(ConfigurationNode node, string what)
    {
        if (node is ScalarNode scalar && WorkflowScalar.Value(scalar) is BooleanValue value) return value.Value;
        if (node is ScalarNode { Value: var text } && text.Contains("${{", StringComparison.Ordinal)) return null;
        var meant = node is ScalarNode { Value: var word } ? word.ToLowerInvariant() switch
        {
            "yes" or "on" or "true" => "true",
            "no" or "off" or "false" => "false",
            _ => null,
        } : null;
        Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"{what} is {Shown(node)}", "true or false, without quotes", meant);
        return null;
    }

    /// <summary>A whole number; null when it is not, which is reported.</summary>
    public int? Whole(ConfigurationNode node, string what, int least, int most)
    {
        if (node is ScalarNode scalar && WorkflowScalar.Value(scalar) is NumberValue { Value: var number }
            && number == Math.Floor(number) && number >= least && number <= most) return (int)number;
        Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"{what} is {Shown(node)}", $"a whole number from {least} to {most}");
        return null;
    }

    /// <summary>A template; its text is kept as it is written. Null when it is no single value.</summary>
    public string? Template(ConfigurationNode node, ExpressionScope scope, string what)
    {
        if (Text(node, what) is not { } text) return null;
        if (text.Contains("${{", StringComparison.Ordinal)) Report(ExpressionTemplate.Parse(text, scope).Issues, (ScalarNode)node);
        return text;
    }

    /// <summary>A condition.</summary>
    public string? Condition(ConfigurationNode node, ExpressionScope scope)
    {
        if (Text(node, "if") is not { } text) return null;
        var (condition, issues) = IfCondition.Parse(text, scope);
        Report(issues, (ScalarNode)node);
        if (condition is { IsAlwaysTrueText: true })
            Diagnostics.Warning(WorkflowCodes.AlwaysTrue, node.At, "this condition always holds: ${{ }} with text around it is a text",
                "the whole condition inside ${{ }}, or none of it");
        return text;
    }

    /// <summary>Names with templates.</summary>
    public ImmutableSortedDictionary<string, string> Templates(ConfigurationNode node, ExpressionScope scope, string what)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (node.IsNull) return texts.ToImmutable();
        if (node is ScalarNode { Value: var whole } && whole.Contains("${{", StringComparison.Ordinal))
            NotSupported(node.At, $"{what} as one expression", "each name with its value");
        else if (Mapping(node, what) is { } mapping)
        {
            foreach (var entry in mapping.Entries)
            {
                if (entry.Name.Contains("${{", StringComparison.Ordinal)) NotSupported(entry.Key.At, "an expression as a name",
                    "the name itself");
                else if (Template(entry.Value, scope, $"{entry.Name} of {what}") is { } text) texts[entry.Name] = text;
            }
        }
        return texts.ToImmutable();
    }

    /// <summary>Something that Fairway does not do: the workflow is refused.</summary>
    public void NotSupported(SourcePosition at, string what, string? mend, string? why = null)
        => Diagnostics.Error(WorkflowCodes.NotSupported, at, $"{what} is not supported{(why is null ? "" : $": {why}")}", mend);

    /// <summary>Something without effect.</summary>
    public void NoEffect(SourcePosition at, string what) => Diagnostics.Warning(WorkflowCodes.NoEffect, at, what);

    public void WrongKind(ConfigurationNode node, string what, string expected)
        => Diagnostics.Error(DiagnosticCodes.WrongKind, node.At, $"{what} is {node.Kind}", expected);

    public static string Shown(ConfigurationNode node)
        => node is ScalarNode { IsNull: false } scalar
            ? $"\"{(scalar.Written.Length <= 40 ? scalar.Written : scalar.Written[..39] + "…")}\"" : node.Kind;

    private void Report(ImmutableArray<ExpressionIssue> issues, ScalarNode node)
    {
        foreach (var issue in issues)
            Diagnostics.Error(WorkflowCodes.Expression, WorkflowPlaces.Of(node, issue.Offset, issue.Length), issue.What, issue.Expected,
                issue.DidYouMean);
    }
}
