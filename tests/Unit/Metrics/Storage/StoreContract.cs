using Fairway.Metrics.Model;
using static Fairway.Metrics.Storage.Say;

namespace Fairway.Metrics.Storage;

/// <summary>What every store keeps to.</summary>
public abstract class StoreContract : IDisposable
{
    private static readonly StoreOptions Usual = new() { Ahead = null };

    public abstract IMetricStore Open(StoreOptions options, TimeProvider time);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    private IMetricStore Open() => Open(Usual, TimeProvider.System);

    [Fact]
    public void Samples_come_back_in_order_and_bit_for_bit()
    {
        using var store = Open();
        var labels = Series("temperature", "room", "north");
        double[] values = [1.5, -0.0, 0, double.NaN, StaleMarker.Value, BitConverter.Int64BitsToDouble(StaleMarker.OrdinaryNaNBits), double.PositiveInfinity,
            double.Epsilon, double.MaxValue, 1e300, 0.1, 1.0 / 3, 123456789.125, long.MaxValue];
        for (var i = 0; i < 700; i++) Assert.Equal(AppendOutcome.Taken, store.Write(labels, Start + (i * 15_000L) + (i % 7), values[i * 31 % values.Length]));
        var all = store.Samples(labels).ToArray();
        Assert.Equal(Enumerable.Range(0, 700).Select(i => (Start + (i * 15_000L) + (i % 7), Bits(values[i * 31 % values.Length]))), all.Select(s => (s.Time, Bits(s.Value))));
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1, 15_000, 0)]
    [InlineData(2, 15_000, 3)]
    [InlineData(3, 1_000, 900)]
    [InlineData(4, 3_600_000, 3_599_999)]
    public void Any_shape_of_series_comes_back(int shape, long step, int jitter)
    {
        using var store = Open();
        var labels = Series("any", "shape", $"{shape}");
        var random = new Random(shape);
        var expected = new List<(long, long)>();
        var value = 0.0;
        using (var batch = store.Begin())
        {
            long series = 0;
            for (var i = 0; i < 1_000; i++)
            {
                var time = Start + (i * step) + (jitter == 0 ? 0 : random.Next(jitter));
                if (expected.Count > 0 && time <= expected[^1].Item1) continue;
                value = shape switch
                {
                    0 => value + random.Next(100),
                    1 => i % 50 == 49 ? 0 : value + 1,
                    2 => Math.Round(random.NextDouble() * 100, 3),
                    3 => random.NextDouble() * Math.Pow(10, random.Next(-200, 200)),
                    _ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
                };
                Assert.Equal(AppendOutcome.Taken, batch.Add(ref series, labels, time, value));
                expected.Add((time, Bits(value)));
            }

            batch.Commit();
        }

        Assert.Equal(expected, store.Samples(labels).Select(s => (s.Time, Bits(s.Value))));
        var (from, to) = (expected[117].Item1, expected[613].Item1);
        Assert.Equal(expected[117..614], store.Samples(labels, from, to).Select(s => (s.Time, Bits(s.Value))));
        Assert.Equal(expected[118..613], store.Samples(labels, from + 1, to - 1).Select(s => (s.Time, Bits(s.Value))));
    }

    [Fact]
    public void Times_before_1970_and_far_away_are_times()
    {
        using var store = Open();
        var labels = Series("old");
        long[] times = [-5_000_000_000_000, -7_200_001, -1, 0, 1, 7_200_000, 5_000_000_000_000];
        foreach (var time in times) store.Write(labels, time, time);
        Assert.Equal(times.Select(t => (t, (double)t)), store.Samples(labels));
    }

    [Fact]
    public void Histograms_come_back_whole_between_floats()
    {
        using var store = Open();
        var labels = Series("latency");
        var custom = new NativeHistogram { Schema = NativeHistogram.CustomBounds, Bounds = [0.5, 1], Count = 3.5, Sum = double.NaN, PositiveSpans = [new(0, 3)], PositiveBuckets = [1, 2, 0.5], Hint = ResetHint.Gauge };
        for (var i = 0; i < 300; i++) store.Write(labels, Start + (i * 1_000), Histogram(i * 3, i * 1.5, i, i, i));
        store.Write(labels, Start + 300_000, 7);
        store.Write(labels, Start + 301_000, custom);
        store.Write(labels, Start + 302_000, new NativeHistogram { Schema = 0, Sum = StaleMarker.Value });
        var buffer = new SampleBuffer();
        store.Select(long.MinValue, long.MaxValue, [new(Labels.MetricName, MatchKind.Equal, "latency")], CancellationToken.None).Single().Read(long.MinValue, long.MaxValue, buffer);
        Assert.Equal(303, buffer.Count);
        for (var i = 0; i < 300; i++)
        {
            var histogram = buffer.Histogram(i)!;
            Assert.Equal((i * 3, i * 1.5, 2, 1e-128), (histogram.Count, histogram.Sum, histogram.Schema, histogram.ZeroThreshold));
            Assert.Equal([i, i, i], histogram.PositiveBuckets);
            Assert.Equal([new(-3, 1), new(2, 2)], histogram.PositiveSpans);
        }

        Assert.Null(buffer.Histogram(300));
        Assert.Equal(7, buffer.Values[300]);
        var last = buffer.Histogram(301)!;
        Assert.Equal((NativeHistogram.CustomBounds, 3.5, double.NaN, ResetHint.Gauge), (last.Schema, last.Count, last.Sum, last.Hint));
        Assert.Equal([0.5, 1], last.Bounds!);
        Assert.Equal([1, 2, 0.5], last.PositiveBuckets);
        Assert.True(StaleMarker.Is(buffer.Values[302]));
    }

    [Fact]
    public void A_histogram_whose_buckets_do_not_fit_its_spans_is_refused()
    {
        using var store = Open();
        Assert.Equal(AppendOutcome.BadHistogram, store.Write(Series("latency"), Start, new NativeHistogram { Schema = 0, PositiveSpans = [new(0, 3)], PositiveBuckets = [1] }));
        Assert.Empty(store.Everything());
    }

    [Fact]
    public void A_batch_that_is_not_committed_was_not_there()
    {
        using var store = Open();
        long series = 0;
        using (var batch = store.Begin()) batch.Add(ref series, Series("a"), Start, 1);
        Assert.Empty(store.Everything());
        Assert.Equal(AppendOutcome.Taken, store.Write(Series("a"), Start, 2));
    }

    [Fact]
    public async Task A_reader_sees_a_batch_whole_or_not_at_all()
    {
        using var store = Open();
        var stop = 0;
        var wrong = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var buffer = new SampleBuffer();
                while (Volatile.Read(ref stop) == 0)
                {
                    var newest = new List<double>();
                    foreach (var series in store.Select(long.MinValue, long.MaxValue, [new("kind", MatchKind.Equal, "together")], CancellationToken.None))
                    {
                        buffer.Clear();
                        series.Read(long.MinValue, long.MaxValue, buffer);
                        newest.Add(buffer.Values[^1]);
                    }

                    // Each batch writes its number to each series, and makes one series more.
                    if (newest.Count > 0 && (newest.Distinct().Count() > 1 || newest.Count != (int)newest[0])) Interlocked.Increment(ref wrong);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        for (var number = 1; number <= 400; number++)
        {
            using var batch = store.Begin();
            for (var i = 0; i < number; i++)
            {
                long series = 0;
                batch.Add(ref series, Series($"s{i:D4}", "kind", "together"), Start + (number * 1_000), number);
            }

            batch.Commit();
        }

        Volatile.Write(ref stop, 1);
        await Task.WhenAll(readers);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void What_was_selected_stays_as_it_was()
    {
        using var store = Open();
        var labels = Series("a");
        for (var i = 0; i < 60; i++) store.Write(labels, Start + i, i);
        var selected = store.Select(Start, Start + 10_000, [new(Labels.MetricName, MatchKind.Equal, "a")], CancellationToken.None).Single();
        for (var i = 60; i < 1_000; i++) store.Write(labels, Start + i, -i);
        var buffer = new SampleBuffer();
        selected.Read(Start, Start + 10_000, buffer);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (double)i), buffer.Values.ToArray());
    }

    [Fact]
    public void A_late_sample_takes_its_place_within_the_window_and_not_beyond()
    {
        using var store = Open();
        var labels = Series("a");
        foreach (var minute in (int[])[0, 5, 20, 12, 11, 15]) Assert.Equal(AppendOutcome.Taken, store.Write(labels, Start + (minute * Minute), minute));
        Assert.Equal(AppendOutcome.TooOld, store.Write(labels, Start + (9 * Minute), 9));
        Assert.Equal(AppendOutcome.Taken, store.Write(labels, Start + (10 * Minute), 10));
        Assert.Equal([0, 5, 10, 11, 12, 15, 20], store.Samples(labels).Select(s => s.Value));
    }

    [Fact]
    public void A_second_sample_at_a_time_is_a_duplicate_or_a_conflict_and_the_first_holds()
    {
        using var store = Open();
        var labels = Series("a");
        for (var i = 0; i < 300; i++) store.Write(labels, Start + (i * 1_000), i);
        store.Write(labels, Start + 299_500, 5);
        store.Write(labels, Start + 299_100, 6);
        Assert.Equal(AppendOutcome.Duplicate, store.Write(labels, Start + 299_500, 5));
        Assert.Equal(AppendOutcome.Conflict, store.Write(labels, Start + 299_500, 4));
        Assert.Equal(AppendOutcome.Duplicate, store.Write(labels, Start + 299_100, 6));
        Assert.Equal(AppendOutcome.Conflict, store.Write(labels, Start + 299_100, 7));
        Assert.Equal(AppendOutcome.Duplicate, store.Write(labels, Start + 100_000, 100));
        Assert.Equal(AppendOutcome.Conflict, store.Write(labels, Start + 100_000, StaleMarker.Value));
        Assert.Equal(AppendOutcome.Conflict, store.Write(labels, Start + 100_000, Histogram(1, 1, 1, 0)));
        Assert.Equal(302, store.Samples(labels).Count());
        Assert.Equal(100, store.Samples(labels, Start + 100_000, Start + 100_000).Single().Value);
    }

    [Fact]
    public void Within_one_batch_the_same_holds()
    {
        using var store = Open();
        var (a, b) = (Series("a"), Series("b"));
        using (var batch = store.Begin())
        {
            long one = 0, other = 0;
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref one, a, Start, 1));
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref other, b, Start, 1));
            Assert.Equal(AppendOutcome.Duplicate, batch.Add(ref one, a, Start, 1));
            Assert.Equal(AppendOutcome.Conflict, batch.Add(ref one, a, Start, 2));
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref one, a, Start + 1_000, 3));
            Assert.Equal(AppendOutcome.Conflict, batch.Add(ref other, b, Start, 2));
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref one, a, Start + 500, 2));
            Assert.Equal(AppendOutcome.TooOld, batch.Add(ref one, a, Start - (11 * Minute), 2));
            batch.Commit();
        }

        Assert.Equal([1, 2, 3], store.Samples(a).Select(s => s.Value));
        Assert.Equal([1], store.Samples(b).Select(s => s.Value));
    }

    [Fact]
    public void A_sample_too_far_ahead_of_the_clock_is_refused()
    {
        using var store = Open(Usual with { Ahead = TimeSpan.FromMinutes(10) }, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(AppendOutcome.TooNew, store.Write(Series("a"), now + Hour, 1));
        Assert.Equal(AppendOutcome.Taken, store.Write(Series("a"), now + Minute, 1));
        Assert.Equal(1, store.Statistics(5).Refused[AppendOutcome.TooNew]);
    }

    [Fact]
    public void A_reference_spares_the_look_up_and_is_right()
    {
        using var store = Open();
        long a = 0, b = 0;
        for (var i = 0; i < 5; i++)
        {
            using var batch = store.Begin();
            batch.Add(ref a, Series("a"), Start + i, i);
            batch.Add(ref b, Series("b"), Start + i, -i);
            batch.Commit();
        }

        Assert.NotEqual(a, b);
        Assert.Equal([0, 1, 2, 3, 4], store.Samples(Series("a")).Select(s => s.Value));
        Assert.Equal([0, -1, -2, -3, -4], store.Samples(Series("b")).Select(s => s.Value));
        long unknown = 987_654_321;
        using var last = store.Begin();
        Assert.Equal(AppendOutcome.Taken, last.Add(ref unknown, Series("a"), Start + 5, 5));
        Assert.Equal(a, unknown);
    }

    [Theory]
    [InlineData("label", "x")]
    [InlineData("__name__", "lone {high} surrogate")]
    [InlineData("__name__", "{low}")]
    public void Labels_that_cannot_be_are_refused(string name, string value)
    {
        using var store = Open();
        var text = value.Replace("{high}", "\ud800").Replace("{low}", "\udc00");
        Assert.Equal(AppendOutcome.BadLabels, store.Write(Labels.Of([new(name, text)]), Start, 1));
        Assert.Equal(AppendOutcome.BadLabels, store.Write(Labels.FromOrdered(["__name__", "a", "x", "1", "x", "2"]), Start, 1));
        Assert.Equal(0, store.Statistics(1).Series);
    }

    [Fact]
    public void A_counter_begins_at_zero_where_its_start_is_known()
    {
        using var store = Open();
        var labels = Series("requests_total");
        long series = 0;
        using (var batch = store.Begin())
        {
            Assert.Equal(AppendOutcome.Taken, batch.Start(ref series, labels, Start));
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref series, labels, Start + 5_000, 12));
            batch.Commit();
        }

        using (var batch = store.Begin())
        {
            Assert.Equal(AppendOutcome.Duplicate, batch.Start(ref series, labels, Start));
            batch.Add(ref series, labels, Start + 10_000, 15);
            batch.Commit();
        }

        using (var batch = store.Begin())
        {
            batch.Add(ref series, labels, Start + 20_000, 1);
            Assert.Equal(AppendOutcome.Taken, batch.Start(ref series, labels, Start + 12_000));
            batch.Commit();
        }

        Assert.Equal([(Start, 0), (Start + 5_000, 12), (Start + 10_000, 15), (Start + 12_000, 0), (Start + 20_000, 1)], store.Samples(labels));
    }

    [Fact]
    public void A_start_at_the_time_of_the_sample_adds_nothing()
    {
        using var store = Open();
        long series = 0;
        using (var batch = store.Begin())
        {
            batch.Start(ref series, Series("a_total"), Start);
            batch.Add(ref series, Series("a_total"), Start, 12);
            batch.Commit();
        }

        Assert.Equal([(Start, 12)], store.Samples(Series("a_total")));
    }

    [Fact]
    public void A_histogram_begins_empty_where_its_start_is_known()
    {
        using var store = Open();
        long series = 0;
        using (var batch = store.Begin())
        {
            batch.Start(ref series, Series("latency"), Start);
            batch.Add(ref series, Series("latency"), Start + 1_000, Histogram(3, 1, 2, 1));
            batch.Commit();
        }

        Assert.Equal([$"latency: {Start}=h0/0/ {Start + 1_000}=h3/1/2,1"], store.Everything());
    }

    [Fact]
    public void A_job_over_its_limit_is_counted_and_the_others_go_on()
    {
        using var store = Open(Usual with { SeriesPerJob = 10 }, TimeProvider.System);
        for (var round = 0; round < 3; round++)
        {
            using var batch = store.Begin();
            for (var i = 0; i < 15; i++)
            {
                long series = 0;
                var outcome = batch.Add(ref series, Series("hits_total", "job", "greedy", "user", $"{i}"), Start + (round * 1_000), i);
                Assert.Equal(i < 10 ? AppendOutcome.Taken : AppendOutcome.Overflowed, outcome);
            }

            long modest = 0;
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref modest, Series("hits_total", "job", "modest"), Start + (round * 1_000), 1));
            batch.Commit();
        }

        var overflow = Series("overflow_samples_total", "__overflow__", "true", "job", "greedy", "metric", "hits_total");
        Assert.Equal([(Start, 5), (Start + 1_000, 10), (Start + 2_000, 15)], store.Samples(overflow));
        Assert.Equal(15, store.Statistics(1).Refused[AppendOutcome.Overflowed]);
        Assert.Equal(12, store.Statistics(1).Series);
    }

    [Fact]
    public void Series_are_found_by_every_kind_of_condition()
    {
        using var store = Open();
        var all = new List<Labels>();
        for (var i = 0; i < 600; i++)
        {
            var labels = Series($"metric_{i % 3}", "instance", $"host-{i % 40}", i % 5 == 0 ? "zone" : "rack", $"{(char)('a' + (i % 7))}", "id", $"{i}");
            all.Add(labels);
            store.Write(labels, Start + i, i);
        }

        var random = new Random(11);
        string[] names = ["__name__", "instance", "zone", "rack", "id", "absent"];
        string[] values = ["", ".+", ".*", "metric_1", "host-1|host-2|host-33", "host-1.*", "a", "[a-c]", "a|", "5", "1..", "nothing", "(metric_0|metric_2)"];
        for (var round = 0; round < 500; round++)
        {
            var matchers = Enumerable.Range(0, random.Next(1, 4))
                .Select(_ => new LabelMatcher(names[random.Next(names.Length)], (MatchKind)random.Next(4), values[random.Next(values.Length)])).ToArray();
            var expected = all.Where(l => matchers.All(m => m.Matches(l.Value(m.Name)))).Order().Select(l => l.ToString());
            var found = store.Select(long.MinValue, long.MaxValue, matchers, CancellationToken.None).Select(s => s.Labels.ToString()).ToArray();
            Assert.True(expected.SequenceEqual(found), string.Join(' ', matchers.Select(m => $"{m.Name} {m.Kind} {m.Value}")) + $": {found.Length}");
        }
    }

    [Fact]
    public void Only_series_with_samples_in_the_time_are_selected()
    {
        using var store = Open();
        store.Write(Series("early"), Start, 1);
        store.Write(Series("late"), Start + Hour, 1);
        LabelMatcher[] any = [new(Labels.MetricName, MatchKind.Regex, ".+")];
        Assert.Equal("early", Assert.Single(store.Select(0, Start + 1, any, CancellationToken.None)).Labels.Name);
        Assert.Equal("late", Assert.Single(store.Select(Start + 1, Start + Hour, any, CancellationToken.None)).Labels.Name);
        Assert.Empty(store.Select(Start + Hour + 1, long.MaxValue, any, CancellationToken.None));
    }

    [Fact]
    public void Names_values_and_series_can_be_listed()
    {
        using var store = Open();
        store.Write(Series("a", "job", "x", "zone", "1"), Start, 1);
        store.Write(Series("b", "job", "y"), Start, 1);
        var none = CancellationToken.None;
        Assert.Equal(["__name__", "job", "zone"], store.LabelNames(Start, Start, [], none));
        Assert.Equal(["__name__", "job"], store.LabelNames(Start, Start, [new("job", MatchKind.Equal, "y")], none));
        Assert.Equal(["x", "y"], store.LabelValues("job", Start, Start, [], none));
        Assert.Equal(["1"], store.LabelValues("zone", Start, Start, [new("job", MatchKind.Regex, ".+")], none));
        Assert.Empty(store.LabelValues("job", Start + 1, Start + 2, [], none));
        Assert.Equal([Series("a", "job", "x", "zone", "1"), Series("b", "job", "y")], store.Series(Start, Start, [], none));
    }

    [Fact]
    public void Statistics_name_the_largest()
    {
        using var store = Open();
        for (var i = 0; i < 30; i++) store.Write(Series(i < 20 ? "big" : "small", "id", $"{i}", "job", "x"), Start + i, i);
        var statistics = store.Statistics(2);
        Assert.Equal((30, 33, 30, Start, Start + 29), (statistics.Series, statistics.LabelPairs, statistics.Appended, statistics.MinTime, statistics.MaxTime));
        Assert.Equal([new("big", 20), new("small", 10)], statistics.SeriesByMetric);
        Assert.Equal([new("id", 30), new("__name__", 2)], statistics.ValuesByLabel);
        Assert.Equal(new("job=x", 30), statistics.SeriesByPair[0]);
    }

    [Fact]
    public void The_last_description_of_a_metric_holds()
    {
        using var store = Open();
        store.Describe("a", new("counter", "old", ""));
        store.Describe("a", new("counter", "How many.", "requests"));
        Assert.Equal(new("counter", "How many.", "requests"), store.Metadata["a"]);
    }

    private static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);
}

public sealed class MemoryStoreTests : StoreContract
{
    public override IMetricStore Open(StoreOptions options, TimeProvider time) => new MemoryStore(options, time);
}

public sealed class TimeSeriesStoreTests : StoreContract
{
    private readonly ScratchFolder _folder = new();

    public override IMetricStore Open(StoreOptions options, TimeProvider time) => TimeSeriesStore.Open(options with { Folder = _folder.Path }, time);

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }
}
