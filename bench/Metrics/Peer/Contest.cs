using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>Fairway and Prometheus on the same data, asked by the same client in turn.</summary>
internal sealed class Contest(string set, string folder)
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly byte[] _buffer = new byte[1 << 20];

    private bool IsA => set == "A";

    // The limits of set B are for a whole hour of it.
    private bool IsWhole => double.Parse(File.ReadAllText(Path.Combine(folder, "hours")), CultureInfo.InvariantCulture) >= (IsA ? 6 : 1);

    private string EndFile => Path.Combine(folder, "end");

    /// <summary>Writes the set to both, then kills both and starts them again.</summary>
    public async Task FillAsync(double hours)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var data = new Dataset(IsA ? 200 : 2_000);
        var scrapes = (int)(hours * 3_600_000 / Dataset.Step);
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / Dataset.Step * Dataset.Step;
        await File.WriteAllTextAsync(Path.Combine(folder, "hours"), hours.ToString(CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync(EndFile, end.ToString(CultureInfo.InvariantCulture));
        Server[] both = [await Server.PrometheusAsync(Path.Combine(folder, "prometheus"), null), await Server.FairwayAsync(Path.Combine(folder, "fairway"), null)];
        var load = Load();
        var (walls, cpus, rss) = (new double[2], new double[2], new double[2]);
        var together = IsA ? 40 : 8;
        for (var first = 0; first < scrapes; first += together)
        {
            var requests = new List<byte[][]>();
            for (var s = first; s < Math.Min(scrapes, first + together); s++) requests.Add(data.Next(end - ((scrapes - 1 - s) * (long)Dataset.Step)));
            for (var i = 0; i < 2; i++)
            {
                var (clock, cpu) = (Stopwatch.StartNew(), both[i].Cpu);
                await Task.WhenAll(SendAsync(both[i], requests, 0), SendAsync(both[i], requests, 1));
                walls[i] += clock.Elapsed.TotalSeconds;
                cpus[i] += both[i].Cpu - cpu;
                rss[i] = Math.Max(rss[i], both[i].Rss);
            }
        }

        var samples = (double)data.Count * scrapes;
        Figures.Keep(folder,
        [
            new("remote write, CPU", "µs/sample", cpus[1] / samples * 1e6, cpus[0] / samples * 1e6, 4, 2,
                string.Create(CultureInfo.InvariantCulture, $"{samples / walls[1]:#,##0} and {samples / walls[0]:#,##0} samples/s; load {load}")),
            new("RSS, most while written to", "MB", rss[1], rss[0], IsA || !IsWhole ? 0 : 700, IsA || !IsWhole ? 0 : 350, ""),
        ]);
        // Until both have cut what they cut to blocks: both look once a minute.
        await Task.Delay(TimeSpan.FromSeconds(IsA ? 65 : 5), TimeProvider.System);
        Figures.Keep(folder,
        [
            new("RSS, after it", "MB", both[1].Rss, both[0].Rss, 0, 0, ""),
            new("folder", "MB", Bytes(both[1].Folder), Bytes(both[0].Folder), 0, 0, "log and blocks"),
        ]);
        foreach (var one in both) one.Dispose();
        await RestartAsync();
    }

    /// <summary>Starts both as they were left by a kill.</summary>
    public async Task RestartAsync()
    {
        var wall = new double[2][];
        for (var round = 0; round < 3; round++)
        {
            wall[0] = await OnceAsync(Server.PrometheusAsync, "prometheus", wall[0]);
            wall[1] = await OnceAsync(Server.FairwayAsync, "fairway", wall[1]);
        }

        Figures.Keep(folder,
        [
            new("start after kill -9", "s", wall[1][0], wall[0][0], IsA || !IsWhole ? 0 : 3, IsA || !IsWhole ? 0 : 1,
                string.Create(CultureInfo.InvariantCulture, $"best of 3; CPU {wall[1][1]:0.0} and {wall[0][1]:0.0} s; load {Load()}")),
        ]);

        async Task<double[]> OnceAsync(Func<string, string?, Task<Server>> start, string name, double[]? before)
        {
            using var server = await start(Path.Combine(folder, name), null);
            return before is null || server.Start.Wall < before[0] ? [server.Start.Wall, server.Start.Cpu] : before;
        }
    }

    /// <summary>Asks all queries whose name has the text.</summary>
    public async Task QueryAsync(int rounds, string only)
    {
        var end = long.Parse(await File.ReadAllTextAsync(EndFile), CultureInfo.InvariantCulture) / 1000;
        using var theirs = await Server.PrometheusAsync(Path.Combine(folder, "prometheus"), null);
        using var ours = await Server.FairwayAsync(Path.Combine(folder, "fairway"), null);
        var shapes = Shape.All.Where(s => (IsA || !s.OnlyA) && s.What.Contains(only, StringComparison.Ordinal)).ToArray();
        var warm = Stopwatch.StartNew();
        for (var i = 0; i < (IsA ? 12 : 4); i++)
            foreach (var shape in shapes) await AskAsync(ours, shape, end);
        foreach (var shape in shapes) await AskAsync(theirs, shape, end);
        Console.WriteLine($"warm after {warm.Elapsed.TotalSeconds:0} s");
        foreach (var shape in shapes) await MeasureAsync(ours, theirs, shape, end, rounds);
        Figures.Keep(folder, [new("RSS, after the queries", "MB", ours.Rss, theirs.Rss, 0, 0, "")]);
    }

    private async Task MeasureAsync(Server ours, Server theirs, Shape shape, long end, int rounds)
    {
        var (load, times, cpus, sizes) = (Load(), new[] { new List<double>(), new List<double>() }, new double[2], new long[2]);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (i, server) in new[] { (0, theirs), (1, ours) })
            {
                var (cpu, clock) = (server.Cpu, Stopwatch.StartNew());
                sizes[i] = await AskAsync(server, shape, end);
                times[i].Add(clock.Elapsed.TotalMilliseconds);
                cpus[i] += server.Cpu - cpu;
            }
        }

        foreach (var one in times) one.Sort();
        var (must, stretch) = !IsWhole ? (0, 0) : IsA ? (shape.Must.A, shape.Stretch.A) : (shape.Must.B, shape.Stretch.B);
        Figures.Keep(folder,
        [
            new(shape.What, "ms", times[1][0], times[0][0], must, stretch, string.Create(CultureInfo.InvariantCulture,
                $"{rounds} rounds; median {times[1][rounds / 2]:0} and {times[0][rounds / 2]:0}; CPU ms {cpus[1] / rounds * 1000:0} and {cpus[0] / rounds * 1000:0}; kB {sizes[1] / 1000} and {sizes[0] / 1000}; load {load}")),
        ]);
    }

    private async Task<long> AskAsync(Server server, Shape shape, long end)
    {
        var query = Uri.EscapeDataString(shape.Query);
        var path = shape.Hours == 0 ? $"/api/v1/query?time={end}&query={query}"
            : $"/api/v1/query_range?start={end - (shape.Hours * 3600)}&end={end}&step={shape.Step}&query={query}";
        using var answer = await _client.GetAsync(new Uri(server.Address, path), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var length = 0L;
        for (int read; (read = await body.ReadAsync(_buffer)) > 0; length += read)
        {
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"{server.Name}: {System.Text.Encoding.UTF8.GetString(_buffer, 0, read)}");
        }

        return length;
    }

    // Two shards, each with series of its own, so that the samples of a series come in order.
    private async Task SendAsync(Server server, List<byte[][]> scrapes, int shard)
    {
        foreach (var scrape in scrapes)
        {
            for (var r = shard; r < scrape.Length; r += 2)
            {
                using var content = new ByteArrayContent(scrape[r]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                content.Headers.ContentEncoding.Add("snappy");
                content.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
                using var answer = await _client.PostAsync(new Uri(server.Address, "/api/v1/write"), content);
                if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{server.Name}: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    private static double Bytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) / 1e6;

    internal static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
