using System.Globalization;
using System.Text;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>
/// What a sandbox sees of this machine: programs and their settings, read-only, an own <c>/proc</c>, <c>/dev</c> and <c>/tmp</c>, the workspace and an empty
/// home. No other home, no <c>/run</c> with its sockets, no <c>/var</c>, nothing else.
/// </summary>
internal static class SandboxRoot
{
    private static readonly string[] Shown = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "opt", "nix", "gnu"];
    private static readonly string[] Devices = ["null", "zero", "full", "random", "urandom", "tty"];

    private static readonly string[] Places = ["tmp", "var/tmp", SandboxPaths.Workspace[1..], SandboxPaths.Home[1..], "proc", "sys", "dev/shm", SandboxPaths.Exchange[1..]];

    private static readonly (string Name, string Target)[] DeviceLinks = [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")];

    /// <summary>Where the machine's own root is for the moment in which it is left.</summary>
    private const string Left = "run";

    /// <summary>The script that makes it and goes on as its first process; writes what it reads beside it.</summary>
    /// <param name="folder">The sandbox's own folder.</param>
    /// <param name="roots">Where roots are.</param>
    /// <param name="policy">What it may reach.</param>
    /// <param name="searchPath">PATH: programs that are somewhere else are shown too.</param>
    /// <param name="shown">Folders that are shown as well.</param>
    /// <param name="joined">Containers whose network it has; null is none.</param>
    public static string Prepare(string folder, RootFolders roots, SandboxPolicy policy, string searchPath, ImmutableArray<string> shown, JoinedContainers? joined)
    {
        var top = Shown.Select(name => new DirectoryInfo("/" + name)).ToArray();
        // What is in a folder of the job's own is made inside, by X-mount.mkdir.
        var tools = ToolFolders(searchPath).Concat(shown.Where(path => Directory.Exists(path) && !IsShown(path))).Where(IsReachable).Distinct(StringComparer.Ordinal)
            .Select(path => (Path: path, IsInside: Places.Any(place => path.StartsWith($"/{place}/", StringComparison.Ordinal)))).ToArray();
        string[] machine = [.. top.Where(info => info.LinkTarget is null && info.Exists).Select(info => info.FullName)];
        var place = roots.Of(new(
            [.. Places, .. machine.Concat(tools.Where(tool => !tool.IsInside).Select(tool => tool.Path)).Select(path => path[1..])],
            [.. top.Where(info => info.LinkTarget is not null).Select(info => (info.Name, info.LinkTarget!)), .. DeviceLinks.Select(link => ("dev/" + link.Name, link.Target))],
            [.. Devices.Select(device => "dev/" + device)], Accounts));
        var (root, mounts, table) = (Path.Combine(place, "root"), Mounts.Here(), new StringBuilder());
        Add(table, root, root, "none", $"bind,ro,nosuid,nodev{mounts.LockedOf(root)}");
        foreach (var path in machine) Add(table, path, root + path, "none", $"rbind,ro{mounts.LockedOf(path)}");
        var locked = mounts.LockedOf(folder);
        foreach (var (inside, own) in ((string, string)[])[("/tmp", "tmp"), ("/var/tmp", "tmp"), (SandboxPaths.Workspace, "workspace"), (SandboxPaths.Home, "home")])
            Add(table, Path.Combine(folder, own), root + inside, "none", $"bind,nosuid,nodev{locked}");
        // After /tmp, which some of them may be in.
        foreach (var (path, isInside) in tools) Add(table, path, root + path, "none", $"rbind,ro{mounts.LockedOf(path)}{(isInside ? ",X-mount.mkdir" : "")}");
        Add(table, "proc", root + "/proc", "proc", "nosuid,nodev,noexec");
        Add(table, "/sys", root + "/sys", "none", "rbind");
        Add(table, "tmpfs", root + "/dev/shm", "tmpfs", "mode=1777,size=256m,nosuid,nodev");
        Add(table, "tmpfs", root + SandboxPaths.Exchange, "tmpfs", "mode=755,size=64m,nosuid,nodev");
        foreach (var device in Devices) Add(table, "/dev/" + device, $"{root}/dev/{device}", "none", "bind");
        foreach (var (file, _) in Accounts) Add(table, Path.Combine(place, file), $"{root}/etc/{file}", "none", $"bind,ro{mounts.LockedOf(place)}");
        foreach (var (from, to) in joined?.Files ?? [])
            if (File.Exists(from) && new FileInfo(to) is { Exists: true, LinkTarget: null }) Add(table, from, root + to, "none", "bind,ro");
        var mountsFile = Path.Combine(folder, "mounts");
        File.WriteAllText(mountsFile, table.ToString());
        File.SetUnixFileMode(mountsFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return Script(mountsFile, root, policy, joined);
    }

    private static ImmutableArray<(string File, string Text)> Accounts { get; } =
    [
        ("passwd", $"root:x:0:0:root:/:/bin/sh\nbuild:x:{SandboxScripts.InnerUser}:{SandboxScripts.InnerUser}:build:{SandboxPaths.Home}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
        ("group", $"root:x:0:\nbuild:x:{SandboxScripts.InnerUser}:\nnogroup:x:65534:\n"),
    ];

    private static string Script(string mounts, string root, SandboxPolicy policy, JoinedContainers? joined)
    {
        var text = new StringBuilder("set -e\n")
            .Append("mount -n -i -c -a -T ").Append(SandboxScripts.Quote(mounts)).Append('\n')
            .Append("cd ").Append(SandboxScripts.Quote(root)).Append('\n');
        if (joined is null or { OwnNetwork: true } && policy.Network == NetworkPolicy.None) text.Append("ip link set lo up\n");
        return text.Append("pivot_root . ").Append(Left).Append("\ncd /\numount -n -i -c -l /").Append(Left).Append('\n')
            .Append("exec unshare --user --map-user=").Append(SandboxScripts.InnerUser.ToString(CultureInfo.InvariantCulture))
            .Append(" --map-group=").Append(SandboxScripts.InnerUser.ToString(CultureInfo.InvariantCulture)).Append(" sh\n").ToString();
    }

    // fstab(5): blanks in names are written as octal.
    private static void Add(StringBuilder table, string what, string where, string type, string options)
        => table.Append(Escaped(what)).Append(' ').Append(Escaped(where)).Append(' ').Append(type).Append(' ').Append(options).Append(" 0 0\n");

    private static string Escaped(string path) => path.Replace("\\", "\\134", StringComparison.Ordinal).Replace(" ", "\\040", StringComparison.Ordinal)
        .Replace("\t", "\\011", StringComparison.Ordinal).Replace("\n", "\\012", StringComparison.Ordinal);

    private static bool IsShown(string path) => Shown.Any(name => path == "/" + name || path.StartsWith($"/{name}/", StringComparison.Ordinal));

    // Root's sandboxes are another user's, who may not enter root's folders.
    private static bool IsReachable(string path)
    {
        if (Posix.EffectiveUser() != 0) return true;
        for (var at = new DirectoryInfo(path); at is not null; at = at.Parent)
            if (!at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute)) return false;
        return true;
    }

    // Of ~/.tool/bin the whole of ~/.tool, for what the program reads; never a home or a root as a whole.
    private static SortedSet<string> ToolFolders(string searchPath)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!entry.StartsWith('/') || IsShown(entry) || !Directory.Exists(entry)) continue;
            var folder = entry.TrimEnd('/');
            if (Path.GetFileName(folder) is "bin" or "sbin" && Path.GetDirectoryName(folder) is { } above && above != home && above.Count(letter => letter == '/') > 1) folder = above;
            if (folder != home && folder != "/" && !found.Any(shown => folder.StartsWith(shown + "/", StringComparison.Ordinal))) found.Add(folder);
        }
        return found;
    }

    /// <summary>This machine's mounts, for options that a copy of one must not lose (mount_namespaces(7)).</summary>
    private sealed class Mounts(ImmutableArray<(string Point, string Options)> points)
    {
        public static Mounts Here()
        {
            var points = ImmutableArray.CreateBuilder<(string, string)>();
            foreach (var line in File.ReadLines("/proc/self/mountinfo"))
            {
                var fields = line.Split(' ');
                if (fields.Length > 5) points.Add((fields[4], fields[5]));
            }
            return new(points.ToImmutable());
        }

        public string LockedOf(string path)
        {
            var mount = points.Where(point => path == point.Point || path.StartsWith(point.Point.TrimEnd('/') + "/", StringComparison.Ordinal)).MaxBy(point => point.Point.Length);
            return string.Concat((mount.Options ?? "").Split(',').Where(option => option is "nosuid" or "nodev" or "noexec").Select(option => "," + option));
        }
    }
}
