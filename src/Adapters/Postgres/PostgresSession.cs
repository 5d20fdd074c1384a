using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using NodaTime;
using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>One connection that migrates: it holds the database's lock for migrators until it is closed, and knows the table with what has run.</summary>
internal sealed class PostgresSession : IAsyncDisposable
{
    // "fairway" in ASCII: one migrator at a time in a database, whatever services share it.
    private const string LockKey = "28817553144373625";
    private readonly NpgsqlDataSource _source;

    private PostgresSession(NpgsqlDataSource source, NpgsqlConnection connection, string settings, string reference)
        => (_source, Connection, Settings, Reference) = (source, connection, settings, reference);

    public NpgsqlConnection Connection { get; }

    /// <summary>The connection string: a secret.</summary>
    public string Settings { get; }

    /// <summary>Where its connection string was found.</summary>
    public string Reference { get; }

    /// <summary>The schema's name, quoted, where the table is.</summary>
    public string Table { get; private set; } = "";

    /// <summary>Connects.</summary>
    public static async Task<(PostgresSession? Session, Fault? Fault)> OpenAsync(NpgsqlConnectionStringBuilder settings, string reference, CancellationToken cancellation)
    {
        var source = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString).EnableTransportSecurity().Build();
        try
        {
            var session = new PostgresSession(source, await source.OpenConnectionAsync(cancellation), settings.ConnectionString, reference);
            // The server ends what nobody waits for: a control plane that was killed keeps no lock.
            if (session.Connection.PostgreSqlVersion.Major >= 14) await session.DoAsync("set client_connection_check_interval = '1s'", cancellation);
            if (await session.AskAsync("select quote_ident(current_schema())", cancellation) is not string schema)
            {
                await session.DisposeAsync();
                return (null, new(FaultKind.Invalid, Blame.Configuration, false, $"the user at {reference} has no schema to work in; create one, or set search_path for it"));
            }
            session.Table = schema + ".fairway_migrations";
            return (session, null);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            await source.DisposeAsync();
            return (null, PostgresFaults.OfConnecting(error, reference));
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>Becomes the only migrator, for as long as the connection lives; the fault says who it is else.</summary>
    public async Task<Fault?> LockAsync(TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (await AskAsync($"select pg_try_advisory_lock({LockKey})", cancellation) is not true)
        {
            if (time.GetElapsedTime(began) > TimeSpan.FromSeconds(3))
            {
                var holder = await AskAsync("select coalesce(max(format('process %s (%s)', a.pid, a.application_name)), 'another process') from pg_locks l join pg_stat_activity a using (pid) "
                    + $"where l.locktype = 'advisory' and l.granted and l.classid::bigint << 32 | l.objid::bigint = {LockKey} and l.database = (select oid from pg_database where datname = current_database())", cancellation);
                return new(FaultKind.Unavailable, Blame.Platform, true, $"another migrator is at work in the database at {Reference}: {holder}; one at a time");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
        }
        return null;
    }

    /// <summary>Makes the table that keeps what has run, where there is none.</summary>
    public Task PrepareAsync(CancellationToken cancellation) => DoAsync(
        $"""
        create table if not exists {Table} (
            seq bigint generated always as identity, service text not null, name text not null, phase text not null, checksum text not null, compatible text not null,
            version text not null, rollout text not null, statements int not null, done int not null, started_at timestamptz not null default clock_timestamp(),
            finished_at timestamptz, milliseconds bigint not null default 0, locks text not null default '', locked_milliseconds bigint not null default 0,
            primary key (service, name))
        """, cancellation);

    /// <summary>What has run of a service, in order; none where there is no table.</summary>
    public async Task<ImmutableArray<AppliedMigration>> ListAsync(ServiceKey service, CancellationToken cancellation)
    {
        if (await AskAsync($"select to_regclass('{Table.Replace("'", "''", StringComparison.Ordinal)}') is not null", cancellation) is not true) return [];
        await using var command = Connection.CreateCommand();
        command.CommandText = "select seq, name, phase, checksum, compatible, version, rollout, finished_at, milliseconds, locks, locked_milliseconds "
            + $"from {Table} where service = $1 and finished_at is not null order by seq limit 100000";
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = service.Service });
        var found = ImmutableArray.CreateBuilder<AppliedMigration>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            found.Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetString(2) == "contract" ? MigrationPhase.Contract : MigrationPhase.Expand, rows.GetString(3),
                Compatibility.Parse(rows.GetString(4)) ?? Compatibility.None, rows.GetString(5), rows.GetString(6),
                InWholeMilliseconds(rows.GetDateTime(7)), rows.GetInt64(8))
            {
                Locks = rows.GetString(9) is { Length: > 0 } locks ? [.. locks.Split(", ")] : [], LockedMilliseconds = rows.GetInt64(10),
            });
        return found.ToImmutable();
    }

    /// <summary>Which database of which server this is: the same words mean the same place.</summary>
    public async Task<string> IdentityAsync(CancellationToken cancellation)
        => (string)(await AskAsync("select current_database() || ' ' || pg_postmaster_start_time()::text || ' ' || (select oid::text from pg_database where datname = current_database())", cancellation))!;

    /// <summary>Runs one statement without an answer.</summary>
    public async Task DoAsync(string statement, CancellationToken cancellation)
    {
        // A batch's statement is sent as it is: the driver looks for no semicolons or parameters in it.
        await using var batch = Connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>One value; null for none.</summary>
    public async Task<object?> AskAsync(string question, CancellationToken cancellation)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = question;
        return await command.ExecuteScalarAsync(cancellation) is { } value and not DBNull ? value : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    internal static string Text(Duration time) => ((long)Math.Max(1, time.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture) + "ms";

    // The ledger keeps what is read back the same.
    private static Instant InWholeMilliseconds(DateTime at) => Instant.FromUnixTimeMilliseconds(new DateTimeOffset(at.ToUniversalTime()).ToUnixTimeMilliseconds());
}
