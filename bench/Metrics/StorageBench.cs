using System.Diagnostics;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Bench.Metrics;

/// <summary>What the store costs: to write to, to read from, on disk, in memory, and at a start.</summary>
internal static class StorageBench
{
    private const long Start = 1_700_000_000_000 / 7_200_000 * 7_200_000;
    private const int Step = 15_000;

    public static void Run(string part, string folder, int series, int scrapes)
    {
        switch (part)
        {
            case "append": Append(folder, series, scrapes, isReal: false); break;
            case "append-real": Append(folder, series, scrapes, isReal: true); break;
            case "memory": Memory(folder, series, scrapes, isReal: false); break;
            case "memory-real": Memory(folder, series, scrapes, isReal: true); break;
            case "decode": Decode(series, scrapes); break;
            case "bytes": Bytes(folder, series, scrapes); break;
            case "replay": Replay(folder, series, scrapes); break;
            case "select": Select(series, scrapes); break;
            default: throw new ArgumentException($"no part {part}: append, append-real, memory, memory-real, decode, bytes, replay, select");
        }
    }

    private static void Append(string folder, int series, int scrapes, bool isReal)
    {
        var fleet = new Fleet(series, isReal);
        var refs = new long[series];
        using var store = Open(folder);
        Fill(store, fleet, refs, 0, 8);
        var rates = new List<double>();
        var value = new double[series];
        var cpu = 0.0;
        for (var round = 0; round < scrapes; round++)
        {
            for (var i = 0; i < series; i++) value[i] = fleet.Next(i);
            cpu -= Cpu();
            var clock = Stopwatch.StartNew();
            Scrape(store, fleet, refs, value, round + 8);
            rates.Add(series / clock.Elapsed.TotalSeconds);
            cpu += Cpu();
        }

        rates.Sort();
        Console.WriteLine($"append incl. log: mean {rates.Count / rates.Sum(r => 1 / r) / 1e6:0.00} M/s, "
            + $"median {rates[rates.Count / 2] / 1e6:0.00} M/s, best {rates[^1] / 1e6:0.00} M/s, {cpu / series / scrapes * 1e9:0} CPU-ns/sample; log {store.Statistics(1).LogBytes / (double)(series * (scrapes + 8L)):0.00} B/sample");
    }

    private static void Memory(string folder, int series, int scrapes, bool isReal)
    {
        using var store = Build(folder, series, scrapes, isReal);
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        var heap = GC.GetTotalMemory(true);
        var stats = store.Statistics(1);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine($"{stats.Series} series, {scrapes} samples each: heap {heap / (double)stats.Series:0} B/series, chunks {stats.ChunkBytes / (double)stats.Series:0} B/series, "
            + $"RSS {self.WorkingSet64 / 1e6:0} MB, {stats.ChunkBytes / (double)stats.Appended:0.00} B/sample in memory");
    }

    // Apart, so that nothing of the fleet is left on the stack.
    private static TimeSeriesStore Build(string folder, int series, int scrapes, bool isReal)
    {
        var store = Open(folder);
        Fill(store, new Fleet(series, isReal), new long[series], 0, scrapes);
        return store;
    }

    private static void Decode(int series, int scrapes)
    {
        foreach (var isReal in (bool[])[false, true])
        {
            using var store = new MemoryStore();
            Fill(store, new Fleet(series, isReal), new long[series], 0, scrapes);
            var buffer = new SampleBuffer();
            var best = 0.0;
            for (var round = 0; round < 12; round++)
            {
                var clock = Stopwatch.StartNew();
                var samples = 0L;
                foreach (var one in store.Select(0, long.MaxValue, [new("job", MatchKind.Equal, "web")], CancellationToken.None))
                {
                    buffer.Clear();
                    one.Read(0, long.MaxValue, buffer);
                    samples += buffer.Count;
                }

                best = Math.Max(best, samples / clock.Elapsed.TotalSeconds);
            }

            Console.WriteLine($"decode {(isReal ? "real-like" : "random counters")}: {best / 1e6:0} M samples/s, selection included");
        }
    }

