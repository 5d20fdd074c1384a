using System.Diagnostics;
using System.Globalization;

namespace Fairway.Bench.Edge;

/// <summary>A proxy in the comparison, or the server behind them: a program with its configuration, running.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    private Peer(string name, int port, Process process)
    {
        Name = name;
        Port = port;
        _process = process;
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>Starts a program and waits until it answers.</summary>
    public static async Task<Peer> StartAsync(string name, int port, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        var peer = new Peer(name, port, process);
        using var client = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
                if (answer.IsSuccessStatusCode) return peer;
            }
            catch (HttpRequestException) when (attempt < 200 && !process.HasExited)
            {
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Processor time that it and its children have used (proc(5), stat fields 14 and 15, in hundredths of a second).</summary>
    public TimeSpan CpuTime
    {
        get
        {
            var stats = Directory.EnumerateDirectories("/proc").Select(ReadStat).OfType<string[]>().ToArray();
            var family = new HashSet<string>(StringComparer.Ordinal) { _process.Id.ToString(CultureInfo.InvariantCulture) };
            while (stats.Any(stat => family.Contains(stat[3]) && family.Add(stat[0])))
            {
            }
            var ticks = stats.Where(stat => family.Contains(stat[0]))
                .Sum(stat => long.Parse(stat[13], CultureInfo.InvariantCulture) + long.Parse(stat[14], CultureInfo.InvariantCulture));
            return TimeSpan.FromMilliseconds(ticks * 10);
        }
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    // The command's name may hold spaces and parentheses: fields count from the last parenthesis on.
    private static string[]? ReadStat(string folder)
    {
        if (!char.IsAsciiDigit(Path.GetFileName(folder)[0])) return null;
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return [Path.GetFileName(folder), "", .. stat[(stat.LastIndexOf(')') + 2)..].Split(' ')];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
