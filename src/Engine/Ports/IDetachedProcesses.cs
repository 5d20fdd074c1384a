using Fairway.Kernel;

namespace Fairway.Ports;

/// <summary>A process's identity: a pid alone is used again by the kernel, with its start time it is not.</summary>
/// <param name="Pid">Process id, also its process group and session.</param>
/// <param name="StartTicks">Field 22 of <c>/proc/PID/stat</c> (proc(5)): clock ticks after boot.</param>
/// <param name="BootId"><c>/proc/sys/kernel/random/boot_id</c>: start ticks count from there.</param>
public sealed record ProcessIdentity(int Pid, long StartTicks, string BootId);

/// <summary>Starts processes that outlive this one, in a session of their own, with output to a file.</summary>
public interface IDetachedProcesses
{
    /// <summary>Starts a program; returns once it runs (or could not be started).</summary>
    /// <param name="command">Argument vector; the first is a path or found on PATH.</param>
    /// <param name="environment">The whole environment.</param>
    /// <param name="workingDirectory">An existing folder.</param>
    /// <param name="outputFile">Both streams are appended here.</param>
    (ProcessIdentity? Process, Fault? Fault) Start(
        ImmutableArray<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory, string outputFile);

    /// <summary>Whether just this process still runs (a zombie does not).</summary>
    bool IsAlive(ProcessIdentity process);

    /// <summary>Signals its whole group, if it still is that process.</summary>
    /// <param name="process">Which.</param>
    /// <param name="signal">POSIX number: 15 TERM, 9 KILL.</param>
    void Signal(ProcessIdentity process, int signal);
}
