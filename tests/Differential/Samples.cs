using System.Globalization;
using Fairway.Metrics.Model;

namespace Fairway.Differential;

/// <summary>The samples that both engines get: the same from one run to the next.</summary>
internal static class Samples
{
    /// <summary>Time of the first sample, in milliseconds since 1970; a whole minute.</summary>
    public const long Start = 1_700_000_040_000;

    /// <summary>How long they last, in milliseconds.</summary>
    public const long Length = 45 * 60_000;

    private const int Every = 15_000;

    /// <summary>Series in order of their labels.</summary>
    public static IReadOnlyList<(Labels Labels, List<(long Time, double Value)> Samples)> Make()
    {
        var random = new Random(20_420);
        var all = new List<(Labels Labels, List<(long, double)> Samples)>();
        void Add(string name, string labels, Func<int, double?> value, int every = Every, int jitter = 0, int from = 0, int? count = null)
        {
            var samples = new List<(long, double)>();
            for (var i = 0; i < (count ?? (int)(Length / every)); i++)
            {
                if (i < from || value(i) is not { } v) continue;
                samples.Add((Start + ((long)i * every) + (jitter == 0 ? 0 : random.Next(-jitter, jitter + 1)), v));
            }

            all.Add((Of(name, labels), samples));
        }

        Func<int, double?> Counter(double most, double resets = 0.01)
        {
            var value = random.Next(3) == 0 ? random.Next(1000) : 0.0;
            return _ => value = random.NextDouble() < resets ? 0 : value + random.Next((int)most);
        }

        Func<int, double?> Walk(double value, double by) => _ => value += Math.Round((random.NextDouble() - 0.5) * by, 2);
        foreach (var job in (string[])["api", "batch", "cart"])
        {
            for (var instance = 0; instance < 3; instance++)
            {
                var at = $"job={job},instance=host-{instance}";
                foreach (var code in (string[])["200", "404", "500"]) Add("requests_total", $"{at},code={code}", Counter(code == "200" ? 50 : 3));
                Add("errors_total", at, Counter(4, 0.03), jitter: 900);
                Add("limits", at, _ => (instance * 10) + job.Length);
                Add("memory_bytes", at, Walk(3e9 + (instance * 1e8), 1e6), jitter: 40);
                Add("temperature", $"{at},room=r{instance % 2}", Walk(-1 + instance, 4));
                var isUp = true;
                Add("flaky", at, i =>
                {
                    var was = isUp;
                    isUp = random.NextDouble() < (isUp ? 0.93 : 0.2);
                    return isUp ? i % 7 : was ? StaleMarker.Value : null;
                });
                Add("restarts_total", at, i => i < 40 * instance ? null : (i - (40 * instance)) / 20, from: 5);
                Add("up", at, _ => random.Next(10) == 0 ? 0 : 1);
            }

            Add("build_info", $"job={job},version=1.{job.Length}.0,commit=c{job[0]}", _ => 1);
            Add("sparse", $"job={job}", i => i * 1.5, every: 225_000, jitter: 5000);
            Add("jobs:busy:ratio", $"job={job}", Walk(0.5, 0.01), every: 60_000);
            Add("constant", $"job={job}", _ => 0.1);
            Add("fine", $"job={job}", Walk(7, 1), every: 1_000, count: 1200);
        }

        Special(Add, random);
        Histograms(Add, random);
        all.Sort((a, b) => a.Labels.CompareTo(b.Labels));
        return all;
    }

    private delegate void Adding(string name, string labels, Func<int, double?> value, int every = Every, int jitter = 0, int from = 0, int? count = null);

    private static void Special(Adding add, Random random)
    {
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, 1, -1, 0.5, 2, 100];
        for (var i = 0; i < 6; i++)
        {
            add("odd", $"i=i{i}", _ => odd[random.Next(odd.Length)]);
            add("mostly", $"i=i{i}", n => random.Next(25) == 0 ? odd[random.Next(3)] : n + i);
            add("tie", $"i=i{i},side={(i % 2 == 0 ? "left" : "right")}", n => (n / 10) % 3);
            add("whole", $"i=i{i}", _ => random.Next(-20, 21));
            add("event_time", $"i=i{i}", n => i switch
            {
                0 => 1_709_164_800 + (n * 3600), 1 => -62_135_596_800 + (n * 1e6), 2 => 4_102_444_799 + n, 3 => -n * 86_399.5, 4 => n * 0.25, _ => 951_782_400 + (n * 43_200),
            });
        }

        add("huge", "i=a", n => 1e308 * ((n % 17) / 10.0));
        add("huge", "i=b", n => -1e308 + (n * 1e305));
        add("huge", "i=c", n => 9_007_199_254_740_993 + (n * 3));
        add("tiny", "i=a", n => n * double.Epsilon);
        add("tiny", "i=b", n => 1e-300 / (n + 1));
        add("tiny", "i=c", n => (n - 60) * 1e-9);
        add("single", "", n => n == 80 ? 42 : null);
        add("nothing_but_nan", "", _ => double.NaN);
        add("text", "note=a \"quoted\" \\ word,kind=ascii", _ => 1);
        add("text", "note=zwei\nZeilen,kind=lines", _ => 2);
        add("text", "note=größe 日本,kind=unicode", _ => 3);
        add("text", "note=a-b-c,kind=dashes", _ => 4);
    }

    private static void Histograms(Adding add, Random random)
    {
        (string Job, string[] Bounds)[] layouts =
        [
            ("api", ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"]), ("batch", ["0.05", "1.0", "10", "+Inf"]), ("cart", ["-1", "0", "1", "+Inf"]),
            ("no_end", ["0.1", "1", "10"]), ("end_only", ["+Inf"]), ("twice", ["1", "1.0", "2e0", "2", "+Inf"]), ("bad", ["x", "1", "+Inf", "0x1"]),
            ("still", ["1", "2", "+Inf"]),
        ];
        foreach (var (job, bounds) in layouts)
        {
            foreach (var instance in (string[])["host-0", "host-1"])
            {
                var totals = new double[bounds.Length];
                for (var b = 0; b < bounds.Length; b++)
                {
                    var bucket = b;
                    add("latency_bucket", $"job={job},instance={instance},le={bounds[b]}", _ =>
                    {
                        // Not every counter is scraped at the same moment, so a bucket may be less than the one below it.
                        if (job != "still") totals[bucket] += bucket + random.Next(bounds.Length - bucket + 1);
                        return totals[bucket];
                    });
                }

                var (sum, count) = (0.0, 0);
                add("latency_sum", $"job={job},instance={instance}", _ => sum += Math.Round(random.NextDouble() * 3, 3));
                add("latency_count", $"job={job},instance={instance}", _ => count += random.Next(6));
            }
        }
    }

    private static Labels Of(string name, string labels) => Labels.Of(
    [
        new Label(Labels.MetricName, name),
        .. labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).Select(l => new Label(l[0], l[1])),
    ]);

    /// <summary>A time as queries and the API write it.</summary>
    public static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
}
