using System.Runtime.CompilerServices;
using Fairway.Adapters.Yaml;
using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Whole checkouts with what is read from them. FAIRWAY_UPDATE=1 writes what is expected anew.</summary>
public sealed class CorpusTests
{
    public static TheoryData<string> Cases => [.. Directory.EnumerateDirectories(Path.Combine(Folder(), "Corpus")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_workflow_is_read_as_it_stands(string name)
    {
        var folder = Path.Combine(Folder(), "Corpus", name);
        var main = name switch { "reusable" => "main.yml", _ => Path.GetFileName(Directory.GetFiles(Path.Combine(folder, ".github/workflows")).Single()) };
        var reading = WorkflowYaml.Load(folder, $".github/workflows/{main}");
        var actual = string.Concat(reading.Diagnostics.Select(diagnostic => diagnostic + "\n")) + (reading.Pipeline is null ? "" : PipelineText.Write(reading.Pipeline));
        Assert.Equal(reading.Pipeline is null, reading.Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        var file = Path.Combine(folder, "expected.txt");
        if (Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1") File.WriteAllText(file, actual);
        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "(no such file; FAIRWAY_UPDATE=1 writes it)", actual, ignoreLineEndingDifferences: true);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_template_that_is_written_can_be_evaluated(string name)
    {
        var folder = Path.Combine(Folder(), "Corpus", name);
        foreach (var file in Directory.GetFiles(Path.Combine(folder, ".github/workflows")))
        {
            if (WorkflowYaml.Load(folder, $".github/workflows/{Path.GetFileName(file)}").Pipeline is not { } pipeline) continue;
            foreach (var job in pipeline.Jobs)
            {
                Assert.Empty(Expressions.IfCondition.Parse(job.If, Expressions.ExpressionScopes.JobIf).Issues);
                foreach (var step in job.Steps)
                {
                    Assert.Empty(Expressions.IfCondition.Parse(step.If, Expressions.ExpressionScopes.StepIf).Issues);
                    foreach (var value in step.Env.Values) Assert.Empty(Expressions.ExpressionTemplate.Parse(value, Expressions.ExpressionScopes.StepText).Issues);
                }
            }
        }
    }

    internal static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
