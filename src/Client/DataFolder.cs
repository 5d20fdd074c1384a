using System.Security.Cryptography;
using System.Text;

namespace Fairway.Client;

/// <summary>The folder that holds everything a control plane keeps, and where its sockets are. One rule for every command.</summary>
public sealed class DataFolder
{
    /// <summary>The ledger's file name; a folder that holds one has been used.</summary>
    public const string LedgerFile = "ledger.db";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // sun_path is 108 bytes with its zero (unix(7)); some room is left for the names beside it.
    private const int LongestSocketPath = 100;

    /// <summary>A data folder by its path.</summary>
    /// <param name="path">Made absolute.</param>
    public DataFolder(string path) => Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>Absolute path, without a separator at its end.</summary>
    public string Path { get; }

    /// <summary>The API's socket.</summary>
    public string Socket => SocketFor("fairway.sock");

    /// <summary>The edge's admin socket.</summary>
    public string EdgeSocket => SocketFor("edge.sock");

    /// <summary>Samples of the metrics engine.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics");

    /// <summary>File with the console's address.</summary>
    public string ConsoleAddress => System.IO.Path.Combine(Path, "console.address");

    /// <summary>The ledger.</summary>
    public string Ledger => System.IO.Path.Combine(Path, LedgerFile);

    /// <summary>
    /// Which folder a command means: <c>--data</c>; <c>$FAIRWAY_DATA</c>; <c>.fairway</c> beside the nearest <c>fairway.yaml</c> upwards;
    /// <c>.fairway/demo</c>
    /// here when it holds a ledger; <c>.fairway</c> here.
    /// </summary>
    public static DataFolder Resolve(string? given, string currentFolder)
    {
        if (!string.IsNullOrEmpty(given)) return new(System.IO.Path.Combine(currentFolder, given));
        if (Environment.GetEnvironmentVariable("FAIRWAY_DATA") is { Length: > 0 } variable) return new(System.IO.Path.Combine(currentFolder, variable));
        if (FindConfiguration(currentFolder) is { } file) return new(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, ".fairway"));
        var demo = new DataFolder(System.IO.Path.Combine(currentFolder, ".fairway", "demo"));
        return File.Exists(demo.Ledger) ? demo : new(System.IO.Path.Combine(currentFolder, ".fairway"));
    }

    /// <summary>The nearest <c>fairway.yaml</c> in a folder or above it; null when there is none.</summary>
    public static string? FindConfiguration(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var file = System.IO.Path.Combine(at.FullName, "fairway.yaml");
            if (File.Exists(file)) return file;
        }
        return null;
    }

    /// <summary>
    /// A socket's path: in the folder, or under a short name derived from it where that would be too long for the kernel.
    /// </summary>
    public string SocketFor(string name)
    {
        var inside = System.IO.Path.Combine(Path, name);
        return Encoding.UTF8.GetByteCount(inside) <= LongestSocketPath ? inside : System.IO.Path.Combine(ShortFolder(), name);
    }

    /// <summary>Whether the sockets are outside the folder.</summary>
    public bool HasShortSockets => !Socket.StartsWith(Path + "/", StringComparison.Ordinal);

    /// <summary>Makes the folder, and the one for its sockets, readable by their owner only.</summary>
    /// <exception cref="IOException">The folder cannot be made, or the sockets' folder is open to others.</exception>
    /// <exception cref="UnauthorizedAccessException">Not permitted.</exception>
    public void Create()
    {
        Directory.CreateDirectory(Path, OwnerOnly);
        if (!HasShortSockets) return;
        var folder = System.IO.Path.GetDirectoryName(Socket)!;
        Directory.CreateDirectory(folder, OwnerOnly);
        if (File.GetUnixFileMode(folder) != OwnerOnly) throw new IOException($"{folder} is open to others; remove it, or use a data folder with a shorter path");
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    private string ShortFolder()
    {
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)).AsSpan(0, 8));
        // A run-time folder whose own path is long would not help.
        return System.IO.Path.Combine(runtime is { Length: > 0 and <= 60 } && Directory.Exists(runtime) ? runtime : "/tmp", $"fairway-{hash}");
    }
}
