using System.ComponentModel;
using System.Diagnostics;
using Fairway.Client;

namespace Fairway.Cli.Verbs;

/// <summary>Runs another program to its end.</summary>
internal static class Subprocess
{
    private const int LinesKept = 200;

    /// <summary>Runs it and returns its exit code and the last lines of both its streams.</summary>
    /// <exception cref="FairwayException">It cannot be started.</exception>
    public static async Task<(int Code, IReadOnlyList<string> Output)> RunAsync(ImmutableArray<string> command, string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var lines = new Queue<string>();
        using var process = new Process { StartInfo = start };
        DataReceivedEventHandler keep = (_, e) =>
        {
            if (e.Data is null) return;
            lock (lines)
            {
                lines.Enqueue(e.Data);
                if (lines.Count > LinesKept) lines.Dequeue();
            }
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new FairwayException("cannot-start", $"{command[0]} cannot be started in {folder}: {e.Message}", "check that it is installed and on PATH", inner: e);
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (lines) return (process.ExitCode, [.. lines]);
    }
}
