using System.Globalization;
using System.Text.Json;
using Fairway.Hammer;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.RemoteWrite;
using Fairway.Serve;

namespace Fairway.EndToEnd.Metrics;

/// <summary><c>fairway metrics serve</c> as a process of its own, with a folder that outlives it.</summary>
internal sealed class MetricsProgram : IDisposable
{
    private const int SigKill = 9;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-metrics-");
    private ControlPlaneProcess? _process;

    /// <summary>Where it answers; another address after each start.</summary>
    public string Url { get; private set; } = "";

    public HttpClient Http { get; } = new();

    public string Data => Path.Combine(_folder.FullName, "data");

    /// <param name="config">The <c>prometheus.yml</c>.</param>
    /// <param name="rules">A <c>rules.yml</c> beside it.</param>
    public static async Task<MetricsProgram> StartAsync(string config = "", string rules = "")
    {
        var program = new MetricsProgram();
        await File.WriteAllTextAsync(Path.Combine(program._folder.FullName, "rules.yml"), rules);
        await File.WriteAllTextAsync(Path.Combine(program._folder.FullName, "prometheus.yml"), config);
        await program.StartAgainAsync();
        return program;
    }

    public async Task StartAgainAsync()
    {
        const string Ready = "fairway metrics ready: ";
        var process = ControlPlaneProcess.Start(
            "metrics", "serve", "--data", Data, "--listen", "127.0.0.1:0", "--config", Path.Combine(_folder.FullName, "prometheus.yml"));
        _process = process;
        await Until.TrueAsync(() => Task.FromResult(process.Text().Contains(Ready, StringComparison.Ordinal)), process.Text);
        var text = process.Text();
        var start = text.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length;
        Url = text[start..text.IndexOf(',', start)];
    }

    /// <summary>Ends it as a machine that loses its power does to a process.</summary>
    public async Task KillAsync()
    {
        _process!.Signal(SigKill);
        await _process.EndAsync();
        _process.Dispose();
    }

    /// <summary>The member <c>result</c> of an instant query, as it was written.</summary>
    public async Task<string> QueryAsync(string expression) => await QueryAsync(Http, Url, expression);

    /// <inheritdoc cref="QueryAsync(string)"/>
    public static async Task<string> QueryAsync(HttpClient http, string url, string expression)
    {
        var address = new Uri($"{url}/api/v1/query?query={Uri.EscapeDataString(expression)}");
        using var answer = JsonDocument.Parse(await http.GetStringAsync(address, TestContext.Current.CancellationToken));
        return answer.RootElement.GetProperty("data").GetProperty("result").GetRawText();
    }

    /// <summary>The one value of an instant query; empty when there is no series, or more than one.</summary>
    public async Task<string> ValueAsync(string expression)
    {
        using var result = JsonDocument.Parse(await QueryAsync(expression));
        return result.RootElement.GetArrayLength() == 1 ? result.RootElement[0].GetProperty("value")[1].GetString()! : "";
    }

    /// <summary>Waits until an instant query has one series of this value.</summary>
    public Task UntilAsync(string expression, string value) => Until.TrueAsync(
        async () => await ValueAsync(expression) == value, () => $"{expression} is {value}\n{_process!.Text()}");

    /// <summary>Remote writes a counter, a sample a second up to now.</summary>
    /// <returns>The time of the last sample, in milliseconds since 1970.</returns>
    public async Task<long> WriteAsync(string job, int samples)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await using var sender = new RemoteWriteSender(new RemoteWriteConfig { Url = new($"{Url}/api/v1/write") }, Labels.Empty, TimeProvider.System);
        var series = Labels.Of([new("__name__", "jobs_total"), new("job", job)]);
        for (var i = 1; i <= samples; i++) sender.Add(series, now - ((samples - i) * 1000L), i);
        return now;
    }

    /// <summary>A time as the program's parameters take it.</summary>
    public static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _process?.Dispose();
        Http.Dispose();
        _folder.Delete(recursive: true);
    }
}
