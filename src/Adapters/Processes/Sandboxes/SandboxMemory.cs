using System.Globalization;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>The memory of a sandbox's processes, for machines where no control group counts it.</summary>
internal static class SandboxMemory
{
    /// <summary>Why a job ended that used too much.</summary>
    public static Fault Exceeded { get; } = new(FaultKind.Exhausted, Blame.Release, false, "the job used more memory than its sandbox may, and was ended; raise the job's memory");

    /// <summary>
    /// Memory that nothing on disk stands for, of everything that descends from a process, in bytes (proc(5), status: RssAnon and RssShmem). Pages that processes share
    /// after a fork count for each of them.
    /// </summary>
    public static long UsedBelow(int root)
    {
        var below = ProcessTable.All().ToLookup(entry => entry.Parent, entry => entry.Pid);
        var waiting = new Stack<int>(below[root]);
        var used = 0L;
        while (waiting.TryPop(out var pid))
        {
            used += Of(pid);
            foreach (var child in below[pid]) waiting.Push(child);
        }
        return used;
    }

    private static long Of(int pid)
    {
        try
        {
            var used = 0L;
            foreach (var line in File.ReadLines($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status"))
                if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
                    used += long.TryParse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim(" \tkB"), NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes * 1024 : 0;
            return used;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
