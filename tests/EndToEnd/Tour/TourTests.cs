using System.Diagnostics;
using System.Text.Json;
using Fairway.Client;

namespace Fairway.EndToEnd.Tour;

/// <summary><c>fairway demo</c> as a stranger runs it: the real program, real processes, real traffic.</summary>
public sealed class TourTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-tour-").FullName;

    [Fact]
    public async Task Three_releases_are_shipped_under_traffic_the_bad_one_is_taken_back_and_nothing_is_lost()
    {
        using var demo = Start("demo", "--json", "--rate", "150", "--data", Data);
        var output = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();
        Assert.True(demo.ExitCode == 0, $"exit code {demo.ExitCode}: {output}");
        using var json = JsonDocument.Parse(output);
        Assert.Equal(["releases", "lost"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(0, json.RootElement.GetProperty("lost").GetInt64());
        var releases = json.RootElement.GetProperty("releases").EnumerateArray().ToArray();
        Assert.All(releases, r => Assert.Equal(["version", "outcome", "seconds", "requests", "failed", "because", "weight", "earlySteps"], r.EnumerateObject().Select(p => p.Name)));
        Assert.Equal([("1.0", "completed"), ("1.1", "completed"), ("1.2", "rolledBack")], releases.Select(r => (r.GetProperty("version").GetString(), r.GetProperty("outcome").GetString())));
        Assert.Equal([0L, 0L], releases.Take(2).Select(r => r.GetProperty("failed").GetInt64()));
        Assert.True(releases[1].GetProperty("earlySteps").GetInt32() > 0);
        Assert.Equal(("regressed", 10), (releases[2].GetProperty("because").GetString(), releases[2].GetProperty("weight").GetInt32()));
        Assert.InRange(releases[2].GetProperty("failed").GetDouble() / releases[2].GetProperty("requests").GetDouble(), 0.01, 0.4);
        Assert.All(releases, r => Assert.True(r.GetProperty("requests").GetInt64() > 0 && r.GetProperty("seconds").GetDouble() > 0));
        Assert.Empty(Left());
    }

    [Fact]
    public async Task A_tour_that_is_interrupted_stops_everything_it_started_and_meanwhile_keeps_others_out()
    {
        using var demo = Start("demo", "--data", Data);
        while (await demo.StandardOutput.ReadLineAsync() is { } line && !line.Contains("control plane and edge are up", StringComparison.Ordinal))
        {
        }

        Assert.NotEmpty(Left());
        using var second = Start("demo", "--data", Data);
        Assert.Contains("a tour is running", await second.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        await second.WaitForExitAsync();
        Assert.Equal(ExitCodes.Refused, second.ExitCode);
        using (var kill = Process.Start("kill", ["-TERM", $"{demo.Id}"])) await kill.WaitForExitAsync();
        await demo.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failed, demo.ExitCode);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task What_a_killed_tour_left_running_is_stopped_by_the_next_one()
    {
        using (var killed = Start("demo", "--data", Data))
        {
            while (await killed.StandardOutput.ReadLineAsync() is { } line && !line.Contains("control plane and edge are up", StringComparison.Ordinal))
            {
            }

            var plane = Left().Single(p => p.Line.Contains("\0up\0", StringComparison.Ordinal)).Pid;
            killed.Kill();
            await killed.WaitForExitAsync();
            using (var kill = Process.Start("kill", ["-KILL", $"{plane}"])) await kill.WaitForExitAsync();
            await Load.LoadGeneratorTests.Until(() => Left().All(p => p.Pid != plane));
        }

        var edge = Assert.Single(Left()).Pid;
        using var next = Start("demo", "--data", Data);
        while (await next.StandardOutput.ReadLineAsync() is { } line && !line.Contains("building the shop", StringComparison.Ordinal))
        {
        }

        Assert.DoesNotContain(Left(), p => p.Pid == edge);
        using (var kill = Process.Start("kill", ["-TERM", $"{next.Id}"])) await kill.WaitForExitAsync();
        await next.WaitForExitAsync();
        Assert.Empty(Left());
    }

    [Fact]
    public async Task A_folder_that_is_not_a_tours_is_not_emptied()
    {
        Directory.CreateDirectory(Data);
        var thesis = Path.Combine(Data, "thesis.md");
        await File.WriteAllTextAsync(thesis, "three years of work");
        using var demo = Start("demo", "--data", Data);
        Assert.Contains("is not a tour's", await demo.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        await demo.WaitForExitAsync();
        Assert.Equal(ExitCodes.Usage, demo.ExitCode);
        Assert.True(File.Exists(thesis));
    }

    public void Dispose()
    {
        // Unpacked releases are read-only, their folders too.
        using var chmod = Process.Start("chmod", ["-R", "u+w", _folder]);
        chmod.WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "demo");

    private Process Start(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments)
        {
            WorkingDirectory = _folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Processes, other than the tour itself, whose command line names the data folder.</summary>
    private (int Pid, string Line)[] Left() =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where pid > 0
           let line = CommandLine(pid)
           where line.Contains(Data, StringComparison.Ordinal) && !line.Contains("\0demo\0", StringComparison.Ordinal)
           select (pid, line),
    ];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
