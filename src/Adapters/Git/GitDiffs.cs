using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Fairway.Kernel;
using Fairway.Scanning;

namespace Fairway.Adapters.Git;

/// <summary>What commits added, line by line from git itself. Nothing of the repository's settings is run: no external diff, no text conversion, no monitor.</summary>
public static class GitDiffs
{
    internal static readonly string[] Quiet = ["-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.quotePath=true", "--no-pager"];
    internal static readonly string[] Plain = ["--no-ext-diff", "--no-textconv", "--no-color", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/", "--diff-filter=ACMRT"];

    /// <summary>All that every commit added, of all branches and tags, or of a range.</summary>
    /// <param name="folder">A folder of the repository.</param>
    /// <param name="range">Such as <c>v1.2..HEAD</c>; null is everything.</param>
    /// <param name="take">Takes each piece.</param>
    /// <param name="cancellation">Stops git.</param>
    /// <returns>Commits and files that were looked at, or why none were.</returns>
    public static Task<(long Commits, long Files, Fault? Fault)> HistoryAsync(string folder, string? range, Action<SecretFragment> take, CancellationToken cancellation)
    {
        if (range is not null && (range.StartsWith('-') || range.Any(char.IsControl)))
            return Task.FromResult((0L, 0L, (Fault?)new Fault(FaultKind.Invalid, Blame.Configuration, false, $"{range} is no range of commits; write one such as v1.2..HEAD")));
        string[] which = range is null ? ["--all"] : ["--end-of-options", range];
        return RunAsync(folder, [.. Quiet, "log", "--patch", "--full-history", "--no-merges", "--format=commit %H", .. Plain, .. which, "--"], take, cancellation);
    }

    /// <summary>All that is staged for the next commit.</summary>
    /// <param name="folder">A folder of the repository.</param>
    /// <param name="take">Takes each piece.</param>
    /// <param name="cancellation">Stops git.</param>
    /// <returns>Commits (none) and files that were looked at, or why none were.</returns>
    public static Task<(long Commits, long Files, Fault? Fault)> StagedAsync(string folder, Action<SecretFragment> take, CancellationToken cancellation)
        => RunAsync(folder, [.. Quiet, "diff", "--cached", .. Plain], take, cancellation);

    /// <summary>All that a unified diff adds.</summary>
    /// <param name="diff">The text.</param>
    /// <param name="take">Takes each piece.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Commits and files that were looked at.</returns>
    public static async Task<(long Commits, long Files)> ReadAsync(TextReader diff, Action<SecretFragment> take, CancellationToken cancellation)
    {
        var reader = new DiffReader();
        var line = new StringBuilder();
        var buffer = new char[32 << 10];
        int read;
        while ((read = await diff.ReadAsync(buffer, cancellation)) > 0)
        {
            var rest = buffer.AsMemory(0, read);
            while (rest.Span.IndexOf('\n') is >= 0 and var end)
            {
                Append(line, rest.Span[..end]);
                Give(line, reader, take);
                rest = rest[(end + 1)..];
            }
            Append(line, rest.Span);
        }
        if (line.Length > 0) Give(line, reader, take);
        if (reader.End() is { } last) take(last);
        return (reader.Commits, reader.Files);
    }

    // Of a line past the limit the beginning is looked at: a longer one is no source of anybody.
    private static void Append(StringBuilder line, ReadOnlySpan<char> text) => line.Append(text[..Math.Min(text.Length, DiffReader.MaxLine - line.Length)]);

    private static void Give(StringBuilder line, DiffReader reader, Action<SecretFragment> take)
    {
        if (line.Length > 0 && line[^1] == '\r') line.Length--;
        if (reader.Take(line.ToString()) is { } fragment) take(fragment);
        line.Clear();
    }

    private static async Task<(long Commits, long Files, Fault? Fault)> RunAsync(string folder, string[] arguments, Action<SecretFragment> take, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder, StandardOutputEncoding = Encoding.UTF8 };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        try
        {
            using var git = Process.Start(start)!;
            try
            {
                var complaint = FirstAsync(git.StandardError, cancellation);
                var (commits, files) = await ReadAsync(git.StandardOutput, take, cancellation);
                await git.WaitForExitAsync(cancellation);
                return git.ExitCode == 0 ? (commits, files, null)
                    : (commits, files, new(FaultKind.Failed, Blame.Configuration, false, $"git in {folder} ended with {git.ExitCode}: {await complaint}"));
            }
            finally
            {
                if (!git.HasExited) git.Kill(entireProcessTree: true);
            }
        }
        catch (Win32Exception missing)
        {
            return (0, 0, new(FaultKind.NotFound, Blame.Platform, false, $"git cannot be started: {missing.Message}; install it"));
        }
    }

    private static async Task<string> FirstAsync(StreamReader errors, CancellationToken cancellation)
    {
        var first = "";
        var buffer = new char[1024];
        int read;
        // All of it is read, so that git never waits for us.
        while ((read = await errors.ReadAsync(buffer, cancellation)) > 0)
            if (first.Length < 300) first += new string(buffer, 0, read);
        return first.ReplaceLineEndings(" ").Trim();
    }
}
