using System.Collections.Concurrent;
using System.Globalization;
using Fairway.EndToEnd.Cli;
using Fairway.Metrics;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.RemoteWrite;

namespace Fairway.EndToEnd.Metrics;

/// <summary>A metrics engine on a real socket and a real folder, at a time that stands.</summary>
internal sealed class MetricsHouse : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-metrics-");
    private readonly TimeProvider _time;
    private MetricsEngine? _engine;
    private MetricsServer? _server;

    private MetricsHouse(TimeProvider time) => _time = time;

    /// <summary>What it reported.</summary>
    public ConcurrentQueue<string> Reports { get; } = [];

    public MetricsServer Server => _server!;

    public MetricsEngine Engine => _engine!;

    public HttpClient Http { get; } = new();

    public string Url => $"http://{Server.Address}";

    public string ConfigFile => Path.Combine(_folder.FullName, "prometheus.yml");

    /// <summary>Now, there.</summary>
    public static DateTimeOffset Now => CliRun.At(600);

    public static async Task<MetricsHouse> StartAsync(string config = "", TimeProvider? time = null)
    {
        var house = new MetricsHouse(time ?? new StandingClock());
        house.Configure(config);
        await house.RestartAsync();
        return house;
    }

    public void Configure(string config) => File.WriteAllText(ConfigFile, config);

    public async Task RestartAsync()
    {
        await EndAsync();
        _engine = await MetricsEngine.OpenAsync(
            new() { Data = Path.Combine(_folder.FullName, "data"), ConfigFile = ConfigFile, Time = _time }, Reports.Enqueue, TestContext.Current.CancellationToken);
        _server = await MetricsServer.StartAsync(
            _engine, new(System.Net.IPAddress.Loopback, 0), new(System.Net.IPAddress.Loopback, 0), TestContext.Current.CancellationToken);
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(Url + path), TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The member <c>data</c> of a good answer, as it was written.</summary>
    public async Task<string> DataAsync(string path)
    {
        var (status, body) = await GetAsync(path);
        const string Before = """{"status":"success","data":""";
        Assert.True(status == 200 && body.StartsWith(Before, StringComparison.Ordinal), $"{path}: {status.ToString(CultureInfo.InvariantCulture)} {body}");
        return body[Before.Length..^1];
    }

    /// <summary>Remote writes two counters, a sample a minute for ten minutes up to now.</summary>
    public async Task WriteShopAsync(bool version2 = false)
    {
        var config = new RemoteWriteConfig { Url = new($"{Url}/api/v1/write"), Version2 = version2 };
        await using var sender = new RemoteWriteSender(config, Labels.Empty, TimeProvider.System);
        sender.Describe("http_requests_total", new("counter", "Requests.", ""));
        for (var minute = 0; minute <= 10; minute++)
        {
            var time = CliRun.At(minute * 60).ToUnixTimeMilliseconds();
            sender.Add(Series("200"), time, minute * 60);
            sender.Add(Series("500"), time, minute * 6);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Http.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task EndAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_engine is not null) await _engine.DisposeAsync();
    }

    private static Labels Series(string code) =>
        Labels.Of([new("__name__", "http_requests_total"), new("job", "shop"), new("code", code)]);

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
