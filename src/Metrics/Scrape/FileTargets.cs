using Fairway.Metrics.Configuration;

namespace Fairway.Metrics.Scrape;

/// <summary>Targets from files, read again when they change. A file that is broken keeps the targets it had.</summary>
/// <param name="patterns">Paths; wildcards in the last part.</param>
/// <param name="parseYaml">Reads YAML; null where only JSON is read.</param>
internal sealed class FileTargets(ImmutableArray<string> patterns, Func<string, ConfigNode>? parseYaml)
{
    private readonly Dictionary<string, Known> _files = new(StringComparer.Ordinal);

    /// <summary>Targets of all files.</summary>
    public IEnumerable<TargetGroup> Groups => _files.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => f.Value.Groups);

    /// <summary>What is wrong with the files.</summary>
    public IEnumerable<string> Problems => _files.Values.Where(f => f.Problem is not null).Select(f => f.Problem!);

    /// <summary>Looks for changes.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Refresh()
    {
        var changed = false;
        var found = patterns.SelectMany(Find).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _files.Keys.Except(found, StringComparer.Ordinal).ToArray()) changed |= _files.Remove(gone);
        foreach (var file in found) changed |= Refresh(file);
        return changed;
    }

    private static string[] Find(string pattern)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(pattern))!;
        return Directory.Exists(folder) ? Directory.GetFiles(folder, Path.GetFileName(pattern)) : [];
    }

    private bool Refresh(string file)
    {
        var info = new FileInfo(file);
        var stamp = (info.LastWriteTimeUtc, info.Exists ? info.Length : -1);
        var known = _files.GetValueOrDefault(file);
        if (known is not null && known.Stamp == stamp) return false;
        var (groups, problem) = Read(file);
        _files[file] = new(stamp, groups ?? known?.Groups ?? [], problem);
        return true;
    }

    private (ImmutableArray<TargetGroup>? Groups, string? Problem) Read(string file)
    {
        try
        {
            ConfigNode root;
            if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) root = ConfigNode.FromJson(File.ReadAllBytes(file));
            else if (parseYaml is not null) root = parseYaml(File.ReadAllText(file));
            else return (null, $"{file}: only JSON is read here");
            var (groups, problems) = PrometheusConfigReader.ReadTargets(root, file);
            return problems.Count == 0 ? (groups, null) : (null, $"{file}: {problems[0]}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return (null, $"{file}: {e.Message}");
        }
    }

    private sealed record Known((DateTime, long) Stamp, ImmutableArray<TargetGroup> Groups, string? Problem);
}
