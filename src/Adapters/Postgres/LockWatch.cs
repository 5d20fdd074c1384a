using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>Looks, from a connection of its own, who keeps ours waiting: after the wait it could not be told any more.</summary>
internal sealed class LockWatch(string connection, TimeProvider time)
{
    /// <summary>Looks once after a while, if the statement still runs.</summary>
    /// <param name="pid">Our server process.</param>
    /// <param name="after">When to look.</param>
    /// <param name="ended">The statement has ended.</param>
    /// <returns>Who it was, in words; null when nobody was seen.</returns>
    public async Task<string?> LookAsync(int pid, TimeSpan after, CancellationToken ended)
    {
        try
        {
            await Task.Delay(after, time, ended);
            await using var source = new NpgsqlSlimDataSourceBuilder(connection).EnableTransportSecurity().Build();
            await using var command = source.CreateCommand(
                """
                select a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, 'a session'), coalesce(a.state, ''), extract(epoch from clock_timestamp() - a.xact_start)::bigint
                from unnest(pg_blocking_pids($1)) blocking(pid) join pg_stat_activity a using (pid) order by a.xact_start limit 1
                """);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = pid });
            await using var rows = await command.ExecuteReaderAsync(ended);
            if (!await rows.ReadAsync(ended)) return null;
            var since = await rows.IsDBNullAsync(3, ended) ? "" : FormattableString.Invariant($", in a transaction for {rows.GetInt64(3)} s");
            return FormattableString.Invariant($"process {rows.GetInt32(0)} ({rows.GetString(1)}{(rows.GetString(2) is { Length: > 0 } state ? $", {state}" : "")}{since})");
        }
        catch (Exception unseen) when (unseen is OperationCanceledException || PostgresFaults.IsFault(unseen))
        {
            // It is only said in addition: who held the lock stays unknown.
            return null;
        }
    }
}
