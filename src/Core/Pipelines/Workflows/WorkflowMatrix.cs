using System.Text;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Reads <c>strategy</c>.</summary>
internal sealed class WorkflowMatrix(WorkflowForm form)
{
    /// <summary>Reads a strategy; null when there is no matrix in it.</summary>
    public JobMatrix? Read(ConfigurationNode node)
    {
        if (form.Mapping(node, "strategy", "matrix", "fail-fast", "max-parallel") is not { } mapping) return null;
        if (mapping.Find("matrix") is not { } entry)
        {
            form.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, "strategy has no matrix");
            return null;
        }
        var matrix = entry.Value is ScalarNode whole && whole.Value.Contains("${{", StringComparison.Ordinal)
            ? Single(whole, "matrix") is { } expression ? new JobMatrix { Expression = expression } : null
            : Values(entry.Value);
        if (matrix is null) return null;
        if (mapping.Find("fail-fast") is { } failFast)
        {
            if (IsExpression(failFast.Value)) form.NotSupported(failFast.Value.At, "an expression for fail-fast", "true or false");
            else matrix = matrix with { FailFast = form.Switch(failFast.Value, "fail-fast") ?? true };
        }
        if (mapping.Find("max-parallel") is { } most)
        {
            if (IsExpression(most.Value)) form.NotSupported(most.Value.At, "an expression for max-parallel", "a number");
            else matrix = matrix with { MaxParallel = form.Whole(most.Value, "max-parallel", 1, JobMatrix.MostCombinations) };
        }
        return matrix;
    }

    private JobMatrix? Values(ConfigurationNode node)
    {
        if (form.Mapping(node, "matrix") is not { } mapping) return null;
        if (mapping.Entries.IsEmpty)
        {
            form.Diagnostics.Error(DiagnosticCodes.WrongKind, node.At, "matrix is empty", "names with lists of values");
            return null;
        }
        var matrix = new JobMatrix();
        foreach (var entry in mapping.Entries)
        {
            if (entry.Name is "include" or "exclude") matrix = Rows(matrix, entry);
            else if (Axis(entry) is { } axis) matrix = matrix with { Axes = matrix.Axes.Add(axis) };
        }
        CheckExclude(matrix, mapping);
        return matrix;
    }

    private MatrixAxis? Axis(MappingEntry entry)
    {
        if (entry.Value is ScalarNode scalar && IsExpression(scalar))
            return Single(scalar, entry.Name) is { } list ? new(entry.Name, [], list) : null;
        if (entry.Value is not SequenceNode items)
        {
            form.WrongKind(entry.Value, $"matrix.{entry.Name}", "a list");
            return null;
        }
        if (items.Items.IsEmpty)
        {
            form.Diagnostics.Error(DiagnosticCodes.WrongKind, entry.Value.At, $"matrix.{entry.Name} has no value, so no job would run",
                "at least one");
            return null;
        }
        foreach (var item in items.Items.OfType<ScalarNode>()) CheckNumber(item);
        return HasExpression(items) ? new(entry.Name, [], Built(items)) : new(entry.Name, [.. items.Items.Select(Value)]);
    }

    private JobMatrix Rows(JobMatrix matrix, MappingEntry entry)
    {
        var isInclude = entry.Name == "include";
        if (entry.Value is ScalarNode scalar && IsExpression(scalar) || HasExpression(entry.Value))
        {
            var expression = entry.Value is ScalarNode single ? Single(single, entry.Name) : Built(entry.Value);
            return isInclude ? matrix with { IncludeExpression = expression } : matrix with { ExcludeExpression = expression };
        }
        if (entry.Value is not SequenceNode list)
        {
            form.WrongKind(entry.Value, $"matrix.{entry.Name}", "a list of mappings");
            return matrix;
        }
        var rows = ImmutableArray.CreateBuilder<ImmutableSortedDictionary<string, MatrixValue>>();
        foreach (var item in list.Items)
            if (form.Mapping(item, $"an item of matrix.{entry.Name}") is { } row)
                rows.Add(row.Entries.ToImmutableSortedDictionary(pair => pair.Name, pair => Value(pair.Value), StringComparer.Ordinal));
        return isInclude ? matrix with { Include = rows.ToImmutable() } : matrix with { Exclude = rows.ToImmutable() };
    }

    private void CheckExclude(JobMatrix matrix, MappingNode mapping)
    {
        if (mapping.Find("exclude") is not { Value: SequenceNode list } || matrix.ExcludeExpression is not null) return;
        var names = matrix.Axes.Select(axis => axis.Name).ToArray();
        foreach (var entry in list.Items.OfType<MappingNode>().SelectMany(row => row.Entries))
            if (!names.Contains(entry.Name, StringComparer.OrdinalIgnoreCase))
                form.Diagnostics.Error(DiagnosticCodes.UnknownField, entry.Key.At, $"the matrix has no {entry.Name} to exclude",
                    names.Length == 0 ? null : "one of " + string.Join(", ", names), NearestName.Of(entry.Name, names));
    }

    /// <summary>Who writes 3.10 hardly means 3.1.</summary>
    private void CheckNumber(ScalarNode node)
    {
        if (node.Plain && WorkflowScalar.Value(node) is NumberValue && node.Value.Contains('.', StringComparison.Ordinal)
            && node.Value.EndsWith('0'))
            form.NoEffect(node.At,
                $"{node.Value} without quotes is the number {WorkflowScalar.Text(node)}; write '{node.Value}' for the text");
    }

    private string? Single(ScalarNode node, string what)
    {
        if (form.Template(node, ExpressionScopes.JobStrategy, what) is not { } text) return null;
        if (ExpressionTemplate.Parse(text.Trim(), ExpressionScopes.JobStrategy).Template is not { } template) return null;
        if (template.Single is { } single) return single.Text.Trim();
        form.Diagnostics.Error(DiagnosticCodes.WrongKind, node.At, $"{what} is a text with expressions in it",
            "one expression that gives a list or an object");
        return null;
    }

    private static bool IsExpression(ConfigurationNode node) => node is ScalarNode { Value: var text }
        && text.Contains("${{", StringComparison.Ordinal);

    private static bool HasExpression(ConfigurationNode node) => node switch
    {
        SequenceNode list => list.Items.Any(HasExpression),
        MappingNode mapping => mapping.Entries.Any(entry => HasExpression(entry.Value)),
        _ => IsExpression(node),
    };

    private static MatrixValue Value(ConfigurationNode node) => new(CanonicalJson.Canonicalize(Literal(node).ToString()));

    private static ExpressionValue Literal(ConfigurationNode node) => node switch
    {
        SequenceNode list => ExpressionValue.Of([.. list.Items.Select(Literal)]),
        MappingNode mapping => ExpressionValue.Of(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Name, Literal(entry.Value)))),
        ScalarNode scalar => WorkflowScalar.Value(scalar),
        _ => ExpressionValue.Null,
    };

    /// <summary>An expression that makes the same list or object at run time.</summary>
    private string Built(ConfigurationNode node)
    {
        var (pattern, arguments) = (new StringBuilder(), new List<string>());
        Build(node, pattern, arguments);
        return $"fromJSON(format({ExpressionText.Quote(pattern.ToString())}{string.Concat(arguments.Select(argument => ", toJSON(" + argument + ")"))}))";
    }

    private void Build(ConfigurationNode node, StringBuilder pattern, List<string> arguments)
    {
        switch (node)
        {
            case SequenceNode list:
                pattern.Append('[');
                for (var i = 0; i < list.Items.Length; i++)
                {
                    if (i > 0) pattern.Append(',');
                    Build(list.Items[i], pattern, arguments);
                }
                pattern.Append(']');
                break;
            case MappingNode mapping:
                pattern.Append("{{");
                for (var i = 0; i < mapping.Entries.Length; i++)
                {
                    pattern.Append(i > 0 ? "," : "").Append(Escaped(ExpressionValue.Of(mapping.Entries[i].Name))).Append(':');
                    Build(mapping.Entries[i].Value, pattern, arguments);
                }
                pattern.Append("}}");
                break;
            case ScalarNode scalar when IsExpression(scalar):
                form.Template(scalar, ExpressionScopes.JobStrategy, "matrix");
                pattern.Append('{').Append(arguments.Count).Append('}');
                arguments.Add(ExpressionTemplate.Parse(scalar.Value, ExpressionScopes.JobStrategy).Template?.AsExpression() ?? "null");
                break;
            default:
                pattern.Append(Escaped(Literal(node)));
                break;
        }
    }

    private static string Escaped(ExpressionValue value)
        => value.ToString().Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
