using Fairway.Configuration;
using Fairway.Pipelines.Declarations;

namespace Fairway.Pipelines;

/// <summary>Reads pipelines from the trees of configuration files. Pure: files are read elsewhere. <c>${NAME}</c> in them belongs to scripts and stays.</summary>
public static class PipelineReader
{
    /// <summary>Name of a pipeline that is a file of its own.</summary>
    public const string MainName = "main";

    /// <summary>The pipelines of <c>pipelines:</c>; all mistakes go to <paramref name="diagnostics"/>.</summary>
    /// <param name="nodes">Pipelines by name.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static ImmutableArray<Pipeline> ReadAll(IEnumerable<KeyValuePair<string, ConfigurationNode>> nodes, DiagnosticList diagnostics)
        => [.. nodes.Select(pair => Read(pair.Key, pair.Value, diagnostics)).OfType<Pipeline>()];

    /// <summary>A pipeline; null when there are mistakes, which are in <paramref name="diagnostics"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="node">What is written.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static Pipeline? Read(string name, ConfigurationNode node, DiagnosticList diagnostics)
    {
        var binder = new Binder(diagnostics, partial: false);
        if (!binder.BindWhole(PipelineDeclaration.Root, node, $"pipeline {name}", node.At, out var pipeline)) return null;
        pipeline = pipeline with { Name = name, Origin = node.At.File.Name };
        var found = PipelineGraph.Check(pipeline);
        foreach (var issue in found)
        {
            var at = binder.Sources.Find($"jobs.{issue.Job}.needs") ?? binder.Sources.Find($"jobs.{issue.Job}") ?? node.At;
            diagnostics.Error(issue.What.Contains(" in a circle", StringComparison.Ordinal) ? DiagnosticCodes.JobCircle : DiagnosticCodes.UnknownWord, at, issue.What,
                didYouMean: issue.DidYouMean);
        }
        return found.IsEmpty ? pipeline : null;
    }
}
