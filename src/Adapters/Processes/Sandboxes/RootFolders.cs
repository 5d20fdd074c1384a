using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>What the root of sandboxes consists of before anything is mounted in it. Paths are relative to it.</summary>
/// <param name="Places">Folders, empty: where something is mounted.</param>
/// <param name="Links">Links and where they lead.</param>
/// <param name="Files">Files, empty: where a file is mounted.</param>
/// <param name="Beside">Files beside it, with what is in them.</param>
internal sealed record RootLayout(
    ImmutableArray<string> Places, ImmutableArray<(string Path, string Target)> Links, ImmutableArray<string> Files, ImmutableArray<(string Name, string Text)> Beside)
{
    /// <summary>Names it: what differs has another name, so none is ever changed.</summary>
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0',
        [.. Places, "", .. Links.SelectMany(link => (IEnumerable<string>)[link.Path, link.Target]), "", .. Files, "", .. Beside.SelectMany(file => (IEnumerable<string>)[file.Name, file.Text])]))))[..16];
}

/// <summary>
/// The folders that sandboxes have as their root, read-only: a handful of empty folders, links and files, made once for all that show the same. They stay;
/// to make them for each sandbox anew, outside or inside, would be most of its cost.
/// </summary>
/// <param name="folder">Where they are.</param>
internal sealed class RootFolders(string folder)
{
    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Through = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly ConcurrentDictionary<string, Lazy<string>> _made = new(StringComparer.Ordinal);

    /// <summary>A folder with this in it: <c>root</c>, and beside it the files.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public string Of(RootLayout layout)
    {
        var key = layout.Key;
        var made = _made.GetOrAdd(key, name => new(() => Make(Path.Combine(folder, name), layout)));
        try
        {
            return made.Value;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Somebody may mend it.
            _made.TryRemove(new(key, made));
            throw;
        }
    }

    // Several processes may do this at once: each step is done when it is done by anybody.
    private static string Make(string place, RootLayout layout)
    {
        var root = Path.Combine(place, "root");
        MakeFolder(root);
        foreach (var path in layout.Places) MakeFolder(Path.Combine(root, path));
        foreach (var (path, target) in layout.Links)
        {
            var link = Path.Combine(root, path);
            MakeFolder(Path.GetDirectoryName(link)!);
            try
            {
                if (new FileInfo(link).LinkTarget != target) File.CreateSymbolicLink(link, target);
            }
            catch (IOException) when (new FileInfo(link).LinkTarget == target)
            {
                continue;
            }
        }
        foreach (var path in layout.Files) Write(Path.Combine(root, path), "");
        foreach (var (name, text) in layout.Beside) Write(Path.Combine(place, name), text);
        return place;
    }

    // Whatever mask this process has, everybody in the sandbox may go through and read.
    private static void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { } above) MakeFolder(above);
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Read | Through);
    }

    private static void Write(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path) == text) return;
        MakeFolder(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllText(temporary, text);
        File.SetUnixFileMode(temporary, Read);
        File.Move(temporary, path, overwrite: true);
    }
}
