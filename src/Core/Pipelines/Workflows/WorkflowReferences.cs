using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Finds references in a job's expressions to steps, jobs, matrix values and inputs that are not there: they would be
/// empty.</summary>
internal static class WorkflowReferences
{
    /// <summary>Checks a job.</summary>
    public static void Check(MappingEntry job, MappingNode jobs, HashSet<string> inputs, WorkflowForm form)
    {
        if (job.Value is not MappingNode mapping) return;
        var known = new Dictionary<string, (string[] Names, string What)?>(StringComparer.OrdinalIgnoreCase)
        {
            ["needs"] = (Needs(mapping), "no job in needs"),
            ["steps"] = (Steps(mapping), "no step with that id in this job"),
            ["matrix"] = Matrix(mapping) is { } names ? (names, "no value of the matrix") : null,
            ["inputs"] = ([.. inputs], "no declared input"),
        };
        Walk(mapping, isIf: false, known, form);
    }

    private static void Walk(ConfigurationNode node, bool isIf, Dictionary<string, (string[] Names, string What)?> known, WorkflowForm form)
    {
        switch (node)
        {
            case MappingNode mapping:
                foreach (var entry in mapping.Entries) Walk(entry.Value, entry.Name == "if", known, form);
                break;
            case SequenceNode list:
                foreach (var item in list.Items) Walk(item, false, known, form);
                break;
            case ScalarNode scalar:
                foreach (var (expression, start) in Expressions(scalar, isIf)) CheckOne(expression, start, scalar, known, form);
                break;
        }
    }

    private static IEnumerable<(Expression Expression, int Start)> Expressions(ScalarNode node, bool isIf)
    {
        if (!node.Value.Contains("${{", StringComparison.Ordinal))
            return isIf && Expression.Parse(node.Value, ExpressionScope.Any).Expression is { } only ? [(only, 0)] : [];
        return ExpressionTemplate.Parse(node.Value, ExpressionScope.Any).Template is { } template
            ? template.Parts.Where(part => part.Expression is not null).Select(part => (part.Expression!, part.Offset + 3)) : [];
    }

    private static void CheckOne(Expression expression, int start, ScalarNode node, Dictionary<string,
        (string[] Names, string What)?> known, WorkflowForm form)
    {
        foreach (var index in expression.Root.Parts().OfType<IndexNode>())
        {
            if (index is not { Name: { } name, Target: NameNode context } || known.GetValueOrDefault(context.Name) is not { } has
                || has.Names.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            form.Diagnostics.Warning(WorkflowCodes.UnknownReference, WorkflowPlaces.Of(node, start + context.Offset,
                context.Name.Length + 1 + name.Length),
                $"{context.Name}.{name}: there is {has.What}", null, NearestName.Of(name, has.Names) is { } near ? $"{context.Name}.{near}"
                    : null);
        }
    }

    private static string[] Needs(MappingNode job)
        => job.Find("needs")?.Value switch
        {
            ScalarNode single => [single.Value],
            SequenceNode list => [.. list.Items.OfType<ScalarNode>().Select(item => item.Value)],
            _ => [],
        };

    private static string[] Steps(MappingNode job)
        => job.Find("steps")?.Value is SequenceNode list
            ? [.. list.Items.OfType<MappingNode>().Select(step => step.Find("id")?.Value).OfType<ScalarNode>().Select(id => id.Value)] : [];

    /// <summary>Names of the matrix's values; null when they are only known at run time.</summary>
    private static string[]? Matrix(MappingNode job)
    {
        if (job.Find("strategy")?.Value is not MappingNode strategy || strategy.Find("matrix") is not { } entry) return [];
        if (entry.Value is not MappingNode matrix) return null;
        var names = new List<string>();
        foreach (var axis in matrix.Entries)
        {
            if (axis.Name == "exclude") continue;
            if (axis.Name != "include") names.Add(axis.Name);
            else if (axis.Value is not SequenceNode rows) return null;
            else names.AddRange(rows.Items.OfType<MappingNode>().SelectMany(row => row.Entries).Select(value => value.Name));
        }
        return [.. names];
    }
}
