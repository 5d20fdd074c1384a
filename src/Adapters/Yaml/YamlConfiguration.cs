using System.Text;
using Fairway.Configuration;
using Fairway.Pipelines;
using Fairway.Rollouts;

namespace Fairway.Adapters.Yaml;

/// <summary>What loading a configuration gave.</summary>
/// <param name="Configuration">The configuration; null when there are errors.</param>
/// <param name="Diagnostics">All mistakes, of the main file first, each by line and column.</param>
/// <param name="Folder">Absolute folder of the main file: relative paths in the configuration start here.</param>
/// <param name="Files">Absolute paths of every file that was read, the main one first.</param>
public sealed record LoadedConfiguration(FairwayConfiguration? Configuration, ImmutableArray<Diagnostic> Diagnostics, string Folder,
    ImmutableArray<string> Files)
{
    /// <summary>The pipelines of it that could be read.</summary>
    public ImmutableArray<Pipeline> Pipelines { get; init; } = [];
}

/// <summary>Loads <c>fairway.yaml</c> with everything it includes.</summary>
public static class YamlConfiguration
{
    /// <summary>Name of the main file when none is given.</summary>
    public const string DefaultName = "fairway.yaml";

    private const int MaxFiles = 256;
    private const string PipelinesField = "pipelines";

    /// <summary>Loads a file. Nothing is thrown for what is wrong with it or with reading it: that is in the diagnostics.</summary>
    /// <param name="path">The main file, absolute or relative to the current folder; messages name it so.</param>
    /// <param name="variable">Value of an environment variable for <c>${NAME}</c>; null when it is not set.</param>
    public static LoadedConfiguration Load(string path, Func<string, string?> variable)
    {
        var loading = new Loading(Path.GetDirectoryName(Path.GetFullPath(path))!, variable);
        loading.Add(path, null);
        return loading.Result();
    }

    /// <summary>The same for text that is already here, as if it stood in a file of that name.</summary>
    /// <param name="text">The main file's text.</param>
    /// <param name="path">The file it would be; includes are relative to its folder.</param>
    /// <param name="variable">Value of an environment variable; null when it is not set.</param>
    public static LoadedConfiguration Parse(string text, string path, Func<string, string?> variable)
        => Parse(Encoding.UTF8.GetBytes(text), path, variable);

    /// <summary>The same for bytes.</summary>
    public static LoadedConfiguration Parse(ReadOnlySpan<byte> content, string path, Func<string, string?> variable)
    {
        var loading = new Loading(Path.GetDirectoryName(Path.GetFullPath(path))!, variable);
        loading.AddContent(path, content.ToArray(), null);
        return loading.Result();
    }

    /// <summary>Loads a file that holds just the fields of <c>rollout.judge</c>: a policy to try on past rollouts.</summary>
    /// <param name="path">Absolute, or relative to the current folder.</param>
    /// <param name="variable">Value of an environment variable for <c>${NAME}</c>; null when it is not set.</param>
    /// <returns>The settings, null when there are mistakes; and these.</returns>
    public static (JudgeSettings? Settings, ImmutableArray<Diagnostic> Diagnostics) LoadJudge(string path, Func<string, string?> variable)
    {
        var diagnostics = new DiagnosticList();
        var (content, problem) = ReadFile(path);
        if (content is null)
        {
            diagnostics.Error(DiagnosticCodes.Unreadable, new SourceFile(path, "", "").Start, problem!, null, Nearby(path));
            return (null, diagnostics.Sorted());
        }
        if (ConfigurationText.Decode(path, "", content, diagnostics) is not { } file) return (null, diagnostics.Sorted());
        var (root, complete) = YamlTree.Read(file, diagnostics);
        var settings = root is not null && complete ? ConfigurationReader.ReadJudge((MappingNode)Interpolation.Expand(root, variable, diagnostics), diagnostics) : null;
        return (settings, diagnostics.Sorted());
    }

    /// <summary>Loads a file that is one pipeline, such as <c>.fairway/pipeline.yaml</c>.</summary>
    /// <param name="path">Absolute, or relative to the current folder; messages name it so.</param>
    /// <param name="name">The pipeline's name.</param>
    /// <param name="shown">What messages call the file; null is the path.</param>
    public static (Pipeline? Pipeline, ImmutableArray<Diagnostic> Diagnostics) LoadPipeline(string path, string name, string? shown = null)
    {
        var diagnostics = new DiagnosticList();
        var (content, problem) = ReadFile(path);
        if (content is null)
        {
            diagnostics.Error(DiagnosticCodes.Unreadable, new SourceFile(shown ?? path, "", "").Start, problem!, null, Nearby(path));
            return (null, diagnostics.Sorted());
        }
        if (ConfigurationText.Decode(shown ?? path, "", content, diagnostics) is not { } file) return (null, diagnostics.Sorted());
        var (root, complete) = YamlTree.Read(file, diagnostics);
        var pipeline = root is not null && complete ? PipelineReader.Read(name, root, diagnostics) : null;
        return (diagnostics.HasErrors ? null : pipeline, diagnostics.Sorted());
    }

    /// <summary>How a file came to be read.</summary>
    private sealed record Included(string Absolute, string Shown, Included? By);

    private sealed class Loading(string folder, Func<string, string?> variable)
    {
        private readonly DiagnosticList _diagnostics = new();
        private readonly List<string> _files = [];
        private readonly List<MappingNode> _trees = [];
        private bool _complete = true;

