using System.Diagnostics;
using System.Globalization;
using Fairway.Adapters.Sqlite;
using Fairway.Bench.Ledger;
using Fairway.Kernel;
using Fairway.Ledger;
using Microsoft.Data.Sqlite;
using NodaTime;

// How many appends per second, and how long does one take? Against the same rows put in by bare SQLite, one transaction each.
var seconds = args is [var given, ..] && double.TryParse(given, CultureInfo.InvariantCulture, out var parsed) ? parsed : 1;
var load = File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0] : "unknown";
const int Rounds = 9;
Measured[] all = [new("bare SQLite, 1 writer"), new("ledger, 1 writer"), new("ledger, 16 writers")];
var root = Directory.CreateDirectory(Path.Combine(Path.GetFullPath("artifacts"), "bench-ledger")).FullName;
try
{
    // In turns, each of them three times first, second and third: what the machine (and the one before) leaves to the disk meets all alike.
    for (var turn = 0; turn < Rounds * all.Length; turn++)
    {
        var (way, folder) = ((turn + (turn / all.Length)) % all.Length, Path.Combine(root, $"{turn}"));
        all[way].Add(way switch { 0 => await BareAsync(folder), 1 => await LedgerAsync(folder, 1), _ => await LedgerAsync(folder, 16) });
    }
}
finally
{
    Directory.Delete(root, recursive: true);
}

var table = new StringWriter(CultureInfo.InvariantCulture);
table.WriteLine("| who | appends/s (median of 9) | against bare | p50 ms | p99 ms |");
table.WriteLine("| --- | ---: | ---: | ---: | ---: |");
foreach (var one in all)
    table.WriteLine($"| {one.Name} | {one.PerSecond:N0} | {one.PerSecond / all[0].PerSecond:N2}× | {one.Percentile(0.50):N2} | "
        + $"{one.Percentile(0.99):N2} |");
Console.Write(table);
Results.Replace("Ledger", string.Create(CultureInfo.InvariantCulture, $"""
    Appends per second, each durable before it returns (WAL, `synchronous=FULL`), {seconds:0.#} s per round, {Rounds} rounds in
    changing turns, in the same folder of the same disk. "Bare" puts the same rows, with a hash computed before, into the same table
    with the same indexes through Microsoft.Data.Sqlite: one prepared insert and one transaction each. The ledger makes the data
    canonical, compares the version, hashes, updates the head and one read model. Sixteen writers share flushes: all that wait go into
    one transaction.

    Command: `dotnet run -c Release --project bench/Ledger` ({Environment.ProcessorCount} cores, {Runtime()},
    load average {load} when it began).

    {table}
    """));

async Task<Round> LedgerAsync(string folder, int writers)
{
    await using var ledger = await SqliteLedger.OpenAsync(new() { Folder = folder, Projections = [new Newest()] }, CancellationToken.None);
    var clock = Stopwatch.StartNew();
    var times = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
    {
        var took = new List<double>();
        for (var version = 0; clock.Elapsed.TotalSeconds < seconds; version++)
        {
            var begun = clock.Elapsed;
            var result = await ledger.AppendAsync($"service/production/shop-{writer}", version, [Event(version)], CancellationToken.None);
            if (!result.Done) throw new InvalidOperationException("a conflict where there is one writer per stream");
            took.Add((clock.Elapsed - begun).TotalMilliseconds);
        }
        return took;
    })));
    return new([.. times.SelectMany(took => took)], clock.Elapsed.TotalSeconds);
}

async Task<Round> BareAsync(string folder)
{
    // The ledger makes the file, so that table and indexes are the same.
    await (await SqliteLedger.OpenAsync(new() { Folder = folder }, CancellationToken.None)).DisposeAsync();
    using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "ledger.db")};Pooling=False");
    connection.Open();
    using (var pragma = connection.CreateCommand())
    {
        pragma.CommandText = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0";
        pragma.ExecuteNonQuery();
    }
    using var insert = connection.CreateCommand();
    insert.CommandText = "INSERT INTO events (seq, stream, version, at, type, actor, cause, data, prev_hash, hash) VALUES (@0, @1, @2, "
        + "@3, @4, @5, NULL, @6, @7, @8)";
    for (var i = 0; i <= 8; i++) insert.Parameters.AddWithValue($"@{i}", "");
    var took = new List<double>();
    var clock = Stopwatch.StartNew();
    while (clock.Elapsed.TotalSeconds < seconds)
    {
        var (item, n) = (Event(took.Count), took.Count + 1);
        var data = CanonicalJson.Canonicalize(item.Data);
        object[] values = [n, "service/production/shop-0", n, StoredRecord.FormatAt(item.At), item.Type, item.Actor, data,
            LedgerHash.Zero, LedgerHash.Zero];
        var begun = clock.Elapsed;
        for (var i = 0; i < values.Length; i++) insert.Parameters[i].Value = values[i];
        using (var transaction = connection.BeginTransaction())
        {
            insert.Transaction = transaction;
            insert.ExecuteNonQuery();
            transaction.Commit();
        }
        took.Add((clock.Elapsed - begun).TotalMilliseconds);
    }
    return new(took, clock.Elapsed.TotalSeconds);
}

static NewEvent Event(int n) => new(
    Instant.FromUnixTimeSeconds(1_800_000_000 + n), "rollout-step-held.v1", "engine", null,
    $$$"""
    {"weight":1000,"step":{{{n % 4}}},"why":{"code":"step-held","template":"step {step} held: {seen} of {needed} requests",
    "facts":[{"name":"seen","value":"{{{n}}}"}]}}
    """);

static string Runtime() => System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription;
