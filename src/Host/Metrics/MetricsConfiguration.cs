using Fairway.Adapters.Yaml;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Rules;

namespace Fairway.Metrics;

/// <summary>A <c>prometheus.yml</c> that can be used.</summary>
/// <param name="Config">What it says; relative paths made absolute, as Prometheus reads them: from the file's folder.</param>
/// <param name="Text">Itself, without secrets.</param>
/// <param name="Warnings">Parts that are read over.</param>
public sealed record MetricsConfiguration(PrometheusConfig Config, string Text, IReadOnlyList<string> Warnings)
{
    /// <summary>Without a file.</summary>
    public static readonly MetricsConfiguration Empty = new(new(), "", []);

    /// <summary>Reads a file.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <exception cref="FormatException">It is broken: a line for each mistake, <c>file:line:column: what</c>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static MetricsConfiguration Load(string path)
    {
        var (root, problems) = PrometheusYaml.Read(File.ReadAllText(path));
        if (!problems.IsEmpty) throw Broken(path, problems);
        if (root is ConfigText { Text: "" }) return Empty;
        var (config, mistakes) = PrometheusConfigReader.Read(root, out var warnings);
        if (mistakes.Count > 0) throw Broken(path, mistakes);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new(Rooted(config, folder), ConfigurationPrint.Of(root), warnings) { Rules = RulesOf(config, folder) };
    }

    /// <summary>The groups of its rule files, in order of their names.</summary>
    public ImmutableArray<RuleGroupConfig> Rules { get; private init; } = [];

    private static ImmutableArray<RuleGroupConfig> RulesOf(PrometheusConfig config, string folder)
    {
        var mistakes = new List<string>();
        var groups = ImmutableArray.CreateBuilder<RuleGroupConfig>();
        foreach (var file in config.RuleFiles.SelectMany(pattern => Files(Path.Combine(folder, pattern))).Distinct(StringComparer.Ordinal))
        {
            var (root, problems) = PrometheusYaml.Read(File.ReadAllText(file));
            var (read, more) = problems.IsEmpty ? RuleFileReader.Read(root, file) : ([], problems);
            groups.AddRange(read);
            if (more.Count > 0) mistakes.Add(Broken(file, more).Message);
        }

        return mistakes.Count == 0 ? groups.ToImmutable() : throw new FormatException(string.Join('\n', mistakes));
    }

    // A name without wildcards must be there; a pattern may fit nothing.
    private static IEnumerable<string> Files(string pattern)
    {
        var name = Path.GetFileName(pattern);
        if (name.AsSpan().IndexOfAny("*?") < 0) return [pattern];
        var folder = Path.GetDirectoryName(pattern)!;
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, name).Order(StringComparer.Ordinal) : [];
    }

    private static FormatException Broken(string path, IEnumerable<ConfigProblem> problems) =>
        new(string.Join('\n', problems.Select(p => $"{path}:{p.Line}:{p.Column}: {(p.Path.Length > 0 ? p.Path + ": " : "")}{p.Message}")));

    private static PrometheusConfig Rooted(PrometheusConfig config, string folder)
    {
        return config with
        {
            ScrapeConfigs = [.. config.ScrapeConfigs.Select(s => s with { Http = Http(s.Http), FileSd = [.. s.FileSd.Select(f => Path.Combine(folder, f))] })],
            RemoteWrite = [.. config.RemoteWrite.Select(w => w with { Http = Http(w.Http) })],
        };

        HttpClientConfig Http(HttpClientConfig http) => http with
        {
            PasswordFile = In(http.PasswordFile), CredentialsFile = In(http.CredentialsFile), CaFile = In(http.CaFile), CertFile = In(http.CertFile),
            KeyFile = In(http.KeyFile),
        };

        string? In(string? file) => file is null ? null : Path.Combine(folder, file);
    }
}
