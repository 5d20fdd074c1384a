using System.Globalization;
using Fairway.Configuration;

namespace Fairway.Scanning;

/// <summary>One object of a Kubernetes manifest.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Root">The whole document.</param>
internal sealed record Manifest(string Path, MappingNode Root)
{
    public string Kind => Root.Text("kind") ?? "";

    public string Name => Root.At("metadata", "name").AsText() ?? Root.At("metadata", "generateName").AsText() ?? "";

    /// <summary>Where it lives; null when it does not say.</summary>
    public string? Namespace => Root.At("metadata", "namespace").AsText();

    public string Subject => $"{Kind}/{Name}";

    public int Line => Root.At.Line;

    /// <summary>The pod that it makes; null when it makes none.</summary>
    public MappingNode? PodSpec => PodTemplate?.At("spec") as MappingNode;

    /// <summary>The labels of the pods that it makes.</summary>
    public IReadOnlyDictionary<string, string> PodLabels => PodTemplate.At("metadata", "labels").AsLabels();

    private ConfigurationNode? PodTemplate => Kind switch
    {
        "Pod" => Root,
        "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" or "Job" => Root.At("spec", "template"),
        "CronJob" => Root.At("spec", "jobTemplate", "spec", "template"),
        _ => null,
    };

    /// <summary>Runs until somebody stops it.</summary>
    public bool IsLongRunning => Kind is "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController";

    /// <summary>The objects of a document: itself, or the items of a list.</summary>
    public static IEnumerable<Manifest> Of(string path, ConfigurationNode document)
    {
        if (document is not MappingNode root || root.Text("apiVersion") is null || root.Text("kind") is not { } kind) yield break;
        if (kind != "List") yield return new(path, root);
        else
            foreach (var item in root.At("items").Items())
                if (item is MappingNode inner && inner.Text("kind") is not null) yield return new(path, inner);
    }
}

/// <summary>Ways through a YAML tree that end in nothing where something is missing or is something else.</summary>
internal static class ManifestNodes
{
    public static ConfigurationNode? At(this ConfigurationNode? node, params ReadOnlySpan<string> names)
    {
        foreach (var name in names) node = (node as MappingNode)?.Find(name)?.Value;
        return node is { IsNull: true } ? null : node;
    }

    public static string? Text(this MappingNode node, string name) => node.At(name).AsText();

    public static string? AsText(this ConfigurationNode? node) => (node as ScalarNode)?.Value;

    public static bool? AsTruth(this ConfigurationNode? node) => node is ScalarNode { Plain: true, Value: "true" or "True" or "TRUE" } ? true
        : node is ScalarNode { Plain: true, Value: "false" or "False" or "FALSE" } ? false : null;

    public static long? AsNumber(this ConfigurationNode? node)
        => long.TryParse(node.AsText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static ImmutableArray<ConfigurationNode> Items(this ConfigurationNode? node) => (node as SequenceNode)?.Items ?? [];

    public static ImmutableArray<string> Texts(this ConfigurationNode? node) => [.. node.Items().Select(item => item.AsText()).OfType<string>()];

    public static IReadOnlyDictionary<string, string> AsLabels(this ConfigurationNode? node)
        => (node as MappingNode)?.Entries.Where(entry => entry.Value is ScalarNode).GroupBy(entry => entry.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Value.AsText()!, StringComparer.Ordinal) ?? [];

    /// <summary>Whether a label selector (matchLabels and matchExpressions) chooses labels; an empty one chooses all, a missing one nothing.</summary>
    public static bool Selects(this ConfigurationNode? selector, IReadOnlyDictionary<string, string> labels)
    {
        if (selector is null) return false;
        foreach (var (name, value) in selector.At("matchLabels").AsLabels())
            if (labels.GetValueOrDefault(name) != value) return false;
        foreach (var expression in selector.At("matchExpressions").Items())
        {
            var value = labels.GetValueOrDefault(expression.At("key").AsText() ?? "");
            var values = expression.At("values").Texts();
            var chosen = expression.At("operator").AsText() switch
            {
                "In" => value is not null && values.Contains(value, StringComparer.Ordinal),
                "NotIn" => value is null || !values.Contains(value, StringComparer.Ordinal),
                "Exists" => value is not null,
                "DoesNotExist" => value is null,
                _ => true,
            };
            if (!chosen) return false;
        }
        return true;
    }

    /// <summary>Whether plain labels, as a Service's selector has them, choose labels.</summary>
    public static bool SelectsPlainly(this ConfigurationNode? selector, IReadOnlyDictionary<string, string> labels)
    {
        var wanted = selector.AsLabels();
        return wanted.Count > 0 && wanted.All(label => labels.GetValueOrDefault(label.Key) == label.Value);
    }
}
