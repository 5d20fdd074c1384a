using System.Globalization;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>What instances write, and how it is read again.</summary>
public sealed class ProcessLogTests : IAsyncDisposable
{
    private const string Forever = "; exec sleep 1000";
    private readonly ProcessHouse _house = new();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Each_line_has_its_time_its_instance_and_its_stream()
    {
        await _house.OpenAsync();
        var before = Now() - Duration.FromMilliseconds(1);
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "echo out; echo err >&2" + Forever), 2);
        var lines = await Eventually.Async(ReadAsync, all => all.Count == 4, "four lines");
        var ids = (await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default)).Select(view => view.Id).Order(StringComparer.Ordinal);
        Assert.Equal(
            string.Join(' ', ids.SelectMany(id => new[] { $"{id}/stderr/err", $"{id}/stdout/out" })),
            string.Join(' ', lines.Select(line => $"{line.Instance}/{line.Stream}/{line.Text}").Order(StringComparer.Ordinal)));
        Assert.All(lines, line => Assert.InRange(line.At, before, Now()));
        Assert.Equal(lines.Select(line => line.At).Order(), lines.Select(line => line.At));
    }

    [Fact]
    public async Task Odd_output_becomes_readable_lines()
    {
        await _house.OpenAsync();
        // Windows line ends, an empty line, invalid UTF-8, spaces at both ends, and no end at the end.
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", @"printf 'dos\r\n\nbad \377\376 bytes\n  spaced  \ngr\303\274n\nno end'; exit 1"), 1);
        var ended = await _house.UntilOneAsync(view => view.LastExit is not null, "an end");
        Assert.Equal("dos\n\nbad \uFFFD\uFFFD bytes\n  spaced  \ngrün\nno end", string.Join('\n', (await _house.LogAsync()).Take(6)));
        Assert.EndsWith("grün\nno end", ended.LastExit!.LastOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_over_16_KiB_is_split_between_characters()
    {
        await _house.OpenAsync();
        // 15,000 characters of two bytes after one of one: a split at the byte would cut one of them.
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", @"printf x; i=0; while [ $i -lt 15 ]; do printf '%01000d' 0 | sed 's/0/ü/g'; i=$((i+1)); done | tr -d '\n'; echo; echo after" + Forever), 1);
        var lines = await Eventually.Async(() => _house.LogAsync(), all => all.Contains("after"), "the line after");
        Assert.Equal(["x" + new string('ü', 8191), new string('ü', 15000 - 8191), "after"], lines);
    }

    [Fact]
    public async Task The_tail_is_the_newest_lines_of_all_instances()
    {
        await _house.OpenAsync();
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done" + Forever), 2);
        await Eventually.Async(() => _house.LogAsync(), all => all.Count == 2000, "all lines");
        var tail = await _house.Workloads.ReadLogsAsync(new(ProcessHouse.Shop, null, 10, Follow: false), default).ToListAsync();
        Assert.Equal(10, tail.Count);
        var one = (await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default))[1].Id;
        var ofOne = await _house.Workloads.ReadLogsAsync(new(ProcessHouse.Shop, one, 3, Follow: false), default).ToListAsync();
        Assert.Equal("997 998 999", string.Join(' ', ofOne.Select(line => line.Text)));
        Assert.All(ofOne, line => Assert.Equal(one, line.Instance));
        Assert.Empty(await _house.Workloads.ReadLogsAsync(new(ProcessHouse.Shop, null, 0, Follow: false), default).ToListAsync());
    }

    [Fact]
    public async Task Following_goes_on_with_new_lines_of_old_and_new_instances_until_cancelled()
    {
        await _house.OpenAsync();
        var go = _house.File("go");
        var release = ProcessHouse.Shell("1", $"echo old $FAIRWAY_INSTANCE; while ! [ -e {go} ]; do sleep 0.05; done; echo new $FAIRWAY_INSTANCE" + Forever);
        await _house.ApplyAsync(1, release, 1);
        await Eventually.Async(() => _house.LogAsync(), all => all.Count == 1, "the first line");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = new List<string>();
        var follow = Task.Run(async () =>
        {
            await foreach (var line in _house.Workloads.ReadLogsAsync(new(ProcessHouse.Shop, null, 1, Follow: true), stop.Token))
            {
                lock (seen) seen.Add(line.Text);
            }
        });
        await _house.ApplyAsync(2, release, 2);
        await Eventually.Async(() => Count() == 2, "the second instance's first line");
        await File.WriteAllTextAsync(go, "");
        await Eventually.Async(() => Count() == 4, "both instances' second lines");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follow);
        Assert.Equal(
            "new production.shop-a-0-1, new production.shop-a-1-2, old production.shop-a-0-1, old production.shop-a-1-2",
            string.Join(", ", seen.Order(StringComparer.Ordinal)));

        int Count()
        {
            lock (seen) return seen.Count;
        }
    }

    [Fact]
    public async Task Logs_are_kept_after_the_instance_is_gone()
    {
        await _house.OpenAsync();
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "trap 'echo goodbye; exit 0' TERM; echo hello; while :; do sleep 0.05; done"), 1);
        await Eventually.Async(() => _house.LogAsync(), all => all.Count == 1, "hello");
        await _house.ApplyAsync(2, ProcessHouse.Shell("1", "x"), 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        // The shell may add a word about its killed child.
        Assert.Equal("hello goodbye", string.Join(' ', (await _house.LogAsync()).Take(2)));
    }

    [Fact]
    public async Task Only_the_newest_gone_instances_keep_their_logs()
    {
        await _house.OpenAsync(options => options with { KeepLogsOf = 2 });
        for (var effect = 1; effect <= 5; effect++)
        {
            await _house.ApplyAsync(effect * 2, ProcessHouse.Shell("1", $"echo run {effect}" + Forever), 1);
            await Eventually.Async(() => _house.LogAsync(), all => all.Contains($"run {effect}"), "its line");
            await _house.ApplyAsync(effect * 2 + 1, ProcessHouse.Shell("1", "x"), 0);
            await _house.UntilAsync(views => views.IsEmpty, "gone");
        }

        Assert.Equal(["run 4", "run 5"], await _house.LogAsync());
    }

    [Fact]
    public async Task Log_files_rotate_and_the_oldest_go()
    {
        await _house.OpenAsync(options => options with { LogFileBytes = 20_000, LogFiles = 3, CollectEvery = Duration.FromMilliseconds(5) });
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "i=0; while [ $i -lt 5000 ]; do echo line $i; [ $((i % 100)) = 0 ] && sleep 0.01; i=$((i+1)); done; echo end" + Forever), 1);
        var lines = await Eventually.Async(() => _house.LogAsync(), all => all.LastOrDefault() == "end", "the last line");
        Assert.Equal("line 4999", lines[^2]);
        var numbers = lines.SkipLast(1).Select(line => int.Parse(line[5..], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
        Assert.InRange(Directory.GetFiles(_house.Folder, "*.log", SearchOption.AllDirectories).Length, 2, 3);
    }

    [Fact]
    public async Task No_line_is_lost_or_doubled_when_the_collector_is_killed_again_and_again()
    {
        const int Lines = 100_000;
        var release = ProcessHouse.Shell("1", $"i=0; while [ $i -lt {Lines} ]; do echo line number $i of the output; i=$((i+1)); [ $((i % 1000)) = 0 ] && sleep 0.01; done; echo end" + Forever);
        var plane = await _house.StartPlaneAsync(release);
        for (var kill = 0; kill < 4; kill++)
        {
            var size = LogBytes();
            await Eventually.Async(() => LogBytes() > size || LogText().EndsWith("end\n", StringComparison.Ordinal), "something is collected");
            await ProcessHouse.KillAsync(plane);
            if (kill < 3) plane = await _house.StartPlaneAsync();
        }

        await _house.OpenAsync();
        var lines = await Eventually.Async(() => _house.LogAsync(), all => all.LastOrDefault() == "end", "the last line");
        for (var i = 0; i < Math.Min(Lines, lines.Count); i++)
            if (lines[i] != $"line number {i} of the output") Assert.Fail($"of {lines.Count} lines line {i} is '{lines[i]}': {string.Join("; ", await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default))}");
        Assert.Equal(Lines + 1, lines.Count);
    }

    [Fact]
    public async Task Raw_output_that_is_collected_does_not_stay_on_the_disk()
    {
        await _house.OpenAsync(options => options with { LogFileBytes = 1_000_000, LogFiles = 2 });
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "head -c 20000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo; echo end" + Forever), 1);
        await Eventually.Async(() => _house.LogAsync(), all => all.LastOrDefault() == "end", "the last line");
        var raw = Assert.Single(Directory.GetFiles(_house.Folder, "stdout", SearchOption.AllDirectories));
        Assert.True(new FileInfo(raw).Length >= 20_000_000);
        await Eventually.Async(() => DiskKibibytes(raw) < 3_000, "its blocks are freed");
    }

    private static int DiskKibibytes(string file)
    {
        using var du = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("du", ["-k", file]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = du.StandardOutput.ReadToEnd();
        du.WaitForExit();
        return int.Parse(said.Split('\t')[0], CultureInfo.InvariantCulture);
    }

    private static Instant Now() => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    private Task<List<LogLine>> ReadAsync() => _house.Workloads.ReadLogsAsync(new(ProcessHouse.Shop, null, int.MaxValue, Follow: false), default).ToListAsync().AsTask();

    private IEnumerable<string> LogFiles() => Directory.Exists(_house.Folder) ? Directory.EnumerateFiles(_house.Folder, "*.log", SearchOption.AllDirectories) : [];

    private long LogBytes() => LogFiles().Sum(file => new FileInfo(file).Length);

    private string LogText() => LogFiles().Order(StringComparer.Ordinal).LastOrDefault() is { } file ? File.ReadAllText(file) : "";
}
