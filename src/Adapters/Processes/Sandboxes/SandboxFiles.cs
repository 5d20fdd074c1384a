using System.ComponentModel;
using System.Diagnostics;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Removes what jobs leave behind: no link is followed, and folders that nobody may enter are opened first.</summary>
internal static class SandboxFiles
{
    private const string Remove = "chmod -R u+rwx \"$1\"; rm -rf \"$1\"";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Removes a sandbox's folder, and the one that all are in with the last; what cannot be removed now is swept later.</summary>
    public static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) DeleteTree(folder);
            SandboxFolders.RemoveEmpty(Path.GetDirectoryName(folder)!);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return;
        }
    }

    private static void DeleteTree(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException and not PathTooLongException)
        {
            try
            {
                Open(new(folder));
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception again) when (again is UnauthorizedAccessException or IOException)
            {
                DeleteByProgram(folder);
            }
        }
        catch (PathTooLongException)
        {
            DeleteByProgram(folder);
        }
    }

    // Folders nested so deeply that no path leads to the last one: these programs go down step by step.
    private static void DeleteByProgram(string folder)
    {
        using var program = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Remove, "sh", folder])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/",
        })!;
        program.ErrorDataReceived += (_, _) => { };
        program.OutputDataReceived += (_, _) => { };
        program.BeginErrorReadLine();
        program.BeginOutputReadLine();
        if (!program.WaitForExit(Longest)) program.Kill(entireProcessTree: true);
    }

    private static void Open(DirectoryInfo folder)
    {
        var waiting = new Stack<DirectoryInfo>([folder]);
        while (waiting.TryPop(out var at))
        {
            at.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            foreach (var below in at.EnumerateDirectories())
                if (below.LinkTarget is null) waiting.Push(below);
        }
    }
}
