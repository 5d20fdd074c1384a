using Fairway.Adapters.Sqlite;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Ledger;

/// <summary>Someone (or a disk) changes what is stored, and the check names it.</summary>
public sealed class LedgerTamperTests : IAsyncLifetime
{
    private static readonly string[] Columns = ["stream", "at", "type", "actor", "data", "prev_hash", "hash"];
    private readonly TemporaryFolder _folder = new();
    private SqliteConnection _sql = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Database => Path.Combine(_folder.Path, "ledger.db");

    public async ValueTask InitializeAsync()
    {
        await using (var ledger = await SqliteLedger.OpenAsync(new() { Folder = _folder.Path, Projections = [new CountPerStream()] }, Stop))
            await Given.RecordsAsync(ledger, 5, Stop);
        _sql = new($"Data Source={Database};Pooling=False;Foreign Keys=False");
        await _sql.OpenAsync(Stop);
        Run("PRAGMA synchronous = OFF");
    }

    public async ValueTask DisposeAsync()
    {
        await _sql.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void The_table_itself_refuses_changes()
    {
        Assert.Contains("only appended", Assert.Throws<SqliteException>(() => Run("UPDATE events SET actor = 'x'")).Message,
            StringComparison.Ordinal);
        Assert.Contains("only appended", Assert.Throws<SqliteException>(() => Run("DELETE FROM events WHERE seq = 5")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_byte_of_every_text_that_flips_a_bit_is_named()
    {
        DropGuards();
        var flips = 0;
        foreach (var seq in Seqs())
        {
            foreach (var column in Columns)
            {
                var stored = (byte[])Scalar($"SELECT CAST({column} AS BLOB) FROM events WHERE seq = {seq}")!;
                for (var at = 0; at < stored.Length; at++)
                {
                    await NamedAsync(seq, column, stored, at, (byte)(1 << ((at + (int)seq) % 8)));
                    flips++;
                    // Bits are what disks flip; an editor writes any other byte.
                    if (at % 31 == 5) await NamedAsync(seq, column, stored, at, (byte)(3 + (at * 31 % 250)));
                }
            }
        }
        Assert.InRange(flips, 900, 5000);
        Assert.Empty((await VerifyAsync()).Problems);
    }

    [Fact]
    public async Task Every_byte_of_every_number_that_flips_a_bit_is_named()
    {
        DropGuards();
        foreach (var seq in Seqs())
        {
            foreach (var column in (string[])["seq", "version", "cause"])
            {
                if (Scalar($"SELECT {column} FROM events WHERE seq = {seq}") is not long stored) continue;
                for (var at = 0; at < 8; at++)
                {
                    // The sign's bit is left out: no number here is negative.
                    var changed = stored ^ (1L << ((at * 8) + ((at + (int)seq) % 7)));
                    if (!TryRun($"UPDATE events SET {column} = {changed} WHERE seq = {seq}")) continue;
                    var now = column == "seq" ? changed : seq;
                    var report = await VerifyAsync();
                    Assert.Contains(report.Findings, finding => finding.Seq == now && finding.Field == column);
                    Run($"UPDATE events SET {column} = {stored} WHERE seq = {now}");
                }
            }
        }
        Assert.Empty((await VerifyAsync()).Problems);
    }

    [Theory]
    [InlineData("version", "CAST(version AS TEXT) || 'x'", "version")]
    [InlineData("data", "CAST(data AS BLOB)", "data")]
    [InlineData("actor", "17", "actor")]
    [InlineData("cause", "'2'||'y'", "cause")]
    [InlineData("cause", "NULL", "cause")]
    [InlineData("data", "data || ' '", "content")]
    [InlineData("at", "'2026-03-01T12:00:02Z'", "content")]
    public async Task A_value_of_another_kind_or_length_is_told(string column, string value, string field)
    {
        DropGuards();
        Run($"UPDATE events SET {column} = {value} WHERE seq = 3");
        Assert.Contains((await VerifyAsync()).Findings, finding => finding.Seq == 3 && finding.Field == field);
        await Assert.ThrowsAsync<LedgerException>(() => SqliteLedger.OpenAsync(new() { Folder = _folder.Path }, Stop));
    }

    [Theory]
    [InlineData("DELETE FROM events WHERE seq = 3", "record 3 is missing")]
    [InlineData("DELETE FROM events WHERE seq >= 4", "records 4 to 5 are missing from the end")]
    [InlineData("DELETE FROM events", "records 1 to 5 are missing from the end")]
    [InlineData("DELETE FROM events WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5",
        "record 3: seq differs: it was written as record 4")]
    [InlineData("UPDATE events SET seq = 99 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq "
        + "= 99", "record 3: seq differs: it was written as record 4")]
    [InlineData("INSERT INTO events SELECT 6, stream, 9, at, type, actor, cause, data, prev_hash, hash FROM events WHERE seq = 5",
        "record 6 is added after record 5, the newest the ledger wrote")]
    [InlineData("DELETE FROM head", "records 1 to 5 are added after record 0, the newest the ledger wrote")]
    [InlineData("UPDATE head SET hash = 'x'", "the ledger noted hash x for its newest record 5")]
    public async Task Rows_that_were_removed_added_or_moved_are_told(string sql, string expected)
    {
        DropGuards();
        Run(sql);
        Assert.Contains((await VerifyAsync()).Problems, problem => problem.StartsWith(expected, StringComparison.Ordinal));
        await Assert.ThrowsAsync<LedgerException>(() => SqliteLedger.OpenAsync(new() { Folder = _folder.Path }, Stop));
    }

    [Theory]
    [InlineData("UPDATE documents SET body = '3' WHERE key = 's/1'", "document \"s/1\" differs")]
    [InlineData("DELETE FROM documents WHERE key = 's/1'", "document \"s/1\" is missing")]
    [InlineData("INSERT INTO documents VALUES ('counts', 'ghost', '1')", "document \"ghost\" is there, but no record gives it")]
    public async Task A_read_model_out_of_step_is_told_and_mended_by_a_rebuild(string sql, string expected)
    {
        Run(sql);
        var report = await VerifyAsync();
        Assert.Contains(expected, Assert.Single(report.Problems), StringComparison.Ordinal);
        Assert.Equal("readModel", report.Findings[0].Field);
        await using var ledger = await SqliteLedger.OpenAsync(new() { Folder = _folder.Path, Projections = [new CountPerStream()] }, Stop);
        await ledger.RebuildAsync(Stop);
        Assert.Empty((await ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task A_rewritten_history_is_found_by_a_head_that_was_noted_elsewhere()
    {
        var noted = await VerifyAsync();
        var anchor = new LedgerHead(noted.Records, noted.LastHash);
        Assert.Empty((await LedgerMaintenance.VerifyAsync(Database, [], Upcasts.None, anchor, Stop)).Problems);
        var other = _folder.Copy("other");
        await using (var ledger = await SqliteLedger.OpenAsync(new() { Folder = other }, Stop))
            for (var n = 0; n < 6; n++) await ledger.AppendAsync("s", n, [Given.Event(n)], Stop);
        Assert.Empty((await LedgerMaintenance.VerifyAsync(other, [], Upcasts.None, null, Stop)).Problems);
        var report = await LedgerMaintenance.VerifyAsync(other, [], Upcasts.None, anchor, Stop);
        Assert.StartsWith("record 5 is not the one that was noted", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    private async Task NamedAsync(long seq, string column, byte[] stored, int at, byte flip)
    {
        var changed = (byte[])stored.Clone();
        changed[at] ^= flip;
        // A stream and version that another record has cannot be stored at all.
        if (!TryRun($"UPDATE events SET {column} = CAST(x'{Convert.ToHexString(changed)}' AS TEXT) WHERE seq = {seq}")) return;
        var report = await VerifyAsync();
        var field = column == "prev_hash" ? "previousHash" : column;
        var finding = Assert.Single(report.Findings);
        Assert.True(finding.Seq == seq && finding.Field == field, $"record {seq}, {column}, byte {at} ^ {flip:x2}: {finding.Sentence}");
        Run($"UPDATE events SET {column} = CAST(x'{Convert.ToHexString(stored)}' AS TEXT) WHERE seq = {seq}");
    }

    private List<long> Seqs() => [.. Enumerable.Range(1, 5).Select(seq => (long)seq)];

    private Task<LedgerReport> VerifyAsync()
        => LedgerMaintenance.VerifyAsync(_folder.Path, [new CountPerStream()], Upcasts.None, null, Stop);

    private void DropGuards() => Run("DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted");

    private bool TryRun(string sql)
    {
        try
        {
            Run(sql);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 19)
        {
            return false;
        }
    }

    private void Run(string sql)
    {
        using var command = _sql.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql)
    {
        using var command = _sql.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
