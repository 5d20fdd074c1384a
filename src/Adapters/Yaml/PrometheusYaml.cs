using Fairway.Configuration;
using Fairway.Metrics.Configuration;

namespace Fairway.Adapters.Yaml;

/// <summary>Reads YAML as Prometheus has it: configuration and files of targets. Variables are left alone: <c>$1</c> means something
/// there.</summary>
public static class PrometheusYaml
{
    /// <summary>Reads a text.</summary>
    /// <param name="text">The whole file.</param>
    /// <returns>The tree, of use only when there is no problem; and all problems.</returns>
    public static (ConfigNode Root, ImmutableArray<ConfigProblem> Problems) Read(string text)
    {
        var file = new SourceFile("", "", text);
        var diagnostics = new DiagnosticList();
        var (root, _) = YamlTree.ReadAny(file, diagnostics);
        return (root is null ? new ConfigText("", 1, 1) : Of(root),
            [.. diagnostics.Sorted().Select(d => new ConfigProblem(d.At.Line, d.At.Column, "", d.Sentence))]);
    }

    /// <summary>The same for who wants a tree or nothing.</summary>
    /// <exception cref="FormatException">It is no YAML; says where.</exception>
    public static ConfigNode Parse(string text)
    {
        var (root, problems) = Read(text);
        return problems is [var first, ..] ? throw new FormatException($"line {first.Line}, column {first.Column}: {first.Message}") : root;
    }

    private static ConfigNode Of(ConfigurationNode node) => node switch
    {
        MappingNode map => new ConfigMap([.. map.Entries.Select(e => KeyValuePair.Create(e.Name, Of(e.Value)))], node.At.Line, node.At.Column),
        SequenceNode list => new ConfigList([.. list.Items.Select(Of)], node.At.Line, node.At.Column),
        ScalarNode { IsNull: false } text => new ConfigText(text.Value, node.At.Line, node.At.Column),
        _ => new ConfigText("", node.At.Line, node.At.Column),
    };
}
