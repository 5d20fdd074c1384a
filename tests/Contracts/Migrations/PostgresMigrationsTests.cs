using System.Globalization;
using Fairway.Adapters.Postgres;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;
using static Fairway.Tests.Contracts.Migrations.PostgresServer;

namespace Fairway.Tests.Contracts.Migrations;

/// <summary>The contract, and what only a real database shows: locks, cut connections, half-built indexes.</summary>
public sealed class PostgresMigrationsTests(PostgresServer server) : MigrationsContract, IClassFixture<PostgresServer>, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-migrations-").FullName;
    private readonly Dictionary<string, string> _secrets = [];
    private string _address = "";
    private int _releases;

    protected override DatabaseSpec Spec { get; } = new()
    {
        Connection = "env:DATABASE_URL", Migrations = "db", LockTimeout = Duration.FromMilliseconds(400), StatementTimeout = Duration.FromSeconds(20), Timeout = Duration.FromMinutes(1),
    };

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected override async Task<IMigrations> OpenAsync()
    {
        _secrets["env:DATABASE_URL"] = _address = await server.DatabaseAsync();
        return Migrations();
    }

    protected override Release Given(string version, params (string Name, string Sql)[] files)
    {
        var artifact = (++_releases).ToString(CultureInfo.InvariantCulture);
        Directory.CreateDirectory(Path.Combine(_folder, artifact, "db"));
        foreach (var (name, sql) in files) File.WriteAllText(Path.Combine(_folder, artifact, "db", name), sql);
        return Release(version, artifact);
    }

    [Fact]
    public async Task An_error_names_file_line_and_code_and_nothing_of_the_file_is_kept()
    {
        var migrations = await OpenAsync();
        var failed = await migrations.RunAsync(Shop, Effect(Given("1.0", ("0001_a.sql", "create table a (id int);\n\n\ninsert into a\n  select nothing_here;\n"))), default);
        Assert.Equal(("0001_a.sql", 5, "42703"), (failed.Migrations!.Failure!.File, failed.Migrations.Failure.Line, failed.Migrations.Failure.SqlState));
        Assert.Contains("0001_a.sql:5: column \"nothing_here\" does not exist (42703)", failed.Fault!.Message, StringComparison.Ordinal);
        Assert.True(await AskAsync<bool>(_address, "select to_regclass('a') is null and not exists (select from fairway_migrations)"));
    }

    [Fact]
    public async Task A_lock_that_another_holds_is_given_up_in_time_names_the_holder_and_lets_the_queue_go_on()
    {
        var migrations = await OpenAsync();
        await DoAsync(_address, "create table a (id int)");
        await using var holder = await PostgresServer.OpenAsync(_address);
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var read = holder.CreateCommand())
        {
            read.CommandText = "set application_name = 'nightly report'; select * from a";
            await read.ExecuteNonQueryAsync();
        }
        var release = Given("1.0", ("0001_b.sql", "alter table a add column b int"));
        var waited = migrations.RunAsync(Shop, Effect(release, spec: spec => spec with { LockTimeout = Duration.FromSeconds(3) }), default);
        // Whoever comes while it waits, waits behind it, and goes on when it gives up.
        var reads = Task.Run(async () =>
        {
            while (!waited.IsCompleted) await AskAsync<long>(_address, "select count(*) from a");
        });
        var failed = await waited;
        await reads;
        Assert.Equal((FaultKind.Conflict, true, Blame.Platform), (failed.Fault!.Kind, failed.Fault.Retryable, failed.Fault.Who));
        Assert.Matches("0001_b.sql:1: a lock was not had within 3 s, held by process [0-9]+ \\(nightly report, idle in transaction, in a transaction for [0-9]+ s\\)", failed.Fault.Message);
        await transaction.RollbackAsync();
        Assert.Equal(["0001_b.sql"], (await migrations.RunAsync(Shop, Effect(release), default)).Migrations!.Ran);
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_statement_keeps_nothing_and_the_next_try_does_it_once()
    {
        var migrations = await OpenAsync();
        await DoAsync(_address, "create table a (id int)");
        var release = Given("1.0", ("0001_fill.sql", "insert into a values (1);\nselect pg_sleep(case when exists (select from cut) then 0 else 30 end)"));
        await DoAsync(_address, "create table cut (id int)");
        var running = migrations.RunAsync(Shop, Effect(release), default);
        var pid = 0;
        await UntilAsync(async () => (pid = await AskAsync<int>(_address, "select coalesce(max(pid), 0) from pg_stat_activity where application_name = 'fairway production/shop' and query like '%pg_sleep%'")) > 0);
        await DoAsync(_address, $"insert into cut values (1); select pg_terminate_backend({pid.ToString(CultureInfo.InvariantCulture)})");
        var cut = await running;
        Assert.Equal((FaultKind.Unavailable, true), (cut.Fault!.Kind, cut.Fault.Retryable));
        Assert.Equal(0, await AskAsync<long>(_address, "select count(*) from a"));
        Assert.Null((await migrations.RunAsync(Shop, Effect(release), default)).Fault);
        Assert.Equal(1, await AskAsync<long>(_address, "select count(*) from a"));
    }

    [Fact]
    public async Task One_who_is_given_up_leaves_nothing_running_and_no_lock()
    {
        var migrations = await OpenAsync();
        using var stop = new CancellationTokenSource();
        var running = migrations.RunAsync(Shop, Effect(Given("1.0", ("0001_a.sql", "create table a (id int);\nselect pg_sleep(60)"))), stop.Token);
        await UntilAsync(async () => await AskAsync<bool>(_address, "select exists (select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%')"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["0001_b.sql"], (await migrations.RunAsync(Shop, Effect(Given("1.1", ("0001_b.sql", "create table b (id int)"))), default)).Migrations!.Ran);
        Assert.True(await AskAsync<bool>(_address, "select to_regclass('a') is null"));
    }

    [Fact]
    public async Task A_half_built_index_is_removed_and_built_anew()
    {
        var migrations = await OpenAsync();
        await DoAsync(_address, "create table a (id int); insert into a values (1), (1)");
        var release = Given("1.0", ("0001_index.sql", "create unique index concurrently if not exists a_id on a (id)"));
        var failed = await migrations.RunAsync(Shop, Effect(release), default);
        Assert.Equal("23505", failed.Migrations!.Failure!.SqlState);
        Assert.Contains("the index a_id, which an earlier try left half-built (invalid), was removed", failed.Migrations.Notes);
        Assert.True(await AskAsync<bool>(_address, "select to_regclass('a_id') is null"));

        // As a killed try leaves it: invalid, and the record says that it was begun.
        await DoAsync(_address, "delete from a where ctid = (select max(ctid) from a)");
        await DoAsync(_address, "create unique index a_id on a (id)");
        await DoAsync(_address, "update pg_index set indisvalid = false where indexrelid = 'a_id'::regclass");
        var built = await migrations.RunAsync(Shop, Effect(release), default);
        Assert.Null(built.Fault);
        Assert.True(await AskAsync<bool>(_address, "select indisvalid from pg_index where indexrelid = 'a_id'::regclass"));
    }

    [Fact]
    public async Task An_index_that_was_built_when_the_word_of_it_was_lost_is_taken_as_built()
    {
        var migrations = await OpenAsync();
        await DoAsync(_address, "create table a (id int)");
        var sql = "create table log (n int);\ncreate index concurrently a_id on a (id);\ninsert into log values (1)";
        var release = Given("1.0", ("0001_index.sql", sql));
        Assert.Null((await migrations.RunAsync(Shop, Effect(release), default)).Fault);
        await DoAsync(_address, "update fairway_migrations set done = 1, finished_at = null; delete from log");
        var resumed = await migrations.RunAsync(Shop, Effect(release), default);
        Assert.Null(resumed.Fault);
        Assert.Contains("the index a_id was built by an earlier try that could not say so", resumed.Migrations!.Notes);
        Assert.Equal(1, await AskAsync<long>(_address, "select count(*) from log"));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_ends_and_says_how_to_mend_it()
    {
        var migrations = await OpenAsync();
        var failed = await migrations.RunAsync(Shop, Effect(Given("1.0", ("0001_a.sql", "-- fairway: statementTimeout 200ms\nselect pg_sleep(30)"))), default);
        Assert.Equal((FaultKind.Timeout, false), (failed.Fault!.Kind, failed.Fault.Retryable));
        Assert.Contains("0001_a.sql:2: the statement took longer than 0.2 s", failed.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_file_sets_for_its_session_is_not_the_next_ones()
    {
        var migrations = await OpenAsync();
        var ended = await migrations.RunAsync(Shop, Effect(Given("1.0", ("0001_a.sql", "create schema hidden; set search_path = hidden; create table a (id int)"), ("0002_b.sql", "create table b (id int)"))), default);
        Assert.Null(ended.Fault);
        Assert.True(await AskAsync<bool>(_address, "select to_regclass('hidden.a') is not null and to_regclass('public.b') is not null"));
    }

    [Fact]
    public async Task A_copy_is_tried_with_time_and_locks_and_the_database_is_left_alone()
    {
        var migrations = await OpenAsync();
        _secrets["env:COPY"] = await server.DatabaseAsync();
        await DoAsync(_address, "create table a (id int)");
        await DoAsync(_secrets["env:COPY"], "create table a (id int)");
        var release = Given("1.0", ("0001_b.sql", "alter table a add column b int;\nselect pg_sleep(0.3)"), ("0001_b.contract.sql", "alter table a drop column b"));
        var tried = await migrations.RunAsync(Shop, Effect(release, MigrationStage.Shadow, spec: spec => spec with { Shadow = new() { Connection = "env:COPY" } }), default);
        Assert.Null(tried.Fault);
        var row = tried.Migrations!.Applied[0];
        Assert.Equal(("0001_b.sql", "a: AccessExclusiveLock", 2), (row.Name, row.Locks.Single(), tried.Migrations.Applied.Length));
        Assert.True(row.LockedMilliseconds >= 300, $"locked for {row.LockedMilliseconds} ms");
        Assert.True(await AskAsync<bool>(_address, "select to_regclass('fairway_migrations') is null"));

        var slow = await migrations.RunAsync(Shop, Effect(release, MigrationStage.Shadow, spec: spec => spec with
        {
            Shadow = new() { Connection = "env:COPY", LongestLock = Duration.FromMilliseconds(100) },
        }), default);
        Assert.Contains("0001_b.sql kept others out for", slow.Fault!.Message, StringComparison.Ordinal);
        var same = await migrations.RunAsync(Shop, Effect(release, MigrationStage.Shadow, spec: spec => spec with { Shadow = new() { Connection = "env:DATABASE_URL" } }), default);
        Assert.Contains("are the same database", same.Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_connection_is_said_and_the_secret_is_not()
    {
        var migrations = await OpenAsync();
        var release = Given("1.0", First);
        var wrong = new Dictionary<string, FaultKind>
        {
            [_address.Replace(Password, "wr0ng-never-shown", StringComparison.Ordinal)] = FaultKind.Forbidden, [_address + "x"] = FaultKind.NotFound,
            ["postgres://postgres:never-shown@127.0.0.1:1/x"] = FaultKind.Unavailable, ["Host=;Password=never-shown"] = FaultKind.Invalid, ["never-shown"] = FaultKind.Invalid,
            ["postgres://u:never-shown@h/x?colour=never-shown"] = FaultKind.Invalid,
        };
        foreach (var (value, kind) in wrong)
        {
            _secrets["env:DATABASE_URL"] = value;
            var fault = (await migrations.RunAsync(Shop, Effect(release), default)).Fault!;
            Assert.Equal(kind, fault.Kind);
            Assert.DoesNotContain("never-shown", fault.Message, StringComparison.Ordinal);
            Assert.Contains("env:DATABASE_URL", fault.Message, StringComparison.Ordinal);
        }
        _secrets.Clear();
        Assert.Equal(FaultKind.NotFound, (await migrations.RunAsync(Shop, Effect(release), default)).Fault!.Kind);
    }

    [Fact]
    public async Task A_folder_that_is_no_folder_of_migrations_is_refused()
    {
        var migrations = await OpenAsync();
        var release = Given("1.0", First);
        Assert.Contains("no folder", (await migrations.ReadAsync(release, Spec with { Migrations = "elsewhere" }, default)).Fault!.Message, StringComparison.Ordinal);
        Assert.Contains("leads out", (await migrations.ReadAsync(release, Spec with { Migrations = "../.." }, default)).Fault!.Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(_folder, release.Artifact, "db", "0002_link.sql"), "/etc/passwd");
        Assert.Contains("is a link", (await migrations.ReadAsync(release, Spec, default)).Fault!.Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(_folder, release.Artifact, "linked"), "/etc");
        Assert.NotNull((await migrations.ReadAsync(release, Spec with { Migrations = "linked" }, default)).Fault);
    }

    private PostgresMigrations Migrations() => new(
        artifact => Path.Combine(_folder, artifact), reference => _secrets.TryGetValue(reference, out var value) ? (value, "") : (null, $"there is no {reference}"), TimeProvider.System);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new TimeoutException("not within a minute");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
