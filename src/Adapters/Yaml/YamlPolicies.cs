using System.Text.Json.Nodes;
using Fairway.Configuration;
using Fairway.Policy;

namespace Fairway.Adapters.Yaml;

/// <summary>Loads test cases of policies, and data to try expressions on. Variables of the environment are not put in: a test means the same everywhere.</summary>
public static class YamlPolicies
{
    /// <summary>The cases of a file; none when there are mistakes.</summary>
    /// <param name="path">Absolute, or relative to the current folder.</param>
    /// <param name="shown">As messages name it.</param>
    public static (ImmutableArray<PolicyCase> Cases, ImmutableArray<Diagnostic> Diagnostics) LoadCases(string path, string shown)
    {
        var diagnostics = new DiagnosticList();
        var cases = Load(path, shown, diagnostics) switch
        {
            MappingNode root => PolicyCaseReader.Read(root, diagnostics),
            { } other => NoMapping(other, diagnostics),
            null => [],
        };
        return (diagnostics.HasErrors ? [] : cases, diagnostics.Sorted());
    }

    /// <summary>Data, as values of policies' variables or as it is; null when there are mistakes.</summary>
    /// <param name="path">Absolute, or relative to the current folder.</param>
    /// <param name="shown">As messages name it.</param>
    /// <param name="isTyped">Whether it holds values of policies' variables.</param>
    public static (JsonObject? Data, ImmutableArray<Diagnostic> Diagnostics) LoadData(string path, string shown, bool isTyped)
    {
        var diagnostics = new DiagnosticList();
        var root = Load(path, shown, diagnostics);
        if (root is not null and not MappingNode) NoMapping(root, diagnostics);
        return (diagnostics.HasErrors || root is not MappingNode mapping ? null
            : isTyped ? PolicyCaseReader.Variables(mapping) : PolicyCaseReader.Json(mapping)!.AsObject(), diagnostics.Sorted());
    }

    private static ConfigurationNode? Load(string path, string shown, DiagnosticList diagnostics)
    {
        var (content, problem) = YamlConfiguration.ReadFile(path);
        if (content is null)
        {
            diagnostics.Error(DiagnosticCodes.Unreadable, new SourceFile(shown, "", "").Start, problem!);
            return null;
        }
        if (ConfigurationText.Decode(shown, "", content, diagnostics) is not { } file) return null;
        var (root, complete) = YamlTree.ReadAny(file, diagnostics);
        return complete ? root : null;
    }

    private static ImmutableArray<PolicyCase> NoMapping(ConfigurationNode node, DiagnosticList diagnostics)
    {
        diagnostics.Error(DiagnosticCodes.WrongKind, node.At, $"the file is {node.Kind}", "a mapping");
        return [];
    }
}