        public LoadedConfiguration Result()
        {
            var configuration = ConfigurationReader.Read([.. _trees], _complete, _diagnostics);
            var pipelines = PipelineReader.ReadAll(
                _trees.SelectMany(tree => (tree.Find(PipelinesField)?.Value as MappingNode)?.Entries ?? []).Where(entry => entry.Value is MappingNode)
                    .Select(entry => KeyValuePair.Create(entry.Name, entry.Value)), _diagnostics);
            return new LoadedConfiguration(_diagnostics.HasErrors ? null : configuration, _diagnostics.Sorted(), folder, [.. _files]) { Pipelines = pipelines };
        }

        public void Add(string shown, (SourcePosition At, Included By)? include)
        {
            var (content, problem) = ReadFile(shown);
            if (content is not null)
            {
                AddContent(shown, content, include?.By);
                return;
            }
            _complete = false;
            var at = include?.At ?? new SourceFile(shown, "", "").Start;
            _diagnostics.Error(DiagnosticCodes.Unreadable, at, include is null ? problem! : $"{shown}: {problem}", null,
                include is null ? Nearby(shown) : null);
        }

        public void AddContent(string shown, byte[] content, Included? by)
        {
            var absolute = RealPath(Path.GetFullPath(shown));
            _files.Add(absolute);
            if (ConfigurationText.Decode(shown, FolderOf(shown), content, _diagnostics) is not { } file)
            {
                _complete = false;
                return;
            }
            var (root, complete) = YamlTree.Read(file, _diagnostics);
            _complete &= complete;
            if (root is null) return;
            // What looks like a variable in a pipeline belongs to its scripts.
            var tree = (MappingNode)Interpolation.Expand(root.Without(PipelinesField), variable, _diagnostics);
            if (root.Find(PipelinesField) is { } pipelines) tree = new(tree.At, [.. tree.Entries, pipelines]);
            _trees.Add(tree);
            var self = new Included(absolute, shown, by);
            var listed = new Dictionary<string, SourcePosition>(StringComparer.Ordinal);
            foreach (var (pattern, at) in ConfigurationReader.Includes(tree, _diagnostics)) Include(self, pattern, at, listed);
        }

        private void Include(Included self, string pattern, SourcePosition at, Dictionary<string, SourcePosition> listed)
        {
            var many = IncludePattern.IsPattern(pattern);
            foreach (var match in Matches(self, pattern, at, many))
            {
                var prefix = Path.GetDirectoryName(self.Shown) ?? "";
                var shown = match.StartsWith('/') ? match
                    : Path.Combine(prefix, match.StartsWith("./", StringComparison.Ordinal) ? match[2..] : match);
                var absolute = RealPath(Path.GetFullPath(shown));
                if (absolute == self.Absolute && many) continue;
                if (Chain(self, absolute) is { } chain)
                    _diagnostics.Error(DiagnosticCodes.IncludeCycle, at, $"the files include each other: {chain}");
                else if (!listed.TryAdd(absolute, at))
                {
                    if (!many) _diagnostics.Error(DiagnosticCodes.Include, at, $"{shown} is already included", null, null,
                        new RelatedPlace(listed[absolute], "first included here"));
                }
                else if (_files.Contains(absolute)) continue;
                else if (_files.Count >= MaxFiles)
                {
                    _diagnostics.Error(DiagnosticCodes.TooComplex, at, "too many files are included", $"at most {MaxFiles}");
                    return;
                }
                else Add(shown, (at, self));
            }
        }

        private IReadOnlyList<string> Matches(Included self, string pattern, SourcePosition at, bool many)
        {
            if (!many) return [pattern];
            try
            {
                var found = IncludePattern.Find(Path.GetDirectoryName(Path.GetFullPath(self.Shown))!, pattern);
                if (found.Count == 0) _diagnostics.Warning(DiagnosticCodes.Include, at, $"no file matches {pattern}");
                return found;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                _complete = false;
                _diagnostics.Error(DiagnosticCodes.Unreadable, at, $"{pattern}: {Lowered(failure.Message)}");
                return [];
            }
        }

        /// <summary>The chain from a file through its includes back to itself; null when it is not in it.</summary>
        private static string? Chain(Included self, string absolute)
        {
            var names = new List<string>();
            for (var file = self; file is not null; file = file.By)
            {
                names.Insert(0, file.Shown);
                if (file.Absolute == absolute) return string.Join(" → ", [.. names, file.Shown]);
            }
            return null;
        }

        private string FolderOf(string shown)
            => Path.GetRelativePath(folder, Path.GetDirectoryName(Path.GetFullPath(shown))!) is var relative and not "." ? relative : "";
    }

    internal static (byte[]? Content, string? Problem) ReadFile(string path)
    {
        try
        {
            if (Directory.Exists(path)) return (null, "this is a folder, not a file");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return (ConfigurationText.Read(stream), null);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, "there is no such file");
        }
        catch (UnauthorizedAccessException)
        {
            return (null, "you may not read this file");
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException or ArgumentException)
        {
            return (null, Lowered(failure.Message));
        }
    }

    /// <summary>Where the file may be instead: the other spelling beside it, or the same name in a folder above.</summary>
    private static string? Nearby(string path)
    {
        var other = Path.ChangeExtension(path, Path.GetExtension(path) == ".yml" ? ".yaml" : ".yml");
        if (File.Exists(other)) return other;
        for (var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(path))); above is not null; above = Path.GetDirectoryName(above))
            if (File.Exists(Path.Combine(above, Path.GetFileName(path))))
                return Path.GetRelativePath(".", Path.Combine(above, Path.GetFileName(path)));
        return null;
    }

    /// <summary>The path with a link at its end followed, so that one file has one identity.</summary>
    private static string RealPath(string absolute)
    {
        try
        {
            return File.ResolveLinkTarget(absolute, returnFinalTarget: true)?.FullName ?? absolute;
        }
        catch (IOException)
        {
            return absolute;
        }
    }

    private static string Lowered(string message) => message.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(message[0])
        + message[1..].TrimEnd('.');
}
