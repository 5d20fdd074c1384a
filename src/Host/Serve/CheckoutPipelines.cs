using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Pipelines;

namespace Fairway.Serve;

/// <summary>
/// The pipelines of a checkout: its own files, else GitHub's workflows, else what the control plane's configuration says. Nothing of the control plane's environment is
/// read into them.
/// </summary>
internal static class CheckoutPipelines
{
    /// <summary>The file that is one pipeline.</summary>
    public const string OwnFile = ".fairway/pipeline.yaml";

    /// <summary>The folder of further ones, each a file that its name is the pipeline's.</summary>
    public const string OwnFolder = ".fairway/pipelines";

    /// <summary>Most files that are looked at in a folder.</summary>
    private const int MostFiles = 100;

    /// <summary>The folder of GitHub's workflows.</summary>
    public const string Workflows = ".github/workflows";

    /// <summary>The pipelines and every mistake in them.</summary>
    /// <param name="checkout">Absolute path.</param>
    /// <param name="configured">Those of the control plane's configuration.</param>
    public static (ImmutableArray<Pipeline> Pipelines, ImmutableArray<Diagnostic> Diagnostics) Read(string checkout, ImmutableArray<Pipeline> configured)
    {
        if (ReadOwn(checkout, "") is { } own) return own;
        return WorkflowFiles(checkout) is { IsEmpty: false } workflows ? ReadWorkflows(checkout, workflows) : (configured, []);
    }

    /// <summary>The checkout's own pipelines and every mistake in them; null when it has none.</summary>
    /// <param name="checkout">Absolute path.</param>
    /// <param name="shown">The same as people read it in mistakes; empty is relative to it.</param>
    public static (ImmutableArray<Pipeline> Pipelines, ImmutableArray<Diagnostic> Diagnostics)? ReadOwn(string checkout, string shown)
    {
        var files = new List<(string Path, string Name)>();
        if (IsPlain(Path.Combine(checkout, OwnFile))) files.Add((OwnFile, PipelineReader.MainName));
        if (new DirectoryInfo(Path.Combine(checkout, OwnFolder)) is { Exists: true, LinkTarget: null } folder)
            files.AddRange(folder.EnumerateFiles().Where(file => file.LinkTarget is null && file.Extension is ".yaml" or ".yml").Select(file => file.Name).Order(StringComparer.Ordinal).Take(MostFiles)
                .Select(name => ($"{OwnFolder}/{name}", Path.GetFileNameWithoutExtension(name))));
        if (files.Count == 0) return null;
        var (pipelines, diagnostics) = (ImmutableArray.CreateBuilder<Pipeline>(), ImmutableArray.CreateBuilder<Diagnostic>());
        foreach (var (path, name) in files)
        {
            var (pipeline, found) = YamlConfiguration.LoadPipeline(Path.Combine(checkout, path), name, Path.Combine(shown, path));
            diagnostics.AddRange(found);
            var list = new DiagnosticList();
            if (!Configuration.ServiceNames.IsValid(name))
                list.Error(DiagnosticCodes.BadName, new SourceFile(Path.Combine(shown, path), "", "").Start, "the file's name cannot name a pipeline", "lower-case letters, digits and hyphens, at most 40, and .yaml");
            else if (pipelines.Any(known => known.Name == name))
                list.Error(DiagnosticCodes.DefinedTwice, new SourceFile(Path.Combine(shown, path), "", "").Start, $"there is another pipeline {name}", "a name that no other file has");
            diagnostics.AddRange(list.Sorted());
            if (list.HasErrors) continue;
            if (pipeline is not null) pipelines.Add(pipeline);
        }
        return (pipelines.ToImmutable(), diagnostics.ToImmutable());
    }

    /// <summary>
    /// Pipelines that may run because a release was deployed: those of the configuration first, which a repository cannot replace by others of the same name, then the
    /// checkout's own; and what is wrong with them.
    /// </summary>
    public static (ImmutableArray<Pipeline> Pipelines, string? Problem) ForDeployment(string checkout, ImmutableArray<Pipeline> configured)
    {
        var (own, diagnostics) = ReadOwn(checkout, "") ?? ([], []);
        return ([.. configured, .. own], diagnostics.FirstOrDefault(one => one.Severity == DiagnosticSeverity.Error)?.ToString());
    }

    // A link may lead anywhere.
    private static bool IsPlain(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null } && new DirectoryInfo(Path.GetDirectoryName(path)!).LinkTarget is null;

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
