using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Fairway.Adapters.Git;

/// <summary>
/// Asks git what happened between two revisions of a folder. Nothing of it is needed: where there is no git, no repository or no such
/// revision, nothing is known.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class GitHistory(TimeProvider time)
{
    /// <summary>Most lines that are told.</summary>
    public const int MostLines = 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private const int LongestLine = 200;

    /// <summary>First lines of the commits after one revision up to another that changed the folder, the newest first; empty when nothing is known.</summary>
    /// <param name="folder">A folder of the repository.</param>
    /// <param name="from">A revision as a user named it: a tag, a commit, what <c>git describe</c> says.</param>
    /// <param name="to">The same.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ImmutableArray<string>> BetweenAsync(string folder, string from, string to, CancellationToken cancellation)
    {
        if (!IsRevision(from) || !IsRevision(to) || from == to || !Directory.Exists(folder)) return [];
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var lines = await RunAsync(folder, Clean(from), Clean(to), either.Token);
            return to.EndsWith(Dirty, StringComparison.Ordinal) ? [.. lines, "(and changes that were not committed)"] : lines;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return [];
        }
    }

    private const string Dirty = "-dirty";

    private static string Clean(string revision) => revision.EndsWith(Dirty, StringComparison.Ordinal) ? revision[..^Dirty.Length] : revision;

    // Nothing that git takes for an option, a range or a path.
    private static bool IsRevision(string text) => text.Length > 0 && text[0] != '-' && !text.Contains("..", StringComparison.Ordinal)
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '+');

    private static async Task<ImmutableArray<string>> RunAsync(string folder, string from, string to, CancellationToken cancellation)
    {
        // A repository that this user does not own is not looked into: git refuses it (safe.directory), and so nothing of its settings runs.
        string[] arguments =
        [
            "-C", folder, "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "log", "--no-merges", "--no-color", "--format=%s",
            "--max-count=" + (MostLines + 1).ToString(CultureInfo.InvariantCulture), "--end-of-options", $"{from}..{to}", "--", ".",
        ];
        using var git = new Process
        {
            StartInfo = new("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, StandardOutputEncoding = Encoding.UTF8 },
        };
        git.Start();
        git.StandardInput.Close();
        try
        {
            var errors = git.StandardError.ReadToEndAsync(cancellation);
            var text = await git.StandardOutput.ReadToEndAsync(cancellation);
            await errors;
            await git.WaitForExitAsync(cancellation);
            if (git.ExitCode != 0) return [];
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Shown).ToArray();
            return lines.Length <= MostLines ? [.. lines] : [.. lines.Take(MostLines), "(and more)"];
        }
        catch (OperationCanceledException)
        {
            git.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static string Shown(string line)
    {
        var text = new string([.. line.Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        return text.Length <= LongestLine ? text : text[..(LongestLine - 1)] + "…";
    }
}