    private static void Bytes(string folder, int series, int scrapes)
    {
        foreach (var isReal in (bool[])[false, true])
        {
            var at = Path.Combine(folder, isReal ? "real" : "random");
            using var store = Open(at);
            Fill(store, new Fleet(series, isReal), new long[series], 0, scrapes);
            var clock = Stopwatch.StartNew();
            var report = store.Maintain(DateTimeOffset.FromUnixTimeMilliseconds(Start + ((scrapes + 1_000L) * Step)), CancellationToken.None);
            var took = clock.Elapsed.TotalSeconds;
            foreach (var fault in report.Faults) Console.WriteLine(fault);
            var blocks = store.Statistics(1).Blocks;
            Console.WriteLine($"blocks of {(isReal ? "real-like" : "random counters")}: {blocks.Sum(b => b.Bytes) / (double)blocks.Sum(b => b.Samples):0.000} B/sample "
                + $"({blocks.Sum(b => b.Samples)} samples, {blocks.Count} blocks, {took:0.00} s to write)");
        }
    }

    private static void Replay(string folder, int series, int scrapes)
    {
        using (Build(folder, series, scrapes, isReal: false))
        {
        }

        for (var i = 0; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            var cpu = Cpu();
            using var store = Open(folder);
            var took = clock.Elapsed.TotalSeconds;
            Console.WriteLine($"replay of {store.Statistics(1).Appended} samples: {took:0.00} s, {Cpu() - cpu:0.00} CPU-seconds{string.Concat(store.Faults.Select(f => "\n  " + f))}");
        }
    }

    private static void Select(int series, int scrapes)
    {
        using var store = new MemoryStore();
        Fill(store, new Fleet(series, false), new long[series], 0, scrapes);
        LabelMatcher[][] all = [
            [new("__name__", MatchKind.Equal, "http_requests_1_total")], [new("__name__", MatchKind.Regex, ".+")], [new("job", MatchKind.Equal, "web"), new("pod", MatchKind.Regex, "web-1.*")],
            [new("__name__", MatchKind.Equal, "http_requests_1_total"), new("code", MatchKind.NotEqual, "500")], [new("shard", MatchKind.Equal, "77")]];
        foreach (var matchers in all)
        {
            var (best, count) = (double.MaxValue, 0);
            for (var i = 0; i < 15; i++)
            {
                var clock = Stopwatch.StartNew();
                count = store.Select(0, long.MaxValue, matchers, CancellationToken.None).Count;
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }

            Console.WriteLine($"select {string.Join(",", matchers.Select(m => $"{m.Name} {m.Kind} {m.Value}"))}: {count} series in {best:0.000} ms");
        }
    }

    private static double Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }

    private static TimeSeriesStore Open(string folder) => TimeSeriesStore.Open(new() { Folder = folder }, TimeProvider.System);

    private static void Fill(IMetricStore store, Fleet fleet, long[] refs, int from, int scrapes)
    {
        var value = new double[refs.Length];
        for (var round = from; round < from + scrapes; round++)
        {
            for (var i = 0; i < refs.Length; i++) value[i] = fleet.Next(i);
            Scrape(store, fleet, refs, value, round);
        }
    }

    // Targets of 1,000 series each.
    private static void Scrape(IMetricStore store, Fleet fleet, long[] refs, double[] value, int round)
    {
        for (var first = 0; first < refs.Length; first += 1_000)
        {
            using var batch = store.Begin();
            var time = Start + (round * (long)Step) + (first / 1_000 % 100);
            for (var i = first; i < Math.Min(first + 1_000, refs.Length); i++) batch.Add(ref refs[i], fleet.Labels[i], time, value[i]);
            batch.Commit();
        }
    }
}
