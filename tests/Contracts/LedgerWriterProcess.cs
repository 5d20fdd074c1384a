using System.Globalization;
using System.Text;
using Fairway.Adapters.Sqlite;

namespace Fairway.Ledger;

/// <summary>
/// A process that appends until it is killed. Not a test by itself: <see cref="LedgerCrashTests"/> starts this program again with just
/// this.
/// </summary>
public sealed class LedgerWriterProcess
{
    public const string FolderVariable = "FAIRWAY_TEST_LEDGER_FOLDER";
    public const int Streams = 8;

    [Fact(Explicit = true)]
    public async Task Appends_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "started by LedgerCrashTests");
        await using var ledger = await SqliteLedger.OpenAsync(new() { Folder = folder, Projections = [new CountPerStream()] },
            CancellationToken.None);
        // Unbuffered: what was acknowledged has left this process before the next append begins.
        await using var acknowledged = new FileStream(Acknowledged(folder), FileMode.Append, FileAccess.Write, FileShare.ReadWrite,
            bufferSize: 0);
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(stream => Task.Run(() => AppendAsync(ledger, $"w/{stream}", acknowledged))));
    }

    public static string Acknowledged(string folder) => Path.Combine(folder, "acknowledged");

    private static async Task AppendAsync(SqliteLedger ledger, string stream, FileStream acknowledged)
    {
        var version = long.Parse(await ledger.LoadAsync("counts", stream, CancellationToken.None) ?? "0", CultureInfo.InvariantCulture);
        while (true)
        {
            var size = 1 + (int)(version % 3);
            var events = Enumerable.Range(0, size).Select(n =>
                Given.Event(n) with { Data = $"\"{new string('x', (int)(version * 37 % 3000))}\"" });
            var result = await ledger.AppendAsync(stream, version, [.. events], CancellationToken.None);
            Assert.True(result.Done);
            version += size;
            var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{result.Events[^1].Seq} {stream} {version} "
                + $"{result.Events[^1].Hash}\n"));
            lock (acknowledged) acknowledged.Write(line);
        }
    }
}
