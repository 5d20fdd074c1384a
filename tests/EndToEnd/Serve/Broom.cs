using System.Diagnostics;
using System.Globalization;

namespace Fairway.Serve;

/// <summary>Sweeps what a test leaves: edges and instances outlive a control plane that is killed, and artifacts are read-only.</summary>
internal static class Broom
{
    /// <summary>Ends every process that has a folder in its command line, and removes the folder.</summary>
    public static void Sweep(string folder)
    {
        foreach (var pid in Processes(folder)) End(pid);
        foreach (var below in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
            File.SetUnixFileMode(below, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(folder, recursive: true);
    }

    private static void End(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It ended by itself meanwhile.
        }
    }

    private static List<int> Processes(string folder)
    {
        var found = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == Environment.ProcessId) continue;
            try
            {
                if (File.ReadAllText(entry + "/cmdline").Contains(folder, StringComparison.Ordinal)) found.Add(pid);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return found;
    }
}
