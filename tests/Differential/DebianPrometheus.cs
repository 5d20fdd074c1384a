using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.RemoteWrite;

namespace Fairway.Differential;

/// <summary>Debian's Prometheus with the samples in it, on a port and in a folder of its own.</summary>
internal sealed class DebianPrometheus : IDisposable
{
    private const string Version = "version 2.42";
    private const int MostAttempts = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-differential-");
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 8 }) { Timeout = TimeSpan.FromSeconds(40) };
    private readonly Process _process;
    private readonly Task<string> _log;
    private readonly string _url;
    private int _stalls;

    private DebianPrometheus(string program)
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _url = $"http://{probe.LocalEndpoint}";
        }

        var file = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(file, "global: {scrape_interval: 1h}\n");
        _process = Process.Start(new ProcessStartInfo(program,
        [
            $"--config.file={file}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}", "--storage.tsdb.retention.time=100y",
            "--web.enable-remote-write-receiver", $"--web.listen-address={_url["http://".Length..]}", "--log.level=warn",
        ]) { RedirectStandardError = true })!;
        _log = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>How often it did not answer in time and was asked again.</summary>
    public int Stalls => _stalls;

    /// <summary>Starts it and loads the samples; the test is skipped on a machine without it.</summary>
    public static async Task<DebianPrometheus> StartAsync(CancellationToken cancellation)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "prometheus")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "there is no prometheus on this machine; ./test fetches Debian's");
        Assert.SkipUnless(await SaysAsync(program!, cancellation), $"{program} is not {Version}, which the answers are compared with");
        var started = new DebianPrometheus(program!);
        try
        {
            for (var i = 0; !await started.IsReadyAsync(cancellation); i++)
            {
                Assert.True(i < 300, "prometheus was not ready within a minute");
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
            }

            await started.WriteAsync(cancellation);
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <summary>The answer to a query as JSON.</summary>
    public async Task<byte[]> AskAsync(Query query, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var form = new FormUrlEncodedContent(query.Parameters);
            try
            {
                using var answer = await _http.PostAsync(new Uri($"{_url}/api/v1/{(query.IsRange ? "query_range" : "query")}"), form, cancellation);
                return await answer.Content.ReadAsByteArrayAsync(cancellation);
            }
            catch (TaskCanceledException) when (attempt < MostAttempts && !cancellation.IsCancellationRequested)
            {
                // A machine that has much else to do may let it stand still.
                Interlocked.Increment(ref _stalls);
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                throw new InvalidOperationException($"prometheus does not answer\n{query}", error);
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<bool> SaysAsync(string program, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var text = await process.StandardOutput.ReadToEndAsync(cancellation) + await errors;
        await process.WaitForExitAsync(cancellation);
        return text.Contains(Version, StringComparison.Ordinal);
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        if (_process.HasExited) throw new InvalidOperationException("prometheus ended: " + await _log);
        try
        {
            using var answer = await _http.GetAsync(new Uri(_url + "/-/ready"), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // In order of labels: Prometheus gives series in the order in which it met them first, and sums and ties depend on it.
    private async Task WriteAsync(CancellationToken cancellation)
    {
        var message = new ProtobufWriter();
        foreach (var (labels, samples) in Samples.Make())
        {
            var series = message.Begin(1);
            for (var i = 0; i < labels.Count; i++)
            {
                var label = message.Begin(1);
                message.Text(1, labels[i].Name);
                message.Text(2, labels[i].Value);
                message.End(label);
            }

            foreach (var (time, value) in samples)
            {
                var sample = message.Begin(2);
                message.Double(1, value);
                message.Varint(2, (ulong)time);
                message.End(sample);
            }

            message.End(series);
        }

        var packed = new byte[Snappy.MostEncoded(message.Length)];
        using var body = new ByteArrayContent(packed, 0, Snappy.Encode(message.Written, packed));
        body.Headers.ContentEncoding.Add("snappy");
        using var answer = await _http.PostAsync(new Uri(_url + "/api/v1/write"), body, cancellation);
        Assert.True(answer.IsSuccessStatusCode, "prometheus does not take the samples: " + await answer.Content.ReadAsStringAsync(cancellation));
    }
}
