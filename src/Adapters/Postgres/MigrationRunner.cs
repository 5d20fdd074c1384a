using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Rollouts;
using NodaTime;
using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>
/// Runs files on one session. A file is one transaction with its own record. One with statements that PostgreSQL wants outside of a transaction goes statement by
/// statement: each that may be in one is, with the record of how far it got; the others are asked first whether an earlier try did them.
/// </summary>
internal sealed class MigrationRunner(PostgresSession session, LockWatch watch, ServiceKey service, RolloutEffect.Migrate effect, TimeProvider time)
{
    private const string KeepingOut = "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'";
    private readonly List<string> _notes = [];
    private readonly List<string> _ran = [];
    private string? _holder;

    public IReadOnlyList<string> Notes => _notes;

    public IReadOnlyList<string> Ran => _ran;

    /// <summary>Runs files in their order; the first that fails ends it.</summary>
    public async Task<(Fault? Fault, MigrationFailure? Failure)> RunAsync(IEnumerable<MigrationFile> files, CancellationToken cancellation)
    {
        foreach (var file in files)
        {
            var statement = file.Statements[0];
            try
            {
                // What a file sets for its session is not the next one's.
                await session.DoAsync("reset session authorization", cancellation);
                await session.DoAsync("reset all", cancellation);
                if (session.Connection.PostgreSqlVersion.Major >= 14) await session.DoAsync("set client_connection_check_interval = '1s'", cancellation);
                if (file.IsWhole) await WholeAsync(file, one => statement = one, cancellation);
                else if (await InPartsAsync(file, one => statement = one, cancellation) is { } changed) return (changed, new(file.Name, 1, null, changed.Message));
                _ran.Add(file.Name);
            }
            catch (Exception error) when (PostgresFaults.IsFault(error) && !cancellation.IsCancellationRequested)
            {
                return Failed(file, statement, error);
            }
        }
        return (null, null);
    }

    private (Fault, MigrationFailure?) Failed(MigrationFile file, SqlStatement statement, Exception error)
    {
        var refused = error as PostgresException;
        var line = statement.Line + (refused is { Position: > 0 } ? LinesBefore(statement.Text, refused.Position) : 0);
        var fault = PostgresFaults.OfStatement(error, $"{file.Name}:{line}", LockTimeout(file).TotalSeconds, StatementTimeout(file, statement).TotalSeconds, _holder);
        return (fault, new(file.Name, line, refused?.SqlState, refused?.MessageText ?? fault.Message));
    }

