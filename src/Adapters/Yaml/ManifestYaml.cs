using Fairway.Configuration;
using Fairway.Scanning;

namespace Fairway.Adapters.Yaml;

/// <summary>Reads Kubernetes manifests: several documents in a file, anchors within each.</summary>
public static class ManifestYaml
{
    /// <summary>Most documents of a file.</summary>
    public const int MostDocuments = 1_000;

    /// <summary>Reads a file; what stands before a syntax error is kept. Templates with <c>{{ }}</c> are told as such: render them first.</summary>
    public static ManifestFile Read(string path, string text)
    {
        if (text.Length > ConfigurationText.MaxBytes) return new(path, text, [], (1, $"The file is longer than {ConfigurationText.MaxBytes >> 20} Mi characters."));
        var diagnostics = new DiagnosticList();
        var documents = YamlTree.ReadDocuments(new SourceFile(path, "", text), diagnostics, MostDocuments);
        var first = diagnostics.Sorted().FirstOrDefault(one => one.Code == DiagnosticCodes.Syntax || one.Code == DiagnosticCodes.Tab || one.Code == DiagnosticCodes.TooComplex || one.Code == DiagnosticCodes.SeveralDocuments);
        if (first is null) return new(path, text, documents, null);
        return new(path, text, documents, text.Contains("{{", StringComparison.Ordinal)
            ? (first.At.Line, "This is a template; render it first, and scan what comes out.")
            : (first.At.Line, first.Sentence + "."));
    }
}
