using System.Globalization;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>
/// The control group of one run: a folder per controller in version 1, one folder in version 2. Null where there is none.
/// </summary>
internal sealed record Cgroup(int Version, string? Memory, string? Cpu, string? Accounting)
{
    /// <summary>Where processes are counted; null where they are not limited.</summary>
    public string? Pids { get; init; }

    /// <summary>Distinct folders.</summary>
    public IEnumerable<string> Folders() => new[] { Memory, Cpu, Accounting, Pids }.OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Files that a process joins by writing its pid.</summary>
    public ImmutableArray<string> Joins() => [.. Folders().Select(folder => Path.Combine(folder, "cgroup.procs"))];

    /// <summary>Everything that is in it, however it got away from its group and session.</summary>
    public IEnumerable<int> Processes()
        => Folders().SelectMany(folder => (Read(folder, "cgroup.procs") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0).Distinct();

    /// <summary>Processes the kernel killed at the memory limit.</summary>
    public long OutOfMemoryKills()
        => Memory is null ? 0 : Field(Read(Memory, Version == 1 ? "memory.oom_control" : "memory.events"), "oom_kill") ?? 0;

    /// <summary>CPU time and memory; null when the controllers are not there.</summary>
    public (Duration Cpu, long Memory, long? Limit)? Usage()
    {
        if (Accounting is null || Memory is null) return null;
        var one = Version == 1;
        var nanoseconds = one ? Number(Read(Accounting, "cpuacct.usage")) : Field(Read(Accounting, "cpu.stat"), "usage_usec") * 1000;
        var used = Number(Read(Memory, one ? "memory.usage_in_bytes" : "memory.current"));
        if (nanoseconds is null || used is null) return null;
        var droppable = Field(Read(Memory, "memory.stat"), one ? "total_inactive_file" : "inactive_file") ?? 0;
        var limit = Number(Read(Memory, one ? "memory.limit_in_bytes" : "memory.max"));
        // Version 1 writes "no limit" as the largest number of whole pages.
        return (Duration.FromNanoseconds(nanoseconds.Value), Math.Max(0, used.Value - droppable), limit > long.MaxValue / 2 ? null : limit);
    }

    /// <summary>Removes its folders; false while something is still in them.</summary>
    public bool Remove()
    {
        var gone = true;
        foreach (var folder in Folders())
        {
            try
            {
                if (!Directory.Exists(folder)) continue;
                Directory.Delete(folder);
                RemoveParent(folder);
            }
            catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
            {
                gone = false;
            }
        }

        return gone;
    }

    // Fairway's own group goes with the last of its instances: whoever made the group above may want to remove that.
    private static void RemoveParent(string folder)
    {
        var parent = Path.GetDirectoryName(folder)!;
        try
        {
            if (!Directory.EnumerateDirectories(parent).Any()) Directory.Delete(parent);
        }
        catch (IOException)
        {
            return; // Another instance has just been given a group in it.
        }
    }

    private static string? Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null; // The folder is gone, or the controller has no such file in this kernel.
        }
    }

    private static long? Number(string? text)
        => long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Field(string? text, string name)
    {
        foreach (var line in (text ?? "").Split('\n'))
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' ')
                return Number(line[name.Length..]);
        return null;
    }
}