    private async Task WholeAsync(MigrationFile file, Action<SqlStatement> at, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellation);
        await session.DoAsync($"set local lock_timeout = '{PostgresSession.Text(LockTimeout(file))}'", cancellation);
        await session.DoAsync($"set local statement_timeout = '{PostgresSession.Text(StatementTimeout(file, null))}'", cancellation);
        await InsertAsync(file, file.Statements.Length, cancellation);
        var (locks, lockedSince) = (new SortedSet<string>(StringComparer.Ordinal), (long?)null);
        foreach (var statement in file.Statements)
        {
            at(statement);
            var before = time.GetTimestamp();
            await WatchedAsync(file, statement, cancellation);
            foreach (var held in await LocksAsync(file, cancellation))
                if (locks.Add(held)) lockedSince ??= before;
        }
        await session.DoAsync("reset session authorization", cancellation);
        await FinishAsync(file, began, string.Join(", ", locks), lockedSince is { } since ? (long)time.GetElapsedTime(since).TotalMilliseconds : 0, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private async Task<Fault?> InPartsAsync(MigrationFile file, Action<SqlStatement> at, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var (known, done) = await BegunAsync(file, cancellation);
        if (known is not null && known != file.Checksum)
            return new(FaultKind.Invalid, Blame.Release, false,
                $"{file.Name} was changed after {done} of its statements had run; put it back as it was, and write what is new into a new file");
        if (known is null) await InsertAsync(file, 0, cancellation);
        for (var i = done; i < file.Statements.Length; i++)
        {
            var statement = file.Statements[i];
            at(statement);
            if (!statement.NeedsNoTransaction)
            {
                await using var transaction = await session.Connection.BeginTransactionAsync(cancellation);
                await session.DoAsync($"set local lock_timeout = '{PostgresSession.Text(LockTimeout(file))}'", cancellation);
                await session.DoAsync($"set local statement_timeout = '{PostgresSession.Text(StatementTimeout(file, statement))}'", cancellation);
                await WatchedAsync(file, statement, cancellation);
                await ProgressAsync(file, i + 1, cancellation);
                await transaction.CommitAsync(cancellation);
                continue;
            }
            // It waits for others and lets nobody wait, so only its own time counts.
            await session.DoAsync("set lock_timeout = 0", cancellation);
            await session.DoAsync($"set statement_timeout = '{PostgresSession.Text(StatementTimeout(file, statement))}'", cancellation);
            if (!await WasDoneAsync(statement, resumed: known is not null && i == done, cancellation)) await AloneAsync(statement, cancellation);
            await ProgressAsync(file, i + 1, cancellation);
        }
        await FinishAsync(file, began, "", 0, cancellation);
        return null;
    }

    private async Task AloneAsync(SqlStatement statement, CancellationToken cancellation)
    {
        try
        {
            await session.DoAsync(statement.Text, cancellation);
        }
        catch (PostgresException) when (statement.ConcurrentIndex is { Creates: true })
        {
            // A failed build leaves an index that every write keeps up and no query uses.
            await WasDoneAsync(statement, resumed: false, cancellation);
            throw;
        }
    }

    // What a killed try left: a finished index is taken, a half-built one removed, a dropped one is gone already.
    private async Task<bool> WasDoneAsync(SqlStatement statement, bool resumed, CancellationToken cancellation)
    {
        if (statement.ConcurrentIndex is not { } index) return false;
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select n.nspname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where c.relname = $1 and "
            + (index.Creates ? "i.indrelid = to_regclass($2)" : "($2 = '' or n.nspname = $2) and ($2 <> '' or pg_table_is_visible(c.oid))");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = index.Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = index.Creates ? index.Table ?? "" : index.Schema ?? "" });
        (string Schema, bool IsValid)? found = null;
        await using (var rows = await command.ExecuteReaderAsync(cancellation))
            if (await rows.ReadAsync(cancellation)) found = (rows.GetString(0), rows.GetBoolean(1));
        if (!index.Creates) return resumed && found is null;
        if (found is not { } present) return false;
        if (present.IsValid)
        {
            if (resumed) _notes.Add($"the index {index.Name} was built by an earlier try that could not say so");
            return resumed;
        }
        await session.DoAsync($"drop index concurrently if exists {Quoted(present.Schema)}.{Quoted(index.Name)}", cancellation);
        _notes.Add($"the index {index.Name}, which an earlier try left half-built (invalid), was removed");
        return false;
    }

    private async Task WatchedAsync(MigrationFile file, SqlStatement statement, CancellationToken cancellation)
    {
        _holder = null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var look = watch.LookAsync(session.Connection.ProcessID, (LockTimeout(file) / 4).ToTimeSpan(), ended.Token);
        try
        {
            await session.DoAsync(statement.Text, cancellation);
        }
        finally
        {
            if (!look.IsCompleted) await ended.CancelAsync();
            _holder = await look;
        }
    }

    // Locks that keep others from writing, on what this file has not itself made.
    private async Task<IReadOnlyList<string>> LocksAsync(MigrationFile file, CancellationToken cancellation)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = $"select c.relname, l.mode from pg_locks l join pg_class c on c.oid = l.relation where l.pid = pg_backend_pid() and l.granted and l.mode in ({KeepingOut}) "
            + "and c.relkind in ('r', 'p', 'm') and c.relnamespace not in (select oid from pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))";
        var held = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            if (!file.Statements.Any(one => one.Makes(rows.GetString(0)))) held.Add($"{rows.GetString(0)}: {rows.GetString(1)}");
        return held;
    }

    private Task InsertAsync(MigrationFile file, int done, CancellationToken cancellation) => RecordAsync(
        $"insert into {session.Table} (service, name, phase, checksum, compatible, version, rollout, statements, done) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", cancellation,
        service.Service, file.Name, file.Phase == MigrationPhase.Contract ? "contract" : "expand", file.Checksum,
        MigrationPlan.CompatibilityOf(file, effect.Database.Compatible).ToString(), effect.Release.Version, effect.RolloutId, file.Statements.Length, done);

    private Task ProgressAsync(MigrationFile file, int done, CancellationToken cancellation)
        => RecordAsync($"update {session.Table} set done = $3 where service = $1 and name = $2", cancellation, service.Service, file.Name, done);

    private Task FinishAsync(MigrationFile file, long began, string locks, long locked, CancellationToken cancellation) => RecordAsync(
        $"update {session.Table} set finished_at = clock_timestamp(), milliseconds = $3, locks = $4, locked_milliseconds = $5 where service = $1 and name = $2", cancellation,
        service.Service, file.Name, (long)time.GetElapsedTime(began).TotalMilliseconds, locks, locked);

    private async Task<(string? Checksum, int Done)> BegunAsync(MigrationFile file, CancellationToken cancellation)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = $"select checksum, done from {session.Table} where service = $1 and name = $2";
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = service.Service });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = file.Name });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? (rows.GetString(0), rows.GetInt32(1)) : (null, 0);
    }

    private async Task RecordAsync(string statement, CancellationToken cancellation, params object[] values)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = statement;
        foreach (var value in values)
            command.Parameters.Add(value switch
            {
                string text => new NpgsqlParameter<string> { TypedValue = text },
                int number => new NpgsqlParameter<int> { TypedValue = number },
                long number => new NpgsqlParameter<long> { TypedValue = number },
                _ => throw new System.Diagnostics.UnreachableException(value.GetType().Name),
            });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private Duration LockTimeout(MigrationFile file) => file.LockTimeout ?? effect.Database.LockTimeout;

    // An index over a large table takes long and harms nobody: it has as long as everything together.
    private Duration StatementTimeout(MigrationFile file, SqlStatement? statement)
        => file.StatementTimeout ?? (statement?.NeedsNoTransaction == true ? effect.Database.Timeout : effect.Database.StatementTimeout);

    private static int LinesBefore(string text, int position) => text.AsSpan(0, Math.Min(position - 1, text.Length)).Count('\n');

    private static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
