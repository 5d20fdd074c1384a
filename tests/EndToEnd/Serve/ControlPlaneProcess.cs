using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Fairway.Serve;

/// <summary>The real program, started as a person starts it.</summary>
internal sealed partial class ControlPlaneProcess : IDisposable
{
    private readonly Process _process;

    private ControlPlaneProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Everything it printed.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>Starts it without waiting for anything.</summary>
    public static ControlPlaneProcess Start(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        })!;
        var started = new ControlPlaneProcess(process);
        process.OutputDataReceived += started.Keep;
        process.ErrorDataReceived += started.Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var started = Start(arguments);
        var code = await started.EndAsync();
        return (code, started.Text());
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>A POSIX signal by its number.</summary>
    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    public string Text()
    {
        lock (Output) return Output.ToString();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (Output) Output.AppendLine(line.Data);
    }
}
