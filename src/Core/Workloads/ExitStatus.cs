namespace Fairway.Workloads;

/// <summary>How a process ended, as numbers.</summary>
/// <param name="Code">Exit code; null when a signal ended it, or when nobody saw it.</param>
/// <param name="Signal">Signal number; null when it exited, or when nobody saw it.</param>
public sealed record ExitStatus(int? Code, int? Signal)
{
    private const int Kill = 9;

    // signal(7), the numbers of x86 and ARM.
    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM",
        "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>Nobody saw how it ended.</summary>
    public static ExitStatus Unknown { get; } = new(null, null);

    /// <summary>Killed by KILL.</summary>
    public bool IsKill => Signal == Kill;

    /// <summary>The signal's name; null when no signal ended it.</summary>
    public string? SignalName => Signal is not { } number ? null : number < Names.Length ? Names[number] : $"signal {number}";

    /// <summary>
    /// From a shell's <c>$?</c>: 128 + n is read as signal n for the 31 classic signals, as every shell and container engine does. A program that itself
    /// exits with such a code cannot be told from one that was killed.
    /// </summary>
    public static ExitStatus FromShell(int status) => status is > 128 and < 160 ? new(null, status - 128) : new(status, null);

    /// <summary>From the status word of wait(2).</summary>
    public static ExitStatus FromWait(int status) => (status & 0x7f) == 0 ? new((status >> 8) & 0xff, null) : new(null, status & 0x7f);
}
