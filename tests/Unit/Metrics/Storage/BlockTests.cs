using Fairway.Metrics.Model;
using static Fairway.Metrics.Storage.Say;

namespace Fairway.Metrics.Storage;

/// <summary>Samples on their way from memory to blocks, to larger blocks, and out.</summary>
public sealed class BlockTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TimeSeriesStore Open(Func<StoreOptions, StoreOptions>? change = null)
    {
        var options = new StoreOptions { Folder = _folder.Path, Ahead = null };
        return TimeSeriesStore.Open(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    private static MaintenanceReport Maintain(TimeSeriesStore store) => store.Maintain(DateTimeOffset.MaxValue, CancellationToken.None);

    // One sample a minute for each of some series.
    private static void Fill(IMetricStore store, long from, long to, int series = 5)
    {
        for (var time = from; time < to; time += Minute)
        {
            using var batch = store.Begin();
            for (var i = 0; i < series; i++)
            {
                long reference = 0;
                batch.Add(ref reference, Series("m", "i", $"{i}"), time, (time % 977) + (i / 3.0));
            }

            long latency = 0;
            batch.Add(ref latency, Series("latency"), time, Histogram(time % 100, 1, time % 100, 0));
            batch.Commit();
        }
    }

    [Fact]
    public void Full_windows_move_to_blocks_and_nothing_changes_for_a_reader()
    {
        using var store = Open();
        Fill(store, Start, Start + (5 * Hour) - Minute);
        store.Write(Series("m", "i", "0"), Start + (5 * Hour) - Minute - 1_500, 1);
        var (all, some) = (store.Everything(), store.Everything(Start + Hour, Start + (3 * Hour)));
        var report = Maintain(store);
        Assert.Equal((1, 0), (report.BlocksCut, report.Faults.Count));
        Assert.Equal(all, store.Everything());
        Assert.Equal(some, store.Everything(Start + Hour, Start + (3 * Hour)));
        Fill(store, Start + (5 * Hour), Start + (7 * Hour) + Minute);
        all = store.Everything();
        Assert.Equal((2, 3), (Maintain(store).BlocksCut, store.Statistics(1).Blocks.Count));
        Assert.Equal(all, store.Everything());
        using var copy = _folder.Copy();
        using var again = TimeSeriesStore.Open(new() { Folder = copy.Path, Ahead = null }, TimeProvider.System);
        Assert.Equal(all, again.Everything());
        Assert.Empty(again.Faults);
        Fill(again, Start + (8 * Hour), Start + (9 * Hour));
        Fill(store, Start + (8 * Hour), Start + (9 * Hour));
        Assert.Equal(store.Everything(), again.Everything());
    }

    [Fact]
    public void The_log_is_shortened_when_blocks_hold_what_it_held()
    {
        using var store = Open(o => o with { SegmentBytes = 10_000 });
        Fill(store, Start, Start + (4 * Hour));
        var before = store.Statistics(1).LogBytes;
        Maintain(store);
        Assert.True(store.Statistics(1).LogBytes < before / 2, $"{store.Statistics(1).LogBytes} of {before}");
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder.Path, "log")));
    }

    [Fact]
    public void A_silent_series_leaves_memory_and_comes_back_by_its_labels()
    {
        using var store = Open();
        long silent = 0;
        using (var batch = store.Begin())
        {
            batch.Add(ref silent, Series("silent"), Start, 1);
            batch.Commit();
        }

        using var early = store.Begin();
        early.Add(ref silent, Series("silent"), Start + (4 * Hour), 2);
        Fill(store, Start, Start + (4 * Hour));
        Assert.Equal(7, store.Statistics(1).Series);
        var report = Maintain(store);
        Assert.Equal((1, 6), (report.SeriesForgotten, store.Statistics(1).Series));
        early.Commit();
        using (var batch = store.Begin())
        {
            Assert.Equal(AppendOutcome.Taken, batch.Add(ref silent, Series("silent"), Start + (4 * Hour) + 1, 3));
            batch.Commit();
        }

        Assert.Equal([1, 2, 3], store.Samples(Series("silent")).Select(s => s.Value));
        using var copy = _folder.Copy();
        using var again = TimeSeriesStore.Open(new() { Folder = copy.Path, Ahead = null }, TimeProvider.System);
        Assert.Equal([1, 2, 3], again.Samples(Series("silent")).Select(s => s.Value));
    }

    [Fact]
    public void Blocks_are_compacted_up_to_a_tenth_of_the_retention()
    {
        using var store = Open(o => o with { Retention = TimeSpan.FromHours(180) });
        for (var hour = 0; hour < 60; hour += 2)
        {
            Fill(store, Start + (hour * Hour), Start + ((hour + 2) * Hour));
            Maintain(store);
        }

        var expected = new MemoryStore();
        Fill(expected, Start, Start + (60 * Hour));
        Assert.Equal(expected.Everything(), store.Everything());
        var blocks = store.Statistics(1).Blocks;
        Assert.True(blocks.Count < 12, $"{blocks.Count} blocks");
        Assert.Contains(blocks, b => b.MaxTime - b.MinTime > 17 * Hour);
        Assert.DoesNotContain(blocks, b => b.MaxTime - b.MinTime > 18 * Hour);
        Assert.Equal(expected.Everything(Start + (20 * Hour), Start + (23 * Hour)), store.Everything(Start + (20 * Hour), Start + (23 * Hour)));
    }

    [Fact]
    public void Samples_far_behind_the_others_make_blocks_that_are_merged()
    {
        using var store = Open(o => o with { OutOfOrderWindow = TimeSpan.FromHours(20) });
        using var expected = new MemoryStore(new() { Ahead = null, OutOfOrderWindow = TimeSpan.FromHours(20) }, TimeProvider.System);
        foreach (var each in (IMetricStore[])[store, expected])
        {
            Fill(each, Start, Start + (8 * Hour));
            if (each == store) Maintain(store);
            for (var i = 0; i < 200; i++) each.Write(Series("m", "i", "1"), Start + (i * Minute) + 7, i);
            each.Write(Series("late to appear"), Start + 5, 1);
            if (each == store) Maintain(store);
        }

        Assert.Equal(expected.Everything(), store.Everything());
        var blocks = store.Statistics(1).Blocks.OrderBy(b => b.MinTime).ToArray();
        Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.True(pair.First.MaxTime < pair.Second.MinTime, "blocks overlap"));
    }

    [Fact]
    public void Old_blocks_are_deleted_counted_from_the_newest_sample()
    {
        using var store = Open(o => o with { Retention = TimeSpan.FromHours(10) });
        Fill(store, Start, Start + (24 * Hour));
        var report = Maintain(store);
        Assert.True(report.BlocksDeleted > 0);
        var oldest = store.Statistics(1).Blocks.Min(b => b.MaxTime);
        Assert.InRange(oldest, Start + (13 * Hour), Start + (16 * Hour));
        Assert.Empty(store.Everything(Start, Start + (12 * Hour) - 1));
        Assert.NotEmpty(store.Everything(Start + (15 * Hour), Start + (16 * Hour)));
        Assert.Equal(store.Statistics(1).Blocks.Count, Directory.GetDirectories(Path.Combine(_folder.Path, "blocks")).Length);
    }

    [Fact]
    public void The_oldest_blocks_are_deleted_when_all_take_too_much_room()
    {
        using var store = Open(o => o with { Retention = TimeSpan.FromHours(20), RetentionBytes = 60_000 });
        Fill(store, Start, Start + (40 * Hour), 20);
        Maintain(store);
        var statistics = store.Statistics(1);
        Assert.True(statistics.LogBytes + statistics.Blocks.Sum(b => b.Bytes) <= 60_000 || statistics.Blocks.Count == 0);
        Assert.Empty(store.Everything(Start, Start + Hour));
        Assert.NotEmpty(store.Everything(Start + (39 * Hour)));
    }

    [Theory]
    [InlineData("meta.json")]
    [InlineData("index")]
    [InlineData("chunks")]
    public void A_block_that_lacks_a_part_is_set_aside_with_a_plain_message(string part)
    {
        using (var store = Open())
        {
            Fill(store, Start, Start + (8 * Hour));
            Maintain(store);
        }

        var folder = Directory.GetDirectories(Path.Combine(_folder.Path, "blocks")).Order().First();
        File.Delete(Path.Combine(folder, part));
        using var again = Open();
        var fault = Assert.Single(again.Faults);
        Assert.Contains("broken", fault.Where);
        Assert.Contains(part, fault.What);
        Assert.True(Directory.Exists(fault.Where));
        Assert.Empty(again.Everything(Start, Start + Hour));
        Assert.NotEmpty(again.Everything(Start + (7 * Hour)));
        Fill(again, Start + (8 * Hour), Start + (12 * Hour));
        Assert.Empty(Maintain(again).Faults);
    }

    [Fact]
    public void A_flipped_bit_in_a_block_is_never_served_and_the_rest_is_saved()
    {
        string[] expected;
        using (var store = Open())
        {
            Fill(store, Start, Start + (4 * Hour));
            Maintain(store);
            expected = store.Everything();
        }

        var known = expected.SelectMany(Samples).ToHashSet();
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            using var copy = _folder.Copy();
            var files = Directory.GetFiles(Directory.GetDirectories(Path.Combine(copy.Path, "blocks")).Single());
            var file = files[round % files.Length];
            var bytes = File.ReadAllBytes(file);
            var at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, bytes);
            using var again = TimeSeriesStore.Open(new() { Folder = copy.Path, Ahead = null }, TimeProvider.System);
            string[] left;
            try
            {
                left = again.Everything();
            }
            catch (IOException fault)
            {
                Assert.Contains("damaged", fault.Message);
                Assert.True(again.Everything().SelectMany(Samples).ToHashSet().IsSubsetOf(known));
                var report = again.Maintain(DateTimeOffset.MaxValue, CancellationToken.None);
                Assert.Equal(1, report.BlocksSaved);
                Assert.Contains("damaged", Assert.Single(report.Faults).What);
                left = again.Everything();
                Assert.True(left.SelectMany(Samples).Count() > known.Count * 3 / 4, "too much was lost");
            }

            Assert.True(left.SelectMany(Samples).ToHashSet().IsSubsetOf(known), $"{Path.GetFileName(file)} byte {at}: a sample that nobody wrote");
        }
    }

    [Fact]
    public void What_a_crash_leaves_between_two_steps_is_put_right()
    {
        string[] expected;
        // So that the first three blocks are one window of the next level.
        var start = Start / (54 * Hour) * 54 * Hour;
        using (var store = Open(o => o with { Retention = TimeSpan.FromHours(600) }))
        {
            Fill(store, start, start + (7 * Hour) + Minute);
            // Before: the log still holds all.
            using var early = _folder.Copy();
            Maintain(store);
            expected = store.Everything();
            var block = Directory.GetDirectories(Path.Combine(_folder.Path, "blocks")).Order().First();
            // The block got its name, the log was not shortened yet; another was in the making, and a checkpoint too.
            CopyFolder(block, Path.Combine(early.Path, "blocks", Path.GetFileName(block)));
            CopyFolder(block, Path.Combine(early.Path, "blocks", "00000077.tmp"));
            File.Delete(Path.Combine(early.Path, "blocks", "00000077.tmp", "index"));
            CopyFolder(Directory.GetDirectories(Path.Combine(_folder.Path, "log")).Single(), Path.Combine(early.Path, "log", "checkpoint-00000002.tmp"));
            using var again = TimeSeriesStore.Open(new() { Folder = early.Path, Ahead = null }, TimeProvider.System);
            Assert.Empty(again.Faults);
            Assert.Equal(expected, again.Everything());
            Assert.Empty(again.Maintain(DateTimeOffset.MaxValue, CancellationToken.None).Faults);
            Assert.Equal(expected, again.Everything());
            Assert.Empty(Directory.GetDirectories(Path.Combine(early.Path, "blocks"), "*.tmp"));
        }

        // After a compaction the blocks it was made from are there still.
        using var parents = new ScratchFolder();
        CopyFolder(Path.Combine(_folder.Path, "blocks"), Path.Combine(parents.Path, "blocks"));
        using (var store = Open(o => o with { Retention = TimeSpan.FromHours(600) }))
        {
            Fill(store, start + (7 * Hour) + Minute, start + (10 * Hour));
            Assert.Equal(3, Maintain(store).BlocksCompacted);
            expected = store.Everything();
        }

        foreach (var block in Directory.GetDirectories(Path.Combine(parents.Path, "blocks"))) CopyFolder(block, Path.Combine(_folder.Path, "blocks", Path.GetFileName(block)));
        using var last = Open();
        Assert.Equal(expected, last.Everything());
        Assert.All(Directory.GetDirectories(Path.Combine(parents.Path, "blocks")), b => Assert.False(Directory.Exists(Path.Combine(_folder.Path, "blocks", Path.GetFileName(b)))));
    }

    [Fact]
    public void A_disk_that_takes_no_block_keeps_all_in_memory_and_in_the_log()
    {
        using var store = Open();
        Fill(store, Start, Start + (4 * Hour));
        var expected = store.Everything();
        // A file where the folder of the next block belongs.
        var blocked = Path.Combine(_folder.Path, "blocks", "00000001.tmp");
        File.WriteAllText(blocked, "");
        var report = Maintain(store);
        Assert.Contains("they stay in memory", Assert.Single(report.Faults).What);
        Assert.Equal(expected, store.Everything());
        using (var copy = _folder.Copy())
        using (var again = TimeSeriesStore.Open(new() { Folder = copy.Path, Ahead = null }, TimeProvider.System)) Assert.Equal(expected, again.Everything());
        File.Delete(blocked);
        Assert.Equal(1, Maintain(store).BlocksCut);
        Assert.Equal(expected, store.Everything());
    }

    [Fact]
    public void A_reader_goes_on_with_a_block_that_was_deleted_meanwhile()
    {
        using var store = Open(o => o with { Retention = TimeSpan.FromHours(4) });
        Fill(store, Start, Start + (4 * Hour));
        Maintain(store);
        var selected = store.Select(Start, Start + Hour, [new("i", MatchKind.Equal, "1")], CancellationToken.None).Single();
        Fill(store, Start + (4 * Hour), Start + (20 * Hour));
        Assert.True(Maintain(store).BlocksDeleted > 0);
        var buffer = new SampleBuffer();
        selected.Read(Start, Start + Hour, buffer);
        Assert.Equal(61, buffer.Count);
    }

    [Fact]
    public void Labels_of_blocks_are_found_and_listed_too()
    {
        using var store = Open();
        store.Write(Series("gone", "zone", "old"), Start, 1);
        Fill(store, Start, Start + (6 * Hour));
        Maintain(store);
        var none = CancellationToken.None;
        Assert.Equal(["old"], store.LabelValues("zone", Start, Start + Hour, [], none));
        Assert.Empty(store.LabelValues("zone", Start + (5 * Hour), Start + (6 * Hour), [], none));
        Assert.Equal(["gone"], store.Select(Start, Start + Hour, [new("i", MatchKind.Equal, ""), new("zone", MatchKind.Regex, "o.*")], none).Select(s => s.Labels.Name));
        Assert.Equal(["__name__", "i", "zone"], store.LabelNames(Start, Start + Hour, [], none));
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static IEnumerable<string> Samples(string series)
    {
        var split = series.IndexOf(": ", StringComparison.Ordinal);
        return series[(split + 2)..].Split(' ').Select(sample => series[..split] + sample);
    }
}
