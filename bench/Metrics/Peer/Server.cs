using System.Diagnostics;
using System.Globalization;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>A metrics server under test: a process of its own.</summary>
internal sealed class Server : IDisposable
{
    // USER_HZ of Linux.
    private const double TicksPerSecond = 100;

    private readonly Process _process;

    private Server(string name, string folder, int port, Process process)
    {
        (Name, Folder, _process) = (name, folder, process);
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public string Name { get; }

    public string Folder { get; }

    public Uri Address { get; }

    /// <summary>Seconds from the start until it answered, and the CPU they took.</summary>
    public (double Wall, double Cpu) Start { get; private set; }

    /// <summary>CPU seconds so far.</summary>
    public double Cpu
    {
        get
        {
            var text = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Resident megabytes.</summary>
    public double Rss
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000;
        }
    }

    public static Task<Server> FairwayAsync(string folder, string? config) => StartAsync("fairway", folder, 19_391,
        Environment.GetEnvironmentVariable("FAIRWAY") ?? Path.Combine("artifacts", "bin", "Fairway.Host", "release", "fairway"),
        ["metrics", "serve", "--data", folder, "--listen", "127.0.0.1:19391", .. config is null ? Array.Empty<string>() : ["--config", config]]);

    public static Task<Server> PrometheusAsync(string folder, string? config)
    {
        if (config is null)
        {
            config = Path.Combine(Path.GetDirectoryName(folder)!, "empty.yml");
            File.WriteAllText(config, "");
        }

        return StartAsync("prometheus", folder, 19_390, Environment.GetEnvironmentVariable("PROMETHEUS") ?? "prometheus",
        [
            "--config.file", config, "--storage.tsdb.path", folder, "--web.listen-address", "127.0.0.1:19390",
            "--web.enable-remote-write-receiver", "--log.level", "error",
        ]);
    }

    private static async Task<Server> StartAsync(string name, string folder, int port, string program, string[] arguments)
    {
        Directory.CreateDirectory(folder);
        var clock = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var server = new Server(name, folder, port, process);
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        using var client = new HttpClient();
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
            try
            {
                using var answer = await client.GetAsync(new Uri(server.Address, "/-/ready"));
                if (answer.IsSuccessStatusCode) break;
            }
            catch (HttpRequestException)
            {
                // Not yet there.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        server.Start = (clock.Elapsed.TotalSeconds, server.Cpu);
        return server;
    }

    /// <summary>Ends it at once, so that the next start reads the log back.</summary>
    public void Kill()
    {
        if (_process.HasExited) return;
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
