using System.Diagnostics;
using Fairway.Hammer;

namespace Fairway.EndToEnd.Metrics;

/// <summary>The programs of Debian's package <c>prometheus</c>, where they are.</summary>
internal sealed class DebianPrometheus : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-prometheus-");
    private readonly Process _process;
    private readonly Task<string> _log;

    private DebianPrometheus(string config)
    {
        var port = ScrapeTarget.FreePort();
        Url = $"http://127.0.0.1:{port}";
        var file = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(file, config);
        _process = Process.Start(new ProcessStartInfo(
            Program("prometheus"),
            [$"--config.file={file}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}", $"--web.listen-address=127.0.0.1:{port}"])
        {
            RedirectStandardError = true,
        })!;
        _log = _process.StandardError.ReadToEndAsync();
    }

    public string Url { get; }

    /// <summary>Where a program is; the test is skipped on a machine that has none.</summary>
    public static string Program(string name)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"there is no {name} on this machine; ./test fetches it on Debian");
        return found!;
    }

    public static async Task<DebianPrometheus> StartAsync(HttpClient http, string config)
    {
        var started = new DebianPrometheus(config);
        await Until.TrueAsync(() => started.IsReadyAsync(http), () => "prometheus is ready");
        return started;
    }

    /// <summary>Runs promtool to its good end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> PromtoolAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program("promtool"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        return output;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        if (_process.HasExited) throw new InvalidOperationException("prometheus ended: " + await _log);
        try
        {
            using var answer = await http.GetAsync(new Uri(Url + "/-/ready"), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
