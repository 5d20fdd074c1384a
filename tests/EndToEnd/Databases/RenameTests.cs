using System.Globalization;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;
using Fairway.Tests.Contracts.Migrations;

namespace Fairway.Databases;

/// <summary>
/// A column renamed under load, with a real PostgreSQL, the real program, its edge and a real service: release 1.0 knows <c>name</c>, 1.1 and later know
/// <c>full_name</c>. Each request goes through the edge, and then reads and writes the database in the shape of the release that answered.
/// </summary>
public sealed class RenameTests(PostgresServer server) : IClassFixture<PostgresServer>, IAsyncDisposable
{
    private const string Canary = "steps: [{ weight: 50%, pause: 1s }, { weight: 100%, pause: 0s }], guard: 500ms, keepWarm: 2s, judge: off";
    private const string Waiting = "steps: [{ weight: 50%, pause: approval }, { weight: 100%, pause: 0s }], guard: 500ms, keepWarm: 2s, judge: off";

    private static readonly (string Path, string Text) Start = ("db/0001_customers.sql", "create table customers (id bigint generated always as identity primary key, name text not null);\ninsert into customers (name) select 'customer ' || n from generate_series(1, 500) n;\n");

    private static readonly (string Path, string Text)[] Rename =
    [
        ("db/0002_full_name.expand.sql",
            """
            -- The new name beside the old one; a trigger keeps both alike, whoever writes which.
            alter table customers add column full_name text;
            alter table customers alter column name drop not null;
            create function customers_names() returns trigger language plpgsql as $$
            begin
                if tg_op = 'INSERT' then
                    new.full_name := coalesce(new.full_name, new.name);
                    new.name := coalesce(new.name, new.full_name);
                elsif new.name is distinct from old.name then new.full_name := new.name;
                elsif new.full_name is distinct from old.full_name then new.name := new.full_name;
                end if;
                return new;
            end $$;
            create trigger customers_names before insert or update on customers for each row execute function customers_names();
            """),
        ("db/0003_fill.expand.sql", "update customers set full_name = name where full_name is null and id <= 250;\nupdate customers set full_name = name where full_name is null;\n"),
        ("db/0004_index.expand.sql", "create index concurrently if not exists customers_full_name on customers (full_name);\n"),
        ("db/0005_name.contract.sql", "drop trigger customers_names on customers;\ndrop function customers_names();\nalter table customers drop column name;\n"),
    ];

    private readonly string _secrets = Directory.CreateTempSubdirectory("fairway-secret-").FullName;
    private readonly List<ShopFolder> _shops = [];
    private string _address = "";

