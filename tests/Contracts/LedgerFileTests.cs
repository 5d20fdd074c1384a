using System.Diagnostics;
using System.Globalization;
using Fairway.Adapters.Sqlite;
using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Ledger;

/// <summary>What may be wrong with a data folder and its file, and what a person is told.</summary>
public sealed class LedgerFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Database => Path.Combine(_folder.Path, "ledger.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_control_plane_on_one_folder_is_refused_with_the_first_ones_pid()
    {
        await using (await OpenAsync())
        {
            var refused = await Assert.ThrowsAsync<LedgerException>(OpenAsync);
            Assert.Equal(FaultKind.Conflict, refused.Fault.Kind);
            Assert.Contains($"pid {Environment.ProcessId}.", refused.Message, StringComparison.Ordinal);
            Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
            var offline = await Assert.ThrowsAsync<LedgerException>(() =>
                LedgerMaintenance.RebuildAsync(_folder.Path, [], Upcasts.None, Stop));
            Assert.Equal(FaultKind.Conflict, offline.Fault.Kind);
        }
        await using var after = await OpenAsync();
    }

    [Fact]
    public async Task A_lock_file_left_behind_means_nothing()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "lock"), "1\n", Stop);
        await using var ledger = await OpenAsync();
    }

    [Fact]
    public async Task A_ledger_of_a_newer_Fairway_is_refused_and_left_alone()
    {
        await CloseAsync(await OpenAsync());
        Sql("PRAGMA user_version = 7001");
        var before = await File.ReadAllBytesAsync(Database, Stop);
        var refused = await RefusedAsync(FaultKind.Invalid);
        Assert.Contains("newer Fairway (its schema is 7001", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database, Stop));
        await Assert.ThrowsAsync<LedgerException>(() => VerifyAsync());
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        Sql("CREATE TABLE t (x)");
        Assert.Contains("not a ledger of Fairway", (await RefusedAsync(FaultKind.Invalid)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(Database, string.Join('\n', Enumerable.Repeat("dear diary", 1000)), Stop);
        var refused = await RefusedAsync(FaultKind.Invalid);
        Assert.Contains(Database, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Restore the data folder from a backup", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_whose_log_is_there_is_not_taken_for_a_new_ledger()
    {
        await File.WriteAllTextAsync(Database + "-wal", "something", Stop);
        Assert.Contains("is missing, but its write-ahead log", (await RefusedAsync(FaultKind.Invalid)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder_is_told()
    {
        var path = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(path, "x", Stop);
        var refused = await Assert.ThrowsAsync<LedgerException>(() => SqliteLedger.OpenAsync(new() { Folder = path }, Stop));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_made_ledger_of_an_interrupted_start_is_made_anew()
    {
        await File.WriteAllTextAsync(Database + ".new", "half", Stop);
        await using var ledger = await OpenAsync();
        Assert.Empty(await ledger.ReadAsync(0, 1, Stop));
        Assert.False(File.Exists(Database + ".new"));
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_is_refused()
    {
        await FillAsync(40);
        var whole = await File.ReadAllBytesAsync(Database, Stop);
        for (var length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 23))
        {
            await File.WriteAllBytesAsync(Database, whole[..length], Stop);
            await RefusedAsync(FaultKind.Invalid);
        }
        await File.WriteAllBytesAsync(Database, whole, Stop);
        await using var ledger = await OpenAsync();
        Assert.Equal(40, (await ledger.ReadAsync(0, 100, Stop)).Length);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_file_never_becomes_another_history()
    {
        var records = await FillAsync(12);
        var whole = await File.ReadAllBytesAsync(Database, Stop);
        var random = new Random(42);
        var told = 0;
        const int Flips = 250;
        for (var i = 0; i < Flips; i++)
        {
            // The beginning of each page holds its structure: flipped more often than its size alone would ask for.
            var at = i % 3 == 0 ? random.Next(whole.Length / 4096) * 4096 + random.Next(64) : random.Next(whole.Length);
            var changed = (byte[])whole.Clone();
            changed[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Database, changed, Stop);
            var refused = false;
            try
            {
                await using var ledger = await OpenAsync();
                Assert.Equal(records, await ledger.ReadAsync(0, 100, Stop));
                var report = await ledger.VerifyAsync(Stop);
                refused = !report.Problems.IsEmpty;
                if (!refused) Assert.Equal("4", await ledger.LoadAsync("counts", "s/0", Stop));
            }
            catch (LedgerException e)
            {
                Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
                refused = true;
            }
            if (refused) told++;
        }
        // Free space between rows may hold anything, so not every flip changes something.
        Assert.InRange(told, Flips / 10, Flips);
    }

    [Fact]
    public async Task A_read_only_file_system_is_told_and_can_still_be_verified()
    {
        using var disk = SmallDisk.Mount(_folder.Copy("disk"), "4m");
        await using (var ledger = await SqliteLedger.OpenAsync(new() { Folder = disk.Path }, Stop))
            await Given.RecordsAsync(ledger, 5, Stop);
        disk.Remount("ro");
        var refused = await Assert.ThrowsAsync<LedgerException>(() => SqliteLedger.OpenAsync(new() { Folder = disk.Path }, Stop));
        Assert.Equal(FaultKind.Forbidden, refused.Fault.Kind);
        Assert.Contains("Make the folder writable", refused.Message, StringComparison.Ordinal);
        var report = await LedgerMaintenance.VerifyAsync(disk.Path, [], Upcasts.None, null, Stop);
        Assert.Equal((5, true), (report.Records, report.Problems.IsEmpty));
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_harms_nothing_and_is_over_when_there_is_room()
    {
        using var disk = SmallDisk.Mount(_folder.Copy("disk"), "2m");
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[600_000], Stop);
        var big = Given.Event(0) with { Data = $"\"{new string('x', 30_000)}\"" };
        var stored = 0;
        await using (var ledger = await SqliteLedger.OpenAsync(new() { Folder = disk.Path, Projections = [new CountPerStream()] }, Stop))
        {
            var full = await Assert.ThrowsAsync<LedgerException>(async () =>
            {
                for (; stored < 1000; stored++) await ledger.AppendAsync("big", stored, [big], Stop);
            });
            Assert.Equal((FaultKind.Exhausted, true), (full.Fault.Kind, full.Fault.Retryable));
            Assert.Contains("is full", full.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<LedgerException>(() => ledger.AppendAsync("big", stored, [big, big, big, big], Stop));
            Assert.Equal(stored, (await ledger.ReadAsync(0, 1000, Stop)).Length);
            Assert.Empty((await ledger.VerifyAsync(Stop)).Problems);
            File.Delete(ballast);
            Assert.True((await ledger.AppendAsync("big", stored++, [big], Stop)).Done);
            Assert.Equal(stored.ToString(CultureInfo.InvariantCulture), await ledger.LoadAsync("counts", "big", Stop));
        }
        disk.Fill(ballast);
        try
        {
            await using var whileFull = await SqliteLedger.OpenAsync(new() { Folder = disk.Path }, Stop);
            Assert.Equal(stored, (await whileFull.ReadAsync(0, 1000, Stop)).Length);
        }
        catch (LedgerException e)
        {
            Assert.Equal(FaultKind.Exhausted, e.Fault.Kind);
        }
        File.Delete(ballast);
        await using var again = await SqliteLedger.OpenAsync(new() { Folder = disk.Path, Projections = [new CountPerStream()] }, Stop);
        Assert.Equal(stored, (await again.ReadAsync(0, 1000, Stop)).Length);
        Assert.Empty((await again.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task Verifying_what_is_not_there_is_told()
        => Assert.Equal(FaultKind.NotFound, (await Assert.ThrowsAsync<LedgerException>(() => VerifyAsync())).Fault.Kind);

    [Fact]
    public async Task A_running_ledger_can_be_verified_from_outside()
    {
        await using var ledger = await OpenAsync();
        await Given.RecordsAsync(ledger, 7, Stop);
        var report = await VerifyAsync();
        Assert.Equal((7, true), (report.Records, report.Problems.IsEmpty));
        Assert.Equal(report.LastHash, (await ledger.ReadAsync(6, 1, Stop))[0].Hash);
    }

    [Fact]
    public async Task Read_models_are_derived_anew_without_a_control_plane()
    {
        await FillAsync(9);
        Sql("UPDATE documents SET body = '77'");
        Assert.Contains("read model counts: document \"s/0\" differs", (await VerifyAsync()).Problems[0], StringComparison.Ordinal);
        Assert.Equal(9, await LedgerMaintenance.RebuildAsync(_folder.Path, [new CountPerStream()], Upcasts.None, Stop));
        Assert.Empty((await VerifyAsync()).Problems);
    }

    [Fact]
    public async Task A_large_ledger_is_opened_by_its_newest_records()
    {
        await FillAsync(2500, batch: 500);
        var options = new SqliteLedgerOptions { Folder = _folder.Path, WholeCheckBytes = 0 };
        await CloseAsync(await SqliteLedger.OpenAsync(options, Stop));
        Change("UPDATE events SET actor = 'mallory' WHERE seq = 2000");
        await Assert.ThrowsAsync<LedgerException>(() => SqliteLedger.OpenAsync(options, Stop));
        Change("UPDATE events SET actor = 'tester' WHERE seq = 2000; UPDATE events SET actor = 'mallory' WHERE seq = 20");
        await using var ledger = await SqliteLedger.OpenAsync(options, Stop);
        await Assert.ThrowsAsync<LedgerException>(() => ledger.ReadAsync(0, 100, Stop));
        Assert.Contains("record 20: actor differs: was \"tester\", now \"mallory\"", (await ledger.VerifyAsync(Stop)).Problems,
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task Another_programs_transaction_is_told_and_waited_out()
    {
        await using var ledger = await OpenAsync();
        using (var other = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            other.Open();
            using var hold = other.BeginTransaction();
            var held = await Assert.ThrowsAsync<LedgerException>(() => ledger.AppendAsync("a", 0, [Given.Event(1)], Stop));
            Assert.Equal((FaultKind.Conflict, true), (held.Fault.Kind, held.Fault.Retryable));
        }
        Assert.True((await ledger.AppendAsync("a", 0, [Given.Event(1)], Stop)).Done);
    }

    [Fact]
    public async Task One_of_many_that_wait_together_does_not_spoil_the_others()
    {
        await using var ledger = await OpenAsync();
        var good = Enumerable.Range(0, 60).Select(n => ledger.AppendAsync($"s/{n}", 0, [Given.Event(n)], Stop)).ToList();
        var conflicting = Enumerable.Range(0, 20).Select(n => ledger.AppendAsync($"s/{n}", 0, [Given.Event(n)], Stop)).ToList();
        var poisoned = Enumerable.Range(0, 20).Select(n =>
            ledger.AppendAsync($"p/{n}", 0, [Given.Event(n), Given.Event(n) with { Type = "poison.v1" }], Stop)).ToList();
        var late = Enumerable.Range(60, 20).Select(n => ledger.AppendAsync($"s/{n}", 0, [Given.Event(n)], Stop)).ToList();
        Assert.All(await Task.WhenAll(good.Concat(late)), result => Assert.True(result.Done));
        Assert.All(await Task.WhenAll(conflicting), result => Assert.Equal(1, result.Conflict));
        foreach (var task in poisoned) await Assert.ThrowsAsync<PoisonedException>(() => task);
        Assert.Equal(Enumerable.Range(1, 80).Select(seq => (long)seq),
            (await ledger.ReadAsync(0, 1000, Stop)).Select(record => record.Seq));
        Assert.Equal(80, (await ledger.ListAsync("counts", "", Stop)).Length);
        Assert.Empty((await ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task A_closed_ledger_has_kept_what_waited_and_says_that_it_is_closed()
    {
        var ledger = await OpenAsync();
        var waiting = Enumerable.Range(0, 50).Select(n => ledger.AppendAsync($"s/{n}", 0, [Given.Event(n)], Stop)).ToList();
        var tail = Task.Run(async () =>
        {
            await foreach (var _ in ledger.TailAsync(50, Stop)) Assert.Fail("nothing comes after");
        });
        await ledger.DisposeAsync();
        Assert.All(await Task.WhenAll(waiting), result => Assert.True(result.Done));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tail);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ledger.AppendAsync("a", 0, [Given.Event(1)], Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ledger.ReadAsync(0, 1, Stop));
        await using var again = await OpenAsync();
        Assert.Equal(50, (await again.ReadAsync(0, 100, Stop)).Length);
    }

    private Task<SqliteLedger> OpenAsync()
        => SqliteLedger.OpenAsync(new() { Folder = _folder.Path, Projections = [new CountPerStream()] }, Stop);

    private static async Task CloseAsync(SqliteLedger ledger) => await ledger.DisposeAsync();

    private async Task<LedgerException> RefusedAsync(FaultKind kind)
    {
        var refused = await Assert.ThrowsAsync<LedgerException>(OpenAsync);
        Assert.Equal(kind, refused.Fault.Kind);
        return refused;
    }

    private Task<LedgerReport> VerifyAsync()
        => LedgerMaintenance.VerifyAsync(_folder.Path, [new CountPerStream()], Upcasts.None, null, Stop);

    private async Task<ImmutableArray<LedgerEvent>> FillAsync(int records, int batch = 1)
    {
        await using var ledger = await OpenAsync();
        if (batch == 1) await Given.RecordsAsync(ledger, records, Stop);
        else
            for (var n = 0; n < records; n += batch)
                await ledger.AppendAsync("s/0", n, [.. Enumerable.Range(n, batch).Select(Given.Event)], Stop);
        return await ledger.ReadAsync(0, records, Stop);
    }

    private void Change(string sql)
        => Sql($"DROP TRIGGER events_are_not_changed; {sql}; CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT "
            + "RAISE (ABORT, 'no'); END");

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>A disk of its own, in memory. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(string path, string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux()
            && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path), "mounting a small disk is not permitted here");
        return new(path);
    }

    public void Remount(string option) => Assert.True(Run("mount", "-o", $"remount,{option}", Path));

    /// <summary>Writes a file until nothing more fits.</summary>
    public void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            while (true) stream.Write(new byte[4096]);
        }
        catch (IOException)
        {
            Assert.True(new DriveInfo(Path).AvailableFreeSpace < 4096);
        }
    }

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
