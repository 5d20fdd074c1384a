namespace Fairway.Bench.Pipelines;

/// <summary>
/// The sandbox of a job made by a shell script with the same programs and the same mounts, so what is measured beside it is the scheduling and not the sandbox. Its
/// folders are made beforehand, and nothing watches over it: no control group, no lease, no log.
/// </summary>
internal sealed class ByHand : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-bench-").FullName;
    private readonly string _script;

    private ByHand(string mounts, string folder)
    {
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        foreach (var name in (string[])["workspace", "home", "tmp"])
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, (UnixFileMode)0b111_111_111);
        var table = Path.Combine(_folder, "mounts");
        File.WriteAllText(table, mounts.Replace(folder, _folder, StringComparison.Ordinal));
        File.SetUnixFileMode(table, (UnixFileMode)0b110_100_100);
        var root = mounts.Split('\n')[0].Split(' ')[0];
        var drop = Environment.UserName == "root" ? "unshare --setuid=61184 --setgid=61184 " : "";
        _script = Path.Combine(_folder, "script");
        File.WriteAllText(_script, $"""
            exec {drop}unshare --user --map-root-user --mount --pid --fork --ipc --uts --kill-child=KILL sh -c '
            set -e
            mount -n -i -c -a -T {table}
            cd {root}
            pivot_root . run
            cd /
            umount -n -i -c -l /run
            exec unshare --user --map-user=1000 --map-group=1000 sh -e -c "true; :"
            '

            """);
    }

    /// <summary>Runs it.</summary>
    public string Command => $"sh {_script}";

    /// <summary>Made as the program makes them: a job of its own shows how.</summary>
    public static ByHand As(string program)
    {
        using var shown = new Checkout(program, "jobs:\n  j: { cache: false, run: sleep 5 }\n", "all:\n", files: 1);
        var found = shown.WhileRunning(cache => Directory.EnumerateFiles(Environment.UserName == "root" ? "/var/tmp/fairway-sandboxes" : cache, "mounts", SearchOption.AllDirectories)
            .OrderByDescending(File.GetLastWriteTimeUtc).Select(file => ((string, string)?)(File.ReadAllText(file), Path.GetDirectoryName(file)!)).FirstOrDefault());
        return new(found.Text, found.Folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
