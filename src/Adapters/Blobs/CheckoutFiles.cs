using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Adapters.Blobs;

/// <summary>The files of a checkout.</summary>
internal static class CheckoutFiles
{
    private static readonly string[] Never = [".git", ".fairway"];

    private static readonly string[] Settings = [".fairway/pipeline.yaml", ".fairway/pipelines/", ".fairway/exemptions.yaml"];

    /// <summary>Of a git repository what is neither ignored nor deleted; else everything but <c>.git</c>, and of <c>.fairway</c> what people write.</summary>
    public static async Task<(IReadOnlyList<string>? Names, Fault? Fault)> ListAsync(string folder, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) return (null, new(FaultKind.NotFound, Blame.Configuration, false, $"there is no folder {folder}"));
        return (await AskGitAsync(folder, cancellation) ?? [.. Walk(folder), .. Walk(folder, ".fairway/").Where(IsSetting)], null);
    }

    /// <summary>Every file and link below a folder, relative to it, without following links.</summary>
    public static IEnumerable<string> Walk(string folder) => Walk(folder, "");

    // In a data folder, which may be there as well, there is nothing of a checkout but what people write.
    private static bool IsSetting(string name) => Settings.Any(known => known.EndsWith('/') ? name.StartsWith(known, StringComparison.Ordinal) : name == known);

    private static IEnumerable<string> Walk(string folder, string from)
    {
        var waiting = new Stack<string>([from]);
        while (waiting.TryPop(out var prefix))
        {
            var at = new DirectoryInfo(Path.Combine(folder, prefix));
            FileSystemInfo[] found;
            try
            {
                found = at.GetFileSystemInfos();
            }
            catch (Exception gone) when (gone is DirectoryNotFoundException or UnauthorizedAccessException)
            {
                continue; // Whoever writes here at the same time took it away, or closed it.
            }
            foreach (var info in found)
            {
                if (info is DirectoryInfo { LinkTarget: null })
                {
                    if (!Never.Contains(info.Name, StringComparer.Ordinal) && (prefix != ".fairway/" || info.Name == "pipelines")) waiting.Push(prefix + info.Name + "/");
                }
                else yield return prefix + info.Name;
            }
        }
    }

    // Nothing of the repository's own settings may start a program: no file system monitor, no hooks.
    private static async Task<IReadOnlyList<string>?> AskGitAsync(string folder, CancellationToken cancellation)
    {
        if (!Path.Exists(Path.Combine(folder, ".git"))) return null;
        var start = new ProcessStartInfo("git")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, StandardOutputEncoding = new UTF8Encoding(false),
        };
        string[] arguments = ["-C", folder, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            using var git = Process.Start(start)!;
            git.StandardInput.Close();
            var errors = git.StandardError.ReadToEndAsync(cancellation);
            var text = await git.StandardOutput.ReadToEndAsync(cancellation);
            await errors;
            await git.WaitForExitAsync(cancellation);
            if (git.ExitCode != 0) return null;
            return [.. text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Where(name => !name.StartsWith(".fairway/", StringComparison.Ordinal) || IsSetting(name)).Distinct(StringComparer.Ordinal)];
        }
        catch (Win32Exception)
        {
            return null; // There is no git: then the files speak for themselves.
        }
    }
}
