using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fairway.Metrics.Protobuf;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>What a scraped sample and an OTLP point cost.</summary>
internal static class IngestContest
{
    private const int Jobs = 10;
    private const int PodsOfJob = 40;
    private const int Seconds = 30;
    private const int Port = 19_392;

    public static async Task RunAsync(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        await ScrapeAsync(folder);
        await OtlpAsync(folder);
    }

    // Ten targets of 2,000 series, every second, by both at once.
    private static async Task ScrapeAsync(string folder)
    {
        var config = new StringBuilder("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n");
        for (var job = 0; job < Jobs; job++)
            config.Append(CultureInfo.InvariantCulture, $"  - job_name: job{job}\n    metrics_path: /metrics\n    static_configs:\n      - targets: ['127.0.0.1:{Port}']\n");
        var path = Path.Combine(folder, "scrape.yml");
        await File.WriteAllTextAsync(path, config.ToString());
        using var listener = new HttpListener();
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        listener.Start();
        var bodies = Bodies();
        var serving = Task.Run(() => ServeAsync(listener, bodies));
        using var theirs = await Server.PrometheusAsync(Path.Combine(folder, "prometheus"), path);
        using var ours = await Server.FairwayAsync(Path.Combine(folder, "fairway"), path);
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
        var (a, b, load) = (theirs.Cpu, ours.Cpu, Contest.Load());
        var (taken, takenByOurs) = (await TakenAsync(theirs), await TakenAsync(ours));
        await Task.Delay(TimeSpan.FromSeconds(Seconds), TimeProvider.System);
        var (samples, samplesOfOurs) = (await TakenAsync(theirs) - taken, await TakenAsync(ours) - takenByOurs);
        Figures.Keep(folder,
        [
            new("scrape, CPU", "µs/sample", (ours.Cpu - b) / samplesOfOurs * 1e6, (theirs.Cpu - a) / samples * 1e6, 1.2, 0.6,
                string.Create(CultureInfo.InvariantCulture, $"{Jobs} targets of {PodsOfJob * 50:#,##0} series each second, {Seconds} s, by both at once; load {load}")),
        ]);
        listener.Stop();
        await serving;
    }

    // A busy machine leaves scrapes out: what was taken counts, not what was due.
    private static async Task<double> TakenAsync(Server server)
    {
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri(server.Address, "/metrics"));
        string[] names = ["prometheus_tsdb_head_samples_appended_total", "fairway_store_samples_total"];
        return text.Split('\n').Where(l => names.Any(n => l.StartsWith(n, StringComparison.Ordinal)))
            .Sum(l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static async Task ServeAsync(HttpListener listener, byte[][] bodies)
    {
        for (var next = 0; ; next++)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var body = bodies[next / (2 * Jobs) % bodies.Length];
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            context.Response.ContentLength64 = body.Length;
            await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
        }
    }

    private static byte[][] Bodies()
    {
        var random = new Random(5);
        var bodies = new byte[30][];
        var values = new double[PodsOfJob * 50];
        for (var b = 0; b < bodies.Length; b++)
        {
            var text = new StringBuilder();
            var before = "";
            // A text names each metric once, with all its series.
            foreach (var i in Enumerable.Range(0, values.Length).OrderBy(i => Dataset.PairsOf(i)[0].Value, StringComparer.Ordinal))
            {
                var pairs = Dataset.PairsOf(i);
                var name = pairs[0].Value;
                if (name != before) text.Append(CultureInfo.InvariantCulture, $"# HELP {name} Of a pod.\n# TYPE {name} untyped\n");
                before = name;
                values[i] += random.Next(50);
                var labels = pairs.Skip(1).Where(p => p.Name is not ("job" or "instance")).Select(p => $"{p.Name}=\"{p.Value}\"");
                text.Append(CultureInfo.InvariantCulture, $"{name}{{{string.Join(',', labels)}}} {values[i]}\n");
            }

            bodies[b] = Encoding.UTF8.GetBytes(text.ToString());
        }

        return bodies;
    }

    private static async Task OtlpAsync(string folder)
    {
        using var ours = await Server.FairwayAsync(Path.Combine(folder, "otlp"), null);
        using var client = new HttpClient();
        var start = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 3_600_000;
        const int Warm = 400, Measured = 600, Points = 2_000;
        var cpu = 0.0;
        for (var round = 0; round < Warm + Measured; round++)
        {
            if (round == Warm) cpu = ours.Cpu;
            using var content = new ByteArrayContent(Request(Points, start + (round * 1000L)));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            using var answer = await client.PostAsync(new Uri(ours.Address, "/api/v1/otlp/v1/metrics"), content);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }

        Figures.Keep(folder,
        [
            new("OTLP over HTTP, CPU", "µs/point", (ours.Cpu - cpu) / (Measured * Points) * 1e6, double.NaN, 4, 2, $"requests of {Points} points; load {Contest.Load()}"),
        ]);
    }

    private static byte[] Request(int points, long time)
    {
        var writer = new ProtobufWriter();
        var resource = writer.Begin(1);
        var attributes = writer.Begin(1);
        Attribute(writer, 1, "service.name", "web");
        writer.End(attributes);
        var scope = writer.Begin(2);
        var metric = writer.Begin(2);
        writer.Text(1, "http.server.requests");
        var sum = writer.Begin(7);
        for (var i = 0; i < points; i++)
        {
            var point = writer.Begin(1);
            Attribute(writer, 7, "http.route", $"/api/v1/resource/{i % 20}");
            Attribute(writer, 7, "http.response.status_code", i % 2 == 0 ? "200" : "500");
            Attribute(writer, 7, "k8s.pod.name", $"web-{i / 40}");
            Attribute(writer, 7, "http.request.method", "GET");
            Attribute(writer, 7, "server.address", "shop.example");
            writer.Fixed64(2, (ulong)(time - 60_000 - (time % 60_000)) * 1_000_000);
            writer.Fixed64(3, (ulong)time * 1_000_000);
            writer.Double(4, (time % 100_000_000) + i);
            writer.End(point);
        }

        writer.Varint(2, 2);
        writer.Varint(3, 1);
        writer.End(sum);
        writer.End(metric);
        writer.End(scope);
        writer.End(resource);
        return writer.Written.ToArray();
    }

    private static void Attribute(ProtobufWriter writer, int field, string key, string value)
    {
        var pair = writer.Begin(field);
        writer.Text(1, key);
        var any = writer.Begin(2);
        writer.Text(1, value);
        writer.End(any);
        writer.End(pair);
    }
}
