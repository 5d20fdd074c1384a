using System.Diagnostics;
using System.Globalization;

namespace Fairway.Bench.Pipelines;

/// <summary>A git checkout with a pipeline and a makefile that do the same.</summary>
internal sealed class Checkout : IDisposable
{
    private readonly string _program;
    private readonly string _cache = Directory.CreateTempSubdirectory("fairway-bench-").FullName;
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-bench-").FullName;

    public Checkout(string program, string pipeline, string makefile, int files)
    {
        _program = program;
        Directory.CreateDirectory(Path.Combine(_folder, ".fairway"));
        File.WriteAllText(Path.Combine(_folder, ".fairway", "pipeline.yaml"), pipeline);
        File.WriteAllText(Path.Combine(_folder, "Makefile"), makefile);
        for (var file = 0; file < files; file++)
        {
            var place = Directory.CreateDirectory(Path.Combine(_folder, "src", string.Create(CultureInfo.InvariantCulture, $"part{file % 20}"))).FullName;
            File.WriteAllText(Path.Combine(place, string.Create(CultureInfo.InvariantCulture, $"file{file}.txt")), new string('x', 2000));
        }
        Must("git", "init", "-q", ".");
        Must("git", "add", "-A");
    }

    public TimeSpan Fairway(params string[] arguments) => Time(_program, ["pipeline", "run", .. arguments]);

    public TimeSpan Make(params string[] arguments) => Time("make", ["-s", .. arguments]);

    public void Must(string program, params string[] arguments) => Time(program, arguments);

    /// <summary>Runs to the end, and the most memory it had, in MB (proc(5), <c>VmHWM</c>).</summary>
    public (TimeSpan Took, double Peak) Watched(params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Start(_program, ["pipeline", "run", .. arguments]);
        var peak = 0.0;
        while (!process.WaitForExit(20))
        {
            try
            {
                var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
                if (line is not null) peak = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
            }
            catch (IOException)
            {
                break;
            }
        }
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"it ended with {process.ExitCode}");
        return (clock.Elapsed, peak);
    }

    /// <summary>Looks for something, with the folder of what is cached, while the pipeline runs.</summary>
    public (string Text, string Folder) WhileRunning(Func<string, (string Text, string Folder)?> look)
    {
        using var process = Start(_program, ["pipeline", "run"]);
        (string, string)? found = null;
        while (!process.WaitForExit(100))
        {
            try
            {
                found ??= look(_cache);
            }
            catch (IOException)
            {
                continue; // Not there yet.
            }
        }
        return found ?? throw new InvalidOperationException($"the pipeline ended with {process.ExitCode}, and there was nothing to see");
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_cache, recursive: true);
    }

    private TimeSpan Time(string program, string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0 ? clock.Elapsed : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null", "sh", program, .. arguments]) { WorkingDirectory = _folder };
        start.Environment["XDG_CACHE_HOME"] = _cache;
        return Process.Start(start)!;
    }
}
