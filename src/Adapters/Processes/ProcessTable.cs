using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Fairway.Ports;

namespace Fairway.Adapters.Processes;

/// <summary>A line of the kernel's process table; field numbers as in proc(5), stat.</summary>
internal sealed record ProcessEntry(int Pid, char State, int Parent, int Group, int Session, long StartTicks, long CpuTicks, long ResidentPages)
{
    /// <summary>Ended, but not yet fetched by its parent.</summary>
    public bool IsZombie => State is 'Z' or 'X';
}

/// <summary>Reads <c>/proc</c>.</summary>
internal static class ProcessTable
{
    /// <summary>Start ticks count from this boot.</summary>
    public static string BootId { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>One process; null when there is none of that pid.</summary>
    public static ProcessEntry? Find(int pid)
    {
        var stat = Read($"/proc/{pid}/stat");
        return stat is null ? null : Parse(pid, stat);
    }

    /// <summary>Who that pid is now; null when nobody is.</summary>
    public static ProcessIdentity? Identify(int pid) => Find(pid) is { } entry ? new(pid, entry.StartTicks, BootId) : null;

    /// <summary>Whether just this process still runs.</summary>
    public static bool IsAlive(ProcessIdentity process)
        => process.BootId == BootId && Find(process.Pid) is { IsZombie: false } entry && entry.StartTicks == process.StartTicks;

    /// <summary>Every process that does more than wait to be fetched.</summary>
    public static List<ProcessEntry> All()
    {
        var entries = new List<ProcessEntry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { IsZombie: false } entry)
                entries.Add(entry);
        return entries;
    }

    /// <summary>A variable of the environment a process was started with; null when it has none, or may not be looked at.</summary>
    public static string? Variable(int pid, string name) => Environment(pid)?.GetValueOrDefault(name);

    /// <summary>The environment a process was started with; null when it may not be looked at.</summary>
    public static Dictionary<string, string>? Environment(int pid)
    {
        if (Read($"/proc/{pid}/environ") is not { } block) return null;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in block.Split('\0', StringSplitOptions.RemoveEmptyEntries))
            if (entry.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals) variables[entry[..equals]] = entry[(equals + 1)..];
        return variables;
    }

    /// <summary>Whether a group has any member.</summary>
    public static bool GroupExists(int group) => Posix.Kill(-group, 0) == 0 || Marshal.GetLastPInvokeError() != Posix.NoSuchProcess;

    private static ProcessEntry? Parse(int pid, string stat)
    {
        // The name may hold spaces and parentheses; everything after the last one is numbers.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length < 22
            ? null
            : new(pid, fields[0][0], Number(fields[1]), Number(fields[2]), Number(fields[3]), Long(fields[19]), Long(fields[11]) + Long(fields[12]), Long(fields[21]));
    }

    private static int Number(string field) => int.Parse(field, CultureInfo.InvariantCulture);

    private static long Long(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // It ended between being listed and being read, or belongs to somebody else.
        }
    }
}
