using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>Fetches how children of this process ended, so that none stays a zombie.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    /// <summary>Its status if it has ended; null while it runs. Not a child (any more): unknown.</summary>
    public static ExitStatus? TryFetch(int pid)
    {
        var fetched = Posix.WaitPid(pid, out var status, Posix.WaitNoHang);
        return fetched == 0 ? null : fetched == pid ? ExitStatus.FromWait(status) : ExitStatus.Unknown;
    }

    /// <summary>Waits for its end.</summary>
    public static async Task<ExitStatus> WaitAsync(int pid, TimeProvider time, CancellationToken cancellation)
    {
        for (var pause = First; ; pause = pause * 2 < Longest ? pause * 2 : Longest)
        {
            if (TryFetch(pid) is { } status) return status;
            await Task.Delay(pause, time, cancellation);
        }
    }
}