    public ValueTask DisposeAsync()
    {
        foreach (var shop in _shops) shop.Dispose();
        Directory.Delete(_secrets, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_column_is_renamed_under_load_without_a_failed_query_and_then_the_old_release_is_no_way_back()
    {
        var shop = await ShopAsync(Canary);
        using var plane = await shop.StartAsync();
        await ReleaseAsync(shop, "1.0.0", Start);
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await using var load = new ShapedLoad(shop, _address);

        await ReleaseAsync(shop, "1.1.0", [Start, .. Rename]);
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        await UntilAsync(shop, status => status.Contract is null && status.Migrations.All(one => one.State == "applied"), "the contract has run");
        await load.EndAsync();
        Assert.Contains("0005_name.contract.sql", (await shop.RunAsync("migration", "status", "shop")).Output, StringComparison.Ordinal);

        Assert.Empty(load.Failures);
        Assert.True(load.Of("1.0.0") > 20 && load.Of("1.1.0") > 20, $"{load.Of("1.0.0")} requests by 1.0.0, {load.Of("1.1.0")} by 1.1.0");
        Assert.Equal(0, await PostgresServer.AskAsync<long>(_address, "select count(*) from information_schema.columns where table_name = 'customers' and column_name = 'name'"));
        Assert.Equal(0, await PostgresServer.AskAsync<long>(_address, "select count(*) from customers where full_name is null"));
        var (code, output) = await shop.RunAsync("rollback", "shop");
        Assert.NotEqual(ExitCodes.Done, code);
        Assert.Contains("1.0.0 does not work with the database any more: 0005_name.contract.sql took away what it needs", output, StringComparison.Ordinal);
        Assert.Equal("1.1.0", await shop.VersionAsync());

        // The ledger knows what has run, with its checksum, and holds no secret.
        var ledger = string.Concat(Directory.EnumerateFiles(shop.Data.Path, "ledger*").Select(file => System.Text.Encoding.Latin1.GetString(ReadShared(file))));
        Assert.Contains("0005_name.contract.sql", ledger, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, ledger + plane.Text(), StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_rollback_in_the_middle_needs_no_way_back_in_the_database_and_fails_no_query()
    {
        var shop = await ShopAsync(Waiting);
        using var plane = await shop.StartAsync();
        await ReleaseAsync(shop, "1.0.0", Start);
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await using var load = new ShapedLoad(shop, _address);
        await ReleaseAsync(shop, "1.1.0", [Start, .. Rename]);
        await shop.UntilAsync(now => now.Rollout is { Weight: 50, Summary.Number: 2 }, "50 % are confirmed");
        await Until.TrueAsync(() => Task.FromResult(load.Of("1.1.0") > 20), "the new release is used");
        await shop.Client.CommandAsync("production", "shop", new("rollback"), default);
        await shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        var before = load.Of("1.0.0");
        await Until.TrueAsync(() => Task.FromResult(load.Of("1.0.0") > before + 20), "the old release is used");
        await load.EndAsync();

        Assert.Empty(load.Failures);
        var status = await shop.Client.GetMigrationsAsync("production", "shop", null, default);
        Assert.Null(status.Contract);
        Assert.Equal(["0002_full_name.expand.sql", "0003_fill.expand.sql", "0004_index.expand.sql"], status.Migrations.Where(one => one.State == "foreign").Select(one => one.Name));
        Assert.Equal(0, await PostgresServer.AskAsync<long>(_address, "select count(*) from customers where name is distinct from full_name"));
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_lock_held_by_another_is_tried_for_again_and_blocks_nobody_behind_it()
    {
        var shop = await ShopAsync(Canary);
        using var plane = await shop.StartAsync();
        await ReleaseAsync(shop, "1.0.0", Start);
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await using var load = new ShapedLoad(shop, _address);
        await using (var holder = await PostgresServer.OpenAsync(_address))
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using var read = holder.CreateCommand();
            read.CommandText = "select count(*) from customers";
            await read.ExecuteScalarAsync();
            await ReleaseAsync(shop, "1.1.0", [Start, .. Rename]);
            var waits = await shop.UntilAsync(now => now.Rollout?.Summary is { Number: 2, Why.Code: "migration-tried-again" }, "the lock is tried for again");
            Assert.Contains("0002_full_name.expand.sql:2: a lock was not had within 0.3 s", waits.Rollout!.Summary.Why.Sentence, StringComparison.Ordinal);
            Assert.DoesNotContain(waits.Instances, instance => instance.Version == "1.1.0");
            var before = load.Of("1.0.0");
            await Until.TrueAsync(() => Task.FromResult(load.Of("1.0.0") > before + 20), "others go on");
            await transaction.RollbackAsync();
        }
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        await load.EndAsync();
        Assert.Empty(load.Failures);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_control_plane_killed_in_the_middle_of_a_migration_goes_on_and_runs_nothing_twice()
    {
        var shop = await ShopAsync(Canary);
        (string Path, string Text)[] slow = [Start, ("db/0002_count.sql", "create table counted (n int)"), ("db/0003_slow.sql", "insert into counted values (1);\nselect pg_sleep(case when exists (select from go) then 0 else 60 end);\n")];
        using (var plane = await shop.StartAsync())
        {
            await ReleaseAsync(shop, "1.0.0", Start);
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            await PostgresServer.DoAsync(_address, "create table go (n int)");
            await ReleaseAsync(shop, "1.1.0", slow);
            await Until.TrueAsync(() => PostgresServer.AskAsync<bool>(_address, "select exists (select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%')"), "the migration runs");
            await PostgresServer.DoAsync(_address, "insert into go values (1)");
            plane.Signal(9);
            await plane.EndAsync();
        }
        using var second = await shop.StartAsync();
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        Assert.Equal(1, await PostgresServer.AskAsync<long>(_address, "select count(*) from counted"));
        Assert.Equal(3, await PostgresServer.AskAsync<long>(_address, "select count(*) from fairway_migrations where finished_at is not null"));
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_rollout_that_is_aborted_gives_up_what_it_was_doing_to_the_database()
    {
        var shop = await ShopAsync(Canary);
        using var plane = await shop.StartAsync();
        await ReleaseAsync(shop, "1.0.0", Start);
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await ReleaseAsync(shop, "1.1.0", Start, ("db/0002_slow.sql", "create table half (n int);\nselect pg_sleep(600);\n"));
        const string Sleeps = "exists (select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%' and datname = current_database())";
        await Until.TrueAsync(() => PostgresServer.AskAsync<bool>(_address, "select " + Sleeps), "the migration runs");
        await shop.Client.CommandAsync("production", "shop", new("abort"), default);
        await shop.UntilEndAsync(2, RolloutPhases.Aborted);
        await Until.TrueAsync(() => PostgresServer.AskAsync<bool>(_address, $"select not {Sleeps} and to_regclass('half') is null"), "nothing runs and nothing is kept");
        await ReleaseAsync(shop, "1.2.0", Start, ("db/0002_quick.sql", "create table quick (n int)"));
        await shop.UntilEndAsync(3, RolloutPhases.Completed);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_failing_migration_takes_the_release_back_before_it_starts_and_check_and_gate_say_so_before()
    {
        var shop = await ShopAsync(Canary, "environments:\n  production:\n    gates: { checklist: { migrations: required } }\n");
        using var plane = await shop.StartAsync();
        await ReleaseAsync(shop, "1.0.0", Start);
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        var refused = await Assert.ThrowsAsync<FairwayException>(() => ReleaseAsync(shop, "1.1.0", Start, ("db/0002_drop.sql", "alter table customers\n  drop column name")));
        Assert.Equal(ExitCodes.Refused, refused.ExitCode);
        Assert.Contains("0002_drop.sql:1", refused.Message, StringComparison.Ordinal);

        await ReleaseAsync(shop, "1.2.0", Start, ("db/0002_bad.sql", "select 1;\nselect no_such_column from customers"));
        var end = await shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        Assert.Contains("0002_bad.sql:2: column \"no_such_column\" does not exist (42703)", end.Rollout!.Summary.Why.Sentence, StringComparison.Ordinal);
        var folder = Directory.CreateDirectory(Path.Combine(shop.Folder, "db")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "0002_drop.sql"), "alter table customers\n  drop column name");
        var (code, output) = await ControlPlaneProcess.RunAsync("migration", "check", folder);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("drop-column", output, StringComparison.Ordinal);
        Assert.Contains("expand: nothing is pending", (await shop.RunAsync("migration", "explain", "shop")).Output, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    private async Task<ShopFolder> ShopAsync(string rollout, string top = "")
    {
        _address = await server.DatabaseAsync();
        var secret = Path.Combine(_secrets, "url");
        await File.WriteAllTextAsync(secret, _address + "\n");
        var shop = new ShopFolder(rollout + " }\n    database: { connection: \"file:" + secret + "\", migrations: db, lockTimeout: 300ms, retryPause: 700ms, lockRetries: 100", top);
        _shops.Add(shop);
        return shop;
    }

    private static async Task ReleaseAsync(ShopFolder shop, string version, params (string Path, string Text)[] files)
    {
        var release = await shop.Client.CreateReleaseAsync("shop", version, null, ShopArtifact.Tar(version, "", files), default);
        await shop.Client.DeployAsync(new("shop", null, release.Digest), default);
    }

    private static async Task UntilAsync(ShopFolder shop, Func<MigrationStatusInfo, bool> holds, string what)
    {
        MigrationStatusInfo? last = null;
        await Until.TrueAsync(async () => holds(last = await shop.Client.GetMigrationsAsync("production", "shop", null, default)), () => string.Create(CultureInfo.InvariantCulture, $"{what}; {last}"));
    }

    private static byte[] ReadShared(string file)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[open.Length];
        open.ReadExactly(bytes);
        return bytes;
    }
}
