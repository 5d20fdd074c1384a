using System.Text.Json.Nodes;
using Fairway.Configuration;
using Fairway.Kernel;

namespace Fairway.Pipelines.Declarations;

/// <summary>A matrix: axes under names of the user's choice beside <c>include</c>, <c>exclude</c>, <c>failFast</c> and <c>maxParallel</c>.</summary>
internal sealed class MatrixShape : Shape<JobMatrix>
{
    private static readonly ListShape<string> Values = new(Scalars.Text("a value"), orOne: false);
    private static readonly ListShape<ImmutableArray<KeyValuePair<string, string>>> Rows = new(new MapShape<string>("values by name", PipelineScalars.Ids, Scalars.Text("a value")));

    public override string Expected => "a mapping of names with lists of values";

    public override string Label => "mapping of lists of values";

    public override bool TryBind(ConfigurationNode node, Binder binder, out JobMatrix value)
    {
        value = new();
        if (node is not MappingNode mapping) return binder.WrongKind(node, Expected);
        var ok = true;
        foreach (var entry in mapping.Entries)
        {
            switch (entry.Name)
            {
                case "include":
                    ok &= Row(entry, binder, out var include, out var includeExpression);
                    value = value with { Include = include, IncludeExpression = includeExpression };
                    break;
                case "exclude":
                    ok &= Row(entry, binder, out var exclude, out var excludeExpression);
                    value = value with { Exclude = exclude, ExcludeExpression = excludeExpression };
                    break;
                case "failFast":
                    ok &= binder.Bind(Scalars.Switch, entry.Value, entry.Name, entry.Key.At, out var fast);
                    value = value with { FailFast = fast };
                    break;
                case "maxParallel":
                    ok &= binder.Bind(Scalars.Whole(1, JobMatrix.MostCombinations), entry.Value, entry.Name, entry.Key.At, out var most);
                    value = value with { MaxParallel = most };
                    break;
                default:
                    ok &= Axis(entry, binder, ref value);
                    break;
            }
        }
        if (ok && value.Axes.IsEmpty && value.Include.IsEmpty && value.IncludeExpression is null) ok = binder.Empty(node, "at least one name with values");
        return ok;
    }

    public override JsonNode? Write(JobMatrix value) => null;

    public override JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["include"] = new JsonObject { ["type"] = new JsonArray("array", "string") }, ["exclude"] = new JsonObject { ["type"] = new JsonArray("array", "string") },
            ["failFast"] = new JsonObject { ["type"] = "boolean", ["default"] = true }, ["maxParallel"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 },
        },
        ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("array", "string") },
    };

    private static bool Axis(MappingEntry entry, Binder binder, ref JobMatrix matrix)
    {
        if (!PipelineScalars.Ids.Fits(entry.Name))
        {
            binder.Diagnostics.Error(DiagnosticCodes.BadName, entry.Key.At, $"\"{entry.Name}\" cannot be a name here", PipelineScalars.Ids.Expected, PipelineScalars.Ids.Suggest(entry.Name));
            return false;
        }
        if (entry.Value is ScalarNode)
        {
            if (!binder.Bind(PipelineScalars.Listing, entry.Value, entry.Name, entry.Key.At, out var expression)) return false;
            matrix = matrix with { Axes = matrix.Axes.Add(new(entry.Name, [], expression)) };
            return true;
        }
        if (!binder.Bind(Values, entry.Value, entry.Name, entry.Key.At, out var values)) return false;
        if (values.IsEmpty) return binder.Empty(entry.Value, "at least one value");
        matrix = matrix with { Axes = matrix.Axes.Add(new(entry.Name, [.. values.Select((value, index) => Of(value, (entry.Value as SequenceNode)!.Items[index]))])) };
        return true;
    }

    private static bool Row(MappingEntry entry, Binder binder, out ImmutableArray<ImmutableSortedDictionary<string, MatrixValue>> rows, out string? expression)
    {
        (rows, expression) = ([], null);
        if (entry.Value is ScalarNode) return binder.Bind(PipelineScalars.Listing, entry.Value, entry.Name, entry.Key.At, out expression);
        if (!binder.Bind(Rows, entry.Value, entry.Name, entry.Key.At, out var read)) return false;
        var nodes = ((SequenceNode)entry.Value).Items;
        rows = [.. read.Select((row, index) => row.ToImmutableSortedDictionary(
            pair => pair.Key, pair => Of(pair.Value, ((MappingNode)nodes[index]).Find(pair.Key)!.Value), StringComparer.Ordinal))];
        return true;
    }

    // Unquoted true, false and plain decimal numbers are what they look like, so that expressions can compare them.
    private static MatrixValue Of(string text, ConfigurationNode node)
        => node is ScalarNode { Plain: true } && (text is "true" or "false" || (decimal.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign | System.Globalization.NumberStyles.AllowDecimalPoint,
            System.Globalization.CultureInfo.InvariantCulture, out var number) && number.ToString(System.Globalization.CultureInfo.InvariantCulture) == text && text.Length < 15))
            ? new(CanonicalJson.Canonicalize(text)) : MatrixValue.Of(text);
}
