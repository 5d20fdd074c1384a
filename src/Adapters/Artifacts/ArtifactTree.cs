namespace Fairway.Adapters.Artifacts;

/// <summary>An archive's entry cannot be part of an artifact; the message says which and why.</summary>
internal sealed class RefusedEntryException(string message) : Exception(message);

/// <summary>What one archive claims to hold, as far as it is read: refuses what would leave the tree, clash, or mean different things on different machines.</summary>
internal sealed class ArtifactTree(ArtifactLimits limits)
{
    private const int NameLength = 255;
    private const int LinkHops = 40;
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _spellings = new(StringComparer.OrdinalIgnoreCase);
    private long _bytes;

    private enum Kind
    {
        Folder,
        File,
        Link,
    }

    /// <summary>Symbolic links: path and target, in the archive's order.</summary>
    public List<(string Path, string Target)> Links { get; } = [];

    /// <summary>A path as it is used here; empty for the root itself.</summary>
    /// <exception cref="RefusedEntryException">Absolute, climbing, or unusable as a file name.</exception>
    public string Normalize(string name)
    {
        if (name.StartsWith('/')) throw new RefusedEntryException($"'{name}' is an absolute path");
        if (name.Length > limits.PathLength) throw new RefusedEntryException($"the path '{name[..40]}…' is longer than {limits.PathLength} characters");
        if (name.Contains('\0', StringComparison.Ordinal)) throw new RefusedEntryException("a path holds a NUL character");
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        if (parts.Contains("..", StringComparer.Ordinal)) throw new RefusedEntryException($"'{name}' climbs with '..'");
        if (parts.FirstOrDefault(part => part.Length > NameLength) is { } tooLong) throw new RefusedEntryException($"the name '{tooLong[..40]}…' is longer than {NameLength} characters");
        return string.Join('/', parts);
    }

    /// <summary>A folder; saying it twice is no harm.</summary>
    public void AddFolder(string path) => Add(path, new(Kind.Folder, null));

    /// <summary>A file of that many bytes.</summary>
    public void AddFile(string path, long bytes)
    {
        _bytes += bytes;
        if (bytes < 0 || _bytes > limits.TotalBytes) throw new RefusedEntryException($"the files are larger than {limits.TotalBytes / (1024 * 1024)} MiB together");
        Add(path, new(Kind.File, null));
    }

    /// <summary>A symbolic link; where it leads is judged by <see cref="CheckLinks"/>.</summary>
    public void AddLink(string path, string target)
    {
        if (target.Length == 0 || target.Contains('\0', StringComparison.Ordinal)) throw new RefusedEntryException($"link '{path}' has no usable target");
        Add(path, new(Kind.Link, target));
        Links.Add((path, target));
    }

    /// <summary>Whether a file of that path was added: what a hard link may refer to.</summary>
    public bool HasFile(string path) => _nodes.TryGetValue(path, out var node) && node.Kind == Kind.File;

    /// <summary>Follows every link as the kernel would and refuses those that come out of the tree.</summary>
    public void CheckLinks()
    {
        foreach (var (path, target) in Links)
        {
            var hops = 0;
            Resolve(Parent(path), target, path, ref hops);
        }
    }

    private List<string> Resolve(List<string> at, string target, string link, ref int hops)
    {
        if (target.StartsWith('/')) throw new RefusedEntryException($"link '{link}' leads to the absolute path '{target}'");
        if (++hops > LinkHops) throw new RefusedEntryException($"link '{link}' leads in a circle");
        var place = new List<string>(at);
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part == "..")
            {
                if (place.Count == 0) throw new RefusedEntryException($"link '{link}' leads out of the tree");
                place.RemoveAt(place.Count - 1);
                continue;
            }

            place.Add(part);
            if (!_nodes.TryGetValue(string.Join('/', place), out var node) || node.Kind != Kind.Link) continue;
            place.RemoveAt(place.Count - 1);
            place = Resolve(place, node.Target!, link, ref hops);
        }

        return place;
    }

    private static List<string> Parent(string path)
    {
        var parts = path.Split('/').ToList();
        parts.RemoveAt(parts.Count - 1);
        return parts;
    }

    private void Add(string path, Node node)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1)) Place(path[..slash], new(Kind.Folder, null), path);
        Place(path, node, path);
    }

    private void Place(string path, Node node, string whole)
    {
        if (_nodes.TryGetValue(path, out var there))
        {
            if (there.Kind == Kind.Folder && node.Kind == Kind.Folder) return;
            throw new RefusedEntryException(path == whole ? $"'{path}' is there twice" : $"'{whole}' is inside '{path}', which is not a folder");
        }

        if (_spellings.TryGetValue(path, out var other)) throw new RefusedEntryException($"'{path}' and '{other}' differ only in upper and lower case");
        if (_nodes.Count >= limits.Entries) throw new RefusedEntryException($"there are more than {limits.Entries} files and folders");
        _nodes.Add(path, node);
        _spellings.Add(path, path);
    }

    private sealed record Node(Kind Kind, string? Target);
}
