using Fairway.Configuration;
using Fairway.Pipelines.Workflows;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Adapters.Yaml;

/// <summary>
/// Reads YAML as GitHub Actions has it: anchors and aliases, no merge keys, no <c>${NAME}</c> of the environment. Values stay texts; what
/// they are by YAML 1.2 is decided where they are used.
/// </summary>
public static class WorkflowYaml
{
    /// <summary>Largest file, in bytes: GitHub's own limit for a workflow is lower.</summary>
    public const int Largest = 1024 * 1024;

    /// <summary>
    /// Reads a workflow of a checkout with everything it uses there. Links that lead out of the checkout are not followed, and nothing is
    /// thrown for what is wrong with a file.
    /// </summary>
    /// <param name="checkout">Absolute folder.</param>
    /// <param name="path">The file, relative to it, with <c>/</c>.</param>
    public static WorkflowReading Load(string checkout, string path) => WorkflowReader.Read(path, file => Open(checkout, file));

    /// <summary>A file of a checkout; null when there is none, when it is too large, or when it lies outside.</summary>
    /// <param name="checkout">Absolute folder.</param>
    /// <param name="path">Relative to it, with <c>/</c>.</param>
    public static WorkflowFile? Open(string checkout, string path)
    {
        var root = Real(Path.GetFullPath(checkout));
        var absolute = Path.GetFullPath(Path.Combine(root, path));
        if (!Inside(root, absolute) || !File.Exists(absolute) || !Inside(root, Real(absolute))
            || new FileInfo(Real(absolute)) is not { Length: <= Largest } file
            || file.Attributes.HasFlag(FileAttributes.Device)) return null;
        try
        {
            return Parse(File.ReadAllBytes(file.FullName), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A text, as if it stood in a file of that name.</summary>
    public static WorkflowFile Parse(string text, string path) => Parse(System.Text.Encoding.UTF8.GetBytes(text), path);

    private static WorkflowFile Parse(byte[] content, string path)
    {
        var diagnostics = new DiagnosticList();
        if (ConfigurationText.Decode(path, "", content, diagnostics) is not { } source) return new(new SourceFile(path, "", ""), null,
            diagnostics.Sorted());
        var (root, complete) = YamlTree.ReadAny(source, diagnostics);
        if (complete) MergeKeys(source, diagnostics);
        if (root is null && !diagnostics.HasErrors) diagnostics.Error(DiagnosticCodes.WrongKind, source.Start, "the file is empty",
            "a mapping with on and jobs");
        return new(source, complete ? root : null, diagnostics.Sorted());
    }

    /// <summary>GitHub refuses <c>&lt;&lt;</c>: a workflow with it runs only here.</summary>
    private static void MergeKeys(SourceFile source, DiagnosticList diagnostics)
    {
        if (!source.Text.Contains("<<", StringComparison.Ordinal)) return;
        var parser = new Parser(new Scanner(new StringReader(source.Text), skipComments: true));
        while (parser.MoveNext())
            if (parser.Current is Scalar { IsKey: true, Style: ScalarStyle.Plain, Value: "<<" } key)
                diagnostics.Warning(WorkflowCodes.NoEffect, YamlSyntax.Position(source, key.Start, key.End),
                    "GitHub knows no merge keys (<<): this workflow is read here only");
    }

    private static bool Inside(string root, string path) => path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>Without links, those of folders above among them.</summary>
    private static string Real(string path)
    {
        var real = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = new FileInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }
        return real;
    }
}
