using Fairway.Metrics.Model;
using static Fairway.Metrics.Storage.Say;

namespace Fairway.Metrics.Storage;

/// <summary>Random histories of writes, maintenance, crashes and queries, against a dictionary.</summary>
public sealed class DifferentialTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_store_answers_as_a_dictionary_does(int seed)
    {
        var random = new Random(seed);
        var folders = new List<ScratchFolder> { new() };
        var options = new StoreOptions
        {
            Ahead = null, OutOfOrderWindow = TimeSpan.FromMinutes(random.Next(3) * 60), SegmentBytes = random.Next(1_000, 100_000),
            Retention = TimeSpan.FromDays(20 + random.Next(100)),
        };
        var window = (long)options.OutOfOrderWindow.TotalMilliseconds;
        var model = new Dictionary<string, (Labels Labels, SortedDictionary<long, long> Samples)>();
        var newest = new Dictionary<string, long>();
        var store = TimeSeriesStore.Open(options with { Folder = folders[^1].Path }, TimeProvider.System);
        var now = Start;
        try
        {
            for (var step = 0; step < 120; step++)
            {
                var what = random.Next(20);
                if (what == 0) store.Maintain(DateTimeOffset.MaxValue, CancellationToken.None);
                else if (what == 1)
                {
                    if (random.Next(2) == 0) folders.Add(folders[^1].Copy());
                    store.Dispose();
                    store = TimeSeriesStore.Open(options with { Folder = folders[^1].Path }, TimeProvider.System);
                    Assert.Empty(store.Faults);
                }
                else if (what == 2) Check(store, model, random, now);
                else Write(store, model, newest, random, ref now, window);
            }

            Assert.Empty(store.Maintain(DateTimeOffset.MaxValue, CancellationToken.None).Faults);
            Check(store, model, random, now);
            Assert.Equal(Text(model, long.MinValue, long.MaxValue), store.Everything());
        }
        finally
        {
            store.Dispose();
            folders.ForEach(f => f.Dispose());
        }
    }

    private static void Write(
        TimeSeriesStore store, Dictionary<string, (Labels Labels, SortedDictionary<long, long> Samples)> model, Dictionary<string, long> newest, Random random,
        ref long now, long window)
    {
        using var batch = store.Begin();
        var commits = random.Next(10) > 0;
        var before = commits ? null : model.ToDictionary(m => m.Key, m => (m.Value.Labels, new SortedDictionary<long, long>(m.Value.Samples)));
        var newestBefore = new Dictionary<string, long>(newest);
        for (var scrape = random.Next(1, 40); scrape > 0; scrape--)
        {
            now += random.Next(4) == 0 ? random.Next(1, 20 * 60_000) : 15_000;
            for (var i = 0; i < 6; i++)
            {
                if (random.Next(5) == 0) continue;
                var labels = Series($"m{i}", "zone", i % 2 == 0 ? "a" : $"{now / (9 * Hour)}");
                var key = labels.ToString();
                var last = newest.GetValueOrDefault(key, long.MinValue);
                var time = window > 0 && last != long.MinValue && random.Next(8) == 0 ? last - random.NextInt64(window) : now;
                var bits = BitConverter.DoubleToInt64Bits(i switch { 0 => 5, 1 => now / 1000 % 5000, 2 => random.NextDouble(), 3 => Math.Round(random.NextDouble(), 2), _ => random.Next(20) == 0 ? StaleMarker.Value : random.Next(50) });
                if (!model.TryGetValue(key, out var known)) model[key] = known = (labels, []);
                // A time taken already would be a conflict, or in a block by now: the model does not say which.
                if (known.Samples.ContainsKey(time)) continue;
                long series = 0;
                Assert.Equal(AppendOutcome.Taken, batch.Add(ref series, labels, time, BitConverter.Int64BitsToDouble(bits)));
                known.Samples[time] = bits;
                newest[key] = Math.Max(last, time);
            }
        }

        if (commits)
        {
            batch.Commit();
            return;
        }

        model.Clear();
        foreach (var (key, value) in before!) model[key] = value;
        newest.Clear();
        foreach (var (key, value) in newestBefore) newest[key] = value;
    }

    private static void Check(TimeSeriesStore store, Dictionary<string, (Labels Labels, SortedDictionary<long, long> Samples)> model, Random random, long now)
    {
        var from = Start + random.NextInt64(Math.Max(1, now - Start));
        var to = from + random.NextInt64(6 * Hour);
        Assert.Equal(Text(model, from, to), store.Everything(from, to));
    }

    private static string[] Text(Dictionary<string, (Labels Labels, SortedDictionary<long, long> Samples)> model, long least, long most) =>
    [
        .. from series in model.Values
           let samples = series.Samples.Where(s => s.Key >= least && s.Key <= most).ToArray()
           where samples.Length > 0
           orderby series.Labels
           select $"{series.Labels}: {string.Join(' ', samples.Select(s => $"{s.Key}={s.Value:x}"))}",
    ];
}
