using Fairway.Metrics.Model;
using static Fairway.Metrics.Storage.Say;

namespace Fairway.Metrics.Storage;

/// <summary>What a crash, a torn write, a flipped bit and a full disk leave.</summary>
public sealed class WriteAheadLogTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static TimeSeriesStore Open(ScratchFolder folder, Func<StoreOptions, StoreOptions>? change = null)
    {
        var options = new StoreOptions { Folder = folder.Path, Ahead = null };
        return TimeSeriesStore.Open(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    private static string Log(ScratchFolder folder) => Path.Combine(folder.Path, "log");

    // Ten series, each with a float, a late one, a marker, and a histogram in every third batch.
    private static void WriteBatch(IMetricStore store, int number)
    {
        using var batch = store.Begin();
        for (var i = 0; i < 10; i++)
        {
            long series = 0;
            var time = Start + (number * 10_000L);
            batch.Add(ref series, Series($"s{i}", "batch", $"{number / 4}"), time, number % 5 == 4 ? StaleMarker.Value : number + (i / 8.0));
            if (number % 3 == 2) batch.Add(ref series, Series($"s{i}", "batch", $"{number / 4}"), time - 1_500, i);
        }

        long latency = 0;
        if (number % 3 == 0) batch.Add(ref latency, Series("latency"), Start + (number * 10_000L), Histogram(number, number, number, 0));
        batch.Commit();
    }

    [Fact]
    public void All_that_was_committed_is_there_after_a_crash_with_its_metadata()
    {
        using var store = Open(_folder);
        store.Describe("s1", new("gauge", "A gauge.", ""));
        for (var i = 0; i < 50; i++) WriteBatch(store, i);
        using var copy = _folder.Copy();
        using var again = Open(copy);
        Assert.Equal(store.Everything(), again.Everything());
        Assert.Empty(again.Faults);
        Assert.Equal(new("gauge", "A gauge.", ""), again.Metadata["s1"]);
        WriteBatch(store, 50);
        WriteBatch(again, 50);
        Assert.Equal(store.Everything(), again.Everything());
    }

    [Fact]
    public void Many_crashes_in_a_row_and_small_segments_lose_nothing()
    {
        using var expected = new MemoryStore();
        for (var round = 0; round < 12; round++)
        {
            using var store = Open(_folder, o => o with { SegmentBytes = 1_000 });
            for (var i = 0; i < 20; i++)
            {
                WriteBatch(store, (round * 20) + i);
                WriteBatch(expected, (round * 20) + i);
            }

            Assert.Equal(expected.Everything(), store.Everything());
        }

        Assert.True(Directory.GetFiles(Log(_folder)).Length > 12);
    }

    [Fact]
    public void A_log_cut_at_any_byte_of_its_last_record_keeps_all_before()
    {
        var before = 0L;
        string[] expected, whole;
        using (var store = Open(_folder))
        {
            for (var i = 0; i < 6; i++) WriteBatch(store, i);
            before = new FileInfo(LogWriterFile(_folder)).Length;
            expected = store.Everything();
            WriteBatch(store, 7);
            whole = store.Everything();
        }

        var bytes = File.ReadAllBytes(LogWriterFile(_folder));
        for (var cut = before; cut <= bytes.Length; cut++)
        {
            using var folder = new ScratchFolder();
            Directory.CreateDirectory(Log(folder));
            File.WriteAllBytes(LogWriterFile(folder), bytes[..(int)cut]);
            using var again = Open(folder);
            Assert.True((cut == bytes.Length ? whole : expected).SequenceEqual(again.Everything()), $"cut at {cut}");
            if (cut > before && cut < bytes.Length) Assert.Contains("breaks off", Assert.Single(again.Faults).What);
            WriteBatch(again, 8);
        }
    }

    [Fact]
    public void A_torn_tail_is_cut_off_once_and_what_follows_is_kept()
    {
        using (var store = Open(_folder)) WriteBatch(store, 1);
        using (var file = new FileStream(LogWriterFile(_folder), FileMode.Append)) file.Write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        string[] expected;
        using (var store = Open(_folder))
        {
            Assert.Single(store.Faults);
            WriteBatch(store, 2);
            expected = store.Everything();
        }

        using var again = Open(_folder);
        Assert.Empty(again.Faults);
        Assert.Equal(expected, again.Everything());
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_named_and_costs_no_more_than_its_batch_and_its_series()
    {
        string[] expected;
        using (var store = Open(_folder))
        {
            for (var i = 0; i < 12; i++) WriteBatch(store, i);
            expected = store.Everything();
        }

        var bytes = File.ReadAllBytes(LogWriterFile(_folder));
        var random = new Random(5);
        var known = expected.SelectMany(Samples).ToHashSet();
        for (var round = 0; round < 250; round++)
        {
            var (at, bit) = (random.Next(bytes.Length), random.Next(8));
            using var folder = new ScratchFolder();
            Directory.CreateDirectory(Log(folder));
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= (byte)(1 << bit);
            File.WriteAllBytes(LogWriterFile(folder), damaged);
            using var again = Open(folder);
            Assert.NotEmpty(again.Faults);
            Assert.Contains("00000001", again.Faults[0].Where);
            var left = again.Everything().SelectMany(Samples).ToHashSet();
            Assert.True(left.IsSubsetOf(known), $"byte {at} bit {bit}: a sample that nobody wrote");
            // A record of labels stands for the samples of four batches at most.
            Assert.True(left.Count > known.Count / 2, $"byte {at} bit {bit}: {left.Count} of {known.Count} left");
        }
    }

    [Fact]
    public void A_missing_segment_is_named()
    {
        using (var store = Open(_folder, o => o with { SegmentBytes = 500 }))
        {
            for (var i = 0; i < 10; i++) WriteBatch(store, i);
        }

        File.Delete(Path.Combine(Log(_folder), "00000003"));
        using var again = Open(_folder);
        Assert.Contains(again.Faults, f => f.What.Contains("segments 3 to 3", StringComparison.Ordinal));
        Assert.NotEmpty(again.Everything());
    }

    [Fact]
    public void A_full_disk_refuses_the_batch_clearly_and_loses_nothing()
    {
        using (var store = Open(_folder, o => o with { SegmentBytes = 100 }))
        {
            WriteBatch(store, 0);
            WriteBatch(store, 1);
            var expected = store.Everything();
            // The next segment is the device that is always full.
            var next = Directory.GetFiles(Log(_folder)).Select(f => int.Parse(Path.GetFileName(f))).Max() + 1;
            var full = Path.Combine(Log(_folder), $"{next:D8}");
            File.CreateSymbolicLink(full, "/dev/full");
            var fault = Assert.Throws<IOException>(() =>
            {
                for (var i = 2; i < 10; i++)
                {
                    WriteBatch(store, i);
                    expected = store.Everything();
                }
            });
            Assert.Contains("nothing of this batch was taken", fault.Message);
            Assert.Equal(expected, store.Everything());
            Assert.Throws<IOException>(() => WriteBatch(store, 20));
            Assert.Equal(expected, store.Everything());
            File.Delete(full);
            // Space is there again: the broken segment is left behind.
            var written = 0;
            for (var i = 30; i < 34; i++)
            {
                try
                {
                    WriteBatch(store, i);
                    written++;
                }
                catch (IOException)
                {
                    Assert.Equal(30, i);
                }
            }

            Assert.True(written >= 3);
            expected = store.Everything();
            using var copy = _folder.Copy();
            using var again = Open(copy);
            Assert.Equal(expected, again.Everything());
        }
    }

    [Fact]
    public void A_store_is_open_in_one_process_at_a_time()
    {
        using var store = Open(_folder);
        Assert.Contains("has this store open", Assert.Throws<IOException>(() => Open(_folder)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Writers_that_flush_each_commit_all_get_through(int milliseconds)
    {
        string[] expected;
        using (var store = Open(_folder, o => o with { FlushEvery = TimeSpan.FromMilliseconds(milliseconds) }))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
            {
                for (var i = 0; i < 20; i++) store.Write(Series("a", "writer", $"{writer}"), Start + i, i);
            })));
            expected = store.Everything();
            Assert.Equal(80, store.Statistics(1).Appended);
        }

        using var again = Open(_folder);
        Assert.Equal(expected, again.Everything());
    }

    [Fact]
    public void An_overflow_count_goes_on_after_a_restart()
    {
        for (var round = 1; round <= 3; round++)
        {
            using var store = Open(_folder, o => o with { SeriesPerJob = 1 });
            for (var i = 0; i < 5; i++) store.Write(Series("a", "job", "j", "id", $"{i}"), Start + (round * 1_000), 1);
            Assert.Equal(round * 4, store.Samples(Series("overflow_samples_total", "__overflow__", "true", "job", "j", "metric", "a")).Last().Value);
        }
    }

    private static string LogWriterFile(ScratchFolder folder) => Path.Combine(Log(folder), "00000001");

    private static IEnumerable<string> Samples(string series)
    {
        var split = series.IndexOf(": ", StringComparison.Ordinal);
        return series[(split + 2)..].Split(' ').Select(sample => series[..split] + sample);
    }
}
