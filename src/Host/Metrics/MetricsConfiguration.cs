using Fairway.Adapters.Yaml;
using Fairway.Metrics.Configuration;

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
        if (config.RuleFiles.Length > 0) warnings = [.. warnings, "rule_files: rules are not evaluated here"];
        return new(Rooted(config, Path.GetDirectoryName(Path.GetFullPath(path))!), ConfigurationPrint.Of(root), warnings);
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
