using Fairway.Configuration;

namespace Fairway.Scanning;

/// <summary>A file of Kubernetes manifests, read as YAML.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Text">Its text, for comments that allow a finding.</param>
/// <param name="Documents">Its documents.</param>
/// <param name="Problem">Why a part of it could not be read, with the line; null when all could.</param>
public sealed record ManifestFile(string Path, string Text, ImmutableArray<ConfigurationNode> Documents, (int Line, string Text)? Problem);

/// <summary>
/// Looks at Dockerfiles and Kubernetes manifests. A comment <c># fairway:allow RULE</c> on a finding's line, or the line before, suppresses it; several rules are
/// parted by commas.
/// </summary>
public static class StandardsScan
{
    /// <summary>What allows a finding, before the rule's id.</summary>
    public const string AllowComment = "fairway:allow";

    /// <summary>Every rule.</summary>
    public static ImmutableArray<ScanRule> Rules { get; } = [.. DockerRules.All, .. KubernetesRules.All];

    /// <summary>What is wrong with a Dockerfile.</summary>
    public static ImmutableArray<Finding> ScanDockerfile(string path, string text) => [.. Judge(DockerScan.Scan(path, text), _ => text)];

    /// <summary>Whether a YAML text may be a manifest: others are not looked at.</summary>
    public static bool MayBeManifest(string text) => text.Contains("apiVersion", StringComparison.Ordinal) && text.Contains("kind", StringComparison.Ordinal);

    /// <summary>What is wrong with manifests that are applied together.</summary>
    public static ImmutableArray<Finding> ScanManifests(ImmutableArray<ManifestFile> files)
    {
        var objects = files.SelectMany(file => file.Documents.SelectMany(document => Manifest.Of(file.Path, document))).ToImmutableArray();
        var found = KubernetesScan.Scan(objects);
        foreach (var file in files)
            if (file.Problem is { } problem)
                found.Add(new(KubernetesRules.Syntax.Id, KubernetesRules.Syntax.Severity, problem.Text, file.Path, problem.Line) { Fingerprint = $"{file.Path}:{KubernetesRules.Syntax.Id}" });
        var texts = files.GroupBy(file => file.Path, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Text, StringComparer.Ordinal);
        return [.. Judge(found, path => texts[path])];
    }

    private static IEnumerable<Finding> Judge(IEnumerable<Finding> found, Func<string, string> text)
    {
        var lines = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var finding in found)
        {
            if (!lines.TryGetValue(finding.Path, out var file)) lines[finding.Path] = file = text(finding.Path).Split('\n');
            var allowed = Allows(file, finding.Line, finding.Rule) || Allows(file, finding.Line - 1, finding.Rule);
            yield return allowed ? finding with { Suppressed = AllowComment } : finding;
        }
    }

    private static bool Allows(string[] lines, int number, string rule)
    {
        if (number < 1 || number > lines.Length) return false;
        var line = lines[number - 1];
        var at = line.IndexOf(AllowComment, StringComparison.Ordinal);
        return at > 0 && line.AsSpan(0, at).Contains('#')
            && line[(at + AllowComment.Length)..].Split([',', ' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).Contains(rule, StringComparer.Ordinal);
    }
}
