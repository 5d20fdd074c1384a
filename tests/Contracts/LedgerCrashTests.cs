using System.Diagnostics;
using System.Globalization;
using Fairway.Adapters.Sqlite;
using Fairway.Ports;

namespace Fairway.Ledger;

/// <summary>What is acknowledged is there, whenever the process dies and however the log's end is torn.</summary>
public sealed class LedgerCrashTests : IDisposable
{
    private const int Kills = 22;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_acknowledged_record_is_lost_when_the_writer_is_killed_at_any_moment()
    {
        var random = new Random(7);
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAfterAsync(random.Next(1, 60));
            await using var ledger = await OpenAsync(new CountPerStream());
            var records = (await ReadAllAsync(ledger)).ToDictionary(record => record.Seq);
            foreach (var line in await File.ReadAllLinesAsync(LedgerWriterProcess.Acknowledged(_folder.Path), Stop))
            {
                var (seq, stream, version, hash) = line.Split(' ') is [var a, var b, var c, var d] ? (a, b, c, d)
                    : throw new InvalidOperationException(line);
                var record = records[long.Parse(seq, CultureInfo.InvariantCulture)];
                Assert.Equal((stream, version, hash), (record.Stream, record.Version.ToString(CultureInfo.InvariantCulture), record.Hash));
            }
            Assert.Equal(records.Count, records.Keys.Max());
            foreach (var stream in records.Values.GroupBy(record => record.Stream, StringComparer.Ordinal))
                Assert.Equal(stream.Count().ToString(CultureInfo.InvariantCulture), await ledger.LoadAsync("counts", stream.Key, Stop));
            Assert.Empty((await ledger.VerifyAsync(Stop)).Problems);
        }
    }

    [Fact]
    public async Task A_torn_end_of_the_log_opens_to_what_was_before_it()
    {
        var (records, database, log) = await UncheckpointedAsync(30);
        var random = new Random(11);
        var lengths = new HashSet<int>();
        for (var i = 0; i <= 60; i++)
        {
            var length = i switch { 0 => 0, 60 => log.Length, _ => random.Next(log.Length) };
            lengths.Add(await OpensToPrefixAsync($"cut-{i}", database, log[..length], records));
        }
        Assert.Contains(0, lengths);
        Assert.Contains(records.Length, lengths);
        Assert.True(lengths.Count > 8, "the cuts fell on few different ends");
    }

    [Fact]
    public async Task Garbage_in_the_log_opens_to_what_was_before_it()
    {
        var (records, database, log) = await UncheckpointedAsync(30);
        var random = new Random(13);
        for (var i = 0; i < 40; i++)
        {
            var garbled = (byte[])log.Clone();
            var from = random.Next(log.Length);
            if (i % 2 == 0) random.NextBytes(garbled.AsSpan(from));
            else garbled[from] ^= (byte)(1 << random.Next(8));
            await OpensToPrefixAsync($"garbled-{i}", database, garbled, records);
        }
    }

    [Fact]
    public async Task A_derivation_that_breaks_off_leaves_the_documents_as_they_were()
    {
        await using (var ledger = await OpenAsync(new CountPerStream())) await Given.RecordsAsync(ledger, 30, Stop);
        await Assert.ThrowsAsync<PoisonedException>(() => OpenAsync(new BreaksOff(20)));
        await using var again = await OpenAsync(new CountPerStream());
        Assert.Equal("10", await again.LoadAsync("counts", "s/0", Stop));
        Assert.Empty((await again.VerifyAsync(Stop)).Problems);
    }

    private Task<SqliteLedger> OpenAsync(IProjection projection)
        => SqliteLedger.OpenAsync(new() { Folder = _folder.Path, Projections = [projection] }, Stop);

    /// <summary>Another version of the counts, whose derivation fails midway.</summary>
    private sealed class BreaksOff(long at) : IProjection
    {
        public string Collection => "counts";

        public int Version => 2;

        public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
            => record.Seq < at ? [new(record.Stream, "half")] : throw new PoisonedException();
    }

    private async Task KillAfterAsync(int acknowledgements)
    {
        var acknowledged = LedgerWriterProcess.Acknowledged(_folder.Path);
        var before = File.Exists(acknowledged) ? new FileInfo(acknowledged).Length : 0;
        var start = new ProcessStartInfo(Environment.ProcessPath!,
            ["-class", typeof(LedgerWriterProcess).FullName!, "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment[LedgerWriterProcess.FolderVariable] = _folder.Path;
        // It lives for a moment: no need to learn how to run fast.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var writer = Process.Start(start)!;
        var output = writer.StandardOutput.ReadToEndAsync(Stop);
        var errors = writer.StandardError.ReadToEndAsync(Stop);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            // A line has at least 70 characters.
            while (!File.Exists(acknowledged) || new FileInfo(acknowledged).Length < before + (acknowledgements * 70))
            {
                Assert.False(writer.HasExited, "the writer ended by itself");
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
            }
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync(Stop);
        }
        Assert.True(writer.ExitCode == 137, $"{await output}{await errors}");
    }

    /// <summary>A ledger's files as a crash would leave them: the records only in the log.</summary>
    private async Task<(ImmutableArray<LedgerEvent> Records, byte[] Database, byte[] Log)> UncheckpointedAsync(int records)
    {
        await using var ledger = await OpenAsync(new CountPerStream());
        await Given.RecordsAsync(ledger, records, Stop);
        var file = Path.Combine(_folder.Path, "ledger.db");
        return (await ledger.ReadAsync(0, records, Stop), await ReadSharedAsync(file), await ReadSharedAsync(file + "-wal"));
    }

    private async Task<int> OpensToPrefixAsync(string name, byte[] database, byte[] log, ImmutableArray<LedgerEvent> records)
    {
        var folder = _folder.Copy(name);
        await File.WriteAllBytesAsync(Path.Combine(folder, "ledger.db"), database, Stop);
        await File.WriteAllBytesAsync(Path.Combine(folder, "ledger.db-wal"), log, Stop);
        await using var ledger = await SqliteLedger.OpenAsync(new() { Folder = folder, Projections = [new CountPerStream()] }, Stop);
        var kept = await ReadAllAsync(ledger);
        Assert.Equal(records.Take(kept.Count), kept);
        Assert.Empty((await ledger.VerifyAsync(Stop)).Problems);
        var next = await ledger.AppendAsync("after", 0, [Given.Event(1)], Stop);
        Assert.Equal(kept.Count + 1, next.Events[0].Seq);
        return kept.Count;
    }

    private static async Task<List<LedgerEvent>> ReadAllAsync(SqliteLedger ledger)
    {
        var records = new List<LedgerEvent>();
        while (await ledger.ReadAsync(records.Count, 1000, Stop) is { IsEmpty: false } page) records.AddRange(page);
        return records;
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, Stop);
        return bytes.ToArray();
    }
}
