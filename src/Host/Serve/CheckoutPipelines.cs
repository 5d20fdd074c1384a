using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Pipelines;

namespace Fairway.Serve;

/// <summary>
/// The pipelines of a checkout: its own file, else GitHub's workflows, else what the control plane's configuration says. Nothing of the control plane's environment is
/// read into them.
/// </summary>
internal static class CheckoutPipelines
{
    /// <summary>The file that is one pipeline.</summary>
    public const string OwnFile = ".fairway/pipeline.yaml";

    /// <summary>The folder of GitHub's workflows.</summary>
    public const string Workflows = ".github/workflows";

    /// <summary>The pipelines and every mistake in them.</summary>
    /// <param name="checkout">Absolute path.</param>
    /// <param name="configured">Those of the control plane's configuration.</param>
    public static (ImmutableArray<Pipeline> Pipelines, ImmutableArray<Diagnostic> Diagnostics) Read(string checkout, ImmutableArray<Pipeline> configured)
    {
        if (File.Exists(Path.Combine(checkout, OwnFile)))
        {
            var (pipeline, diagnostics) = YamlConfiguration.LoadPipeline(Path.Combine(checkout, OwnFile), PipelineReader.MainName);
            return (pipeline is null ? [] : [pipeline], diagnostics);
        }
        return WorkflowFiles(checkout) is { IsEmpty: false } workflows ? ReadWorkflows(checkout, workflows) : (configured, []);
    }

    /// <summary>Workflows and every mistake in them.</summary>
    /// <param name="checkout">Absolute path.</param>
    /// <param name="files">Relative to it.</param>
    public static (ImmutableArray<Pipeline> Pipelines, ImmutableArray<Diagnostic> Diagnostics) ReadWorkflows(string checkout, ImmutableArray<string> files)
    {
        var all = files.Select(path => WorkflowYaml.Load(checkout, path)).ToArray();
        return ([.. all.Select(reading => reading.Pipeline).OfType<Pipeline>()], [.. all.SelectMany(reading => reading.Diagnostics)]);
    }

    /// <summary>Workflows' files, relative to the checkout, by name.</summary>
    public static ImmutableArray<string> WorkflowFiles(string checkout)
        => !Directory.Exists(Path.Combine(checkout, Workflows)) ? []
            : [.. Directory.EnumerateFiles(Path.Combine(checkout, Workflows)).Select(file => Path.GetFileName(file)!)
                .Where(file => file.EndsWith(".yml", StringComparison.Ordinal) || file.EndsWith(".yaml", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(file => $"{Workflows}/{file}")];
}
