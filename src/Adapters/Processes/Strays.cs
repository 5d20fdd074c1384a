using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>Processes with this data folder's mark that no record owns.</summary>
internal static class Strays
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly Duration KillTakes = Duration.FromSeconds(5);

    /// <summary>Processes whose mark begins with the prefix, by mark.</summary>
    public static ILookup<string, ProcessEntry> Marked(string prefix)
        => ProcessTable.All().Select(entry => (Entry: entry, Mark: ProcessTable.Variable(entry.Pid, RunFolder.Marker)))
            .Where(found => found.Mark?.StartsWith(prefix, StringComparison.Ordinal) == true).ToLookup(found => found.Mark!, found => found.Entry, StringComparer.Ordinal);

    /// <summary>Ends processes: TERM, and KILL to those that are still there after the grace.</summary>
    public static async Task EndAsync(IEnumerable<int> pids, Duration grace, TimeProvider time, CancellationToken cancellation)
    {
        // Identity, so that a number that is used again meanwhile is left alone.
        var left = pids.Distinct().Select(ProcessTable.Identify).OfType<ProcessIdentity>().ToList();
        foreach (var signal in (int[])[Posix.SigTerm, Posix.SigKill])
        {
            foreach (var process in left.Where(ProcessTable.IsAlive)) Posix.Kill(process.Pid, signal);
            var began = time.GetTimestamp();
            var limit = (signal == Posix.SigTerm ? grace : KillTakes).ToTimeSpan();
            while (left.RemoveAll(process => !ProcessTable.IsAlive(process)) >= 0 && left.Count > 0 && time.GetElapsedTime(began) < limit)
                await Task.Delay(Look, time, cancellation);
            if (left.Count == 0) return;
        }
    }
}
