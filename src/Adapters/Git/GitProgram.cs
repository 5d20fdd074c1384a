using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Adapters.Git;

/// <summary>How git ended.</summary>
/// <param name="Code">Its exit code; -1 when it was ended here.</param>
/// <param name="Output">What it printed, up to a limit.</param>
/// <param name="Error">What it complained of, up to a limit.</param>
internal sealed record GitAnswer(int Code, string Output, string Error)
{
    /// <summary>Its complaint in a line, for a person.</summary>
    public string Complaint => PlainText.Of(Error.Replace("fatal: ", "", StringComparison.Ordinal), 300);
}

/// <summary>
/// Runs git as a stranger's tool: arguments as a list, an environment of its own, no configuration of the user or the machine, no
/// prompt, no hook that is not ours, in a process group that is killed as a whole.
/// </summary>
internal sealed partial class GitProgram(TimeProvider time)
{
    private const int MostError = 16 * 1024;
    private const int KillSignal = 9;
    private static readonly string? SessionProgram = ((string[])["/usr/bin/setsid", "/bin/setsid"]).FirstOrDefault(File.Exists);

    /// <summary>Settings that hold for every run.</summary>
    private static readonly string[] Settings =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.bigFileThreshold=8m", "-c", "pack.windowMemory=64m", "-c", "pack.threads=1",
        "-c", "protocol.allow=never", "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false", "-c", "advice.detachedHead=false", "-c", "gc.auto=0",
        "-c", "maintenance.auto=false", "-c", "log.showSignature=false", "-c", "transfer.fsckObjects=true",
        "-c", "receive.fsck.hasDot=error", "-c", "receive.fsck.hasDotdot=error", "-c", "receive.fsck.hasDotgit=error", "-c", "receive.fsck.fullPathname=error",
        "-c", "fetch.fsck.hasDot=error", "-c", "fetch.fsck.hasDotdot=error", "-c", "fetch.fsck.hasDotgit=error", "-c", "fetch.fsck.fullPathname=error",
    ];

    /// <summary>Runs it to its end and keeps what it prints.</summary>
    /// <param name="folder">The repository, or null for none.</param>
    /// <param name="arguments">Without the program.</param>
    /// <param name="limit">Longest time.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <param name="input">What it reads; null is nothing.</param>
    /// <param name="variables">Besides the usual ones.</param>
    /// <param name="most">Characters that are kept; more ends it.</param>
    public async Task<(GitAnswer? Answer, Fault? Fault)> RunAsync(
        string? folder, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellation, string? input = null,
        IReadOnlyDictionary<string, string>? variables = null, int most = 4 << 20)
    {
        var output = new StringBuilder();
        var (answer, fault) = await ReadAsync(folder, arguments, limit, '\0', record =>
        {
            output.Append(record).Append('\0');
            return output.Length <= most;
        }, cancellation, input, variables);
        return answer is null ? (null, fault) : (answer with { Output = output.Length == 0 ? "" : output.ToString(0, output.Length - 1) }, null);
    }

    /// <summary>Runs it and hands over what it prints, record by record; false ends it.</summary>
    public async Task<(GitAnswer? Answer, Fault? Fault)> ReadAsync(
        string? folder, IEnumerable<string> arguments, TimeSpan limit, char separator, Func<string, bool> take, CancellationToken cancellation,
        string? input = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        using var tooLong = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLong.Token, cancellation);
        var (git, fault) = Start(folder, arguments, variables ?? ImmutableDictionary<string, string>.Empty);
        if (git is null) return (null, fault);
        using (git)
        {
            try
            {
                var errors = ReadErrorAsync(git, either.Token);
                var feeding = FeedAsync(git, input, either.Token);
                var whole = await SplitAsync(git.StandardOutput, separator, take, either.Token);
                if (!whole) Kill(git);
                await feeding;
                var error = await errors;
                await git.WaitForExitAsync(either.Token);
                return (new(whole ? git.ExitCode : -1, "", error), null);
            }
            catch (OperationCanceledException)
            {
                Kill(git);
                cancellation.ThrowIfCancellationRequested();
                return (null, new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"git took longer than {limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s"));
            }
        }
    }

    /// <summary>Starts it with its pipes open.</summary>
    public static (Process? Git, Fault? Fault) Start(string? folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables)
    {
        string[] line = [.. SessionProgram is null ? Array.Empty<string>() : ["git"], .. folder is null ? Array.Empty<string>() : ["-C", folder], .. Settings, .. arguments];
        var start = new ProcessStartInfo(SessionProgram ?? "git", line)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = "/",
        };
        var path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        start.Environment.Clear();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [("PATH", path), ("HOME", "/nonexistent"), ("LC_ALL", "C.UTF-8"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_ASKPASS", "true"), ("GIT_ATTR_NOSYSTEM", "1"), ("GIT_NO_REPLACE_OBJECTS", "1"), ("GIT_PROTOCOL_FROM_USER", "0")])
            start.Environment[name] = value;
        foreach (var (name, value) in variables) start.Environment[name] = value;
        try
        {
            return (Process.Start(start), null);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return (null, new(FaultKind.NotFound, Blame.Platform, Retryable: false, "git cannot be started; install it where the control plane runs"));
        }
    }

    /// <summary>Kills it with everything it started.</summary>
    public static void Kill(Process git)
    {
        try
        {
            if (git.HasExited) return;
            // Its own session is its own group; without one the tree is walked.
            if (SessionProgram is null || KillGroup(-git.Id, KillSignal) != 0) git.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception)
        {
            // It ended by itself meanwhile.
        }
    }

    /// <summary>What it complains of, up to a limit; the rest is read and dropped.</summary>
    public static async Task<string> ReadErrorAsync(Process git, CancellationToken cancellation)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        while (await git.StandardError.ReadAsync(buffer, cancellation) is > 0 and var read)
            if (kept.Length < MostError) kept.Append(buffer, 0, Math.Min(read, MostError - kept.Length));
        return kept.ToString();
    }

    private static async Task FeedAsync(Process git, string? input, CancellationToken cancellation)
    {
        try
        {
            if (input is not null) await git.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            git.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has read enough; its exit code says the rest.
        }
    }

    private static async Task<bool> SplitAsync(StreamReader reader, char separator, Func<string, bool> take, CancellationToken cancellation)
    {
        const int LongestRecord = 1 << 20;
        var record = new StringBuilder();
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            for (var at = 0; at < read;)
            {
                var end = Array.IndexOf(buffer, separator, at, read - at);
                record.Append(buffer, at, (end < 0 ? read : end) - at);
                if (record.Length > LongestRecord) return false;
                if (end < 0) break;
                if (!take(record.ToString())) return false;
                record.Clear();
                at = end + 1;
            }
        }
        return record.Length == 0 || take(record.ToString());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int KillGroup(int pid, int signal);
}
