using Fairway.Kernel;
using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>What the server or the driver says, as faults. Rows' values, which details may hold, and connection strings are never among the words.</summary>
internal static class PostgresFaults
{
    /// <summary>Why there is no connection.</summary>
    public static Fault OfConnecting(Exception error, string reference) => error switch
    {
        PostgresException { SqlState: [.. "28", _, _, _] } refused => new(FaultKind.Forbidden, Blame.Configuration, false, $"the database at {reference} refused us: {refused.MessageText}; mend the user or password there"),
        PostgresException { SqlState: "3D000" } missing => new(FaultKind.NotFound, Blame.Configuration, false, $"the server at {reference} says: {missing.MessageText}; create it, or mend the name there"),
        PostgresException other => new(FaultKind.Unavailable, Blame.Platform, true, $"the database at {reference} says: {other.MessageText} ({other.SqlState})"),
        _ => new(FaultKind.Unavailable, Blame.Platform, true, $"the database at {reference} cannot be reached: {Cause(error)}"),
    };

    /// <summary>Why a statement failed.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="place">File and line.</param>
    /// <param name="waited">Longest wait for a lock, in seconds.</param>
    /// <param name="ran">Longest run of a statement, in seconds.</param>
    /// <param name="holder">Who held the lock; null when that was not seen.</param>
    public static Fault OfStatement(Exception error, string place, double waited, double ran, string? holder) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => new(FaultKind.Conflict, Blame.Platform, true,
            FormattableString.Invariant($"{place}: a lock was not had within {waited:0.###} s{(holder is null ? "" : $", held by {holder}")}; nothing of the file was kept")),
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } clash => new(FaultKind.Conflict, Blame.Platform, true, $"{place}: {clash.MessageText}"),
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => new(FaultKind.Timeout, Blame.Release, false,
            FormattableString.Invariant($"{place}: the statement took longer than {ran:0.###} s; make it faster, work in batches, or give it more time with `-- fairway: statementTimeout`")),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory } full => new(FaultKind.Exhausted, Blame.Platform, true, $"{place}: {full.MessageText} ({full.SqlState})"),
        PostgresException { SqlState: [.. "57P", _, _] or [.. "08", _, _, _] or [.. "53", _, _, _] } away => new(FaultKind.Unavailable, Blame.Platform, true, $"{place}: {away.MessageText} ({away.SqlState})"),
        PostgresException refused => new(FaultKind.Failed, Blame.Release, false, $"{place}: {refused.MessageText} ({refused.SqlState}){(refused.Hint is { Length: > 0 } hint ? $"; {hint}" : "")}"),
        _ => new(FaultKind.Unavailable, Blame.Platform, true, $"{place}: the connection was lost: {Cause(error)}"),
    };

    /// <summary>Whether it is an operating fault of the database, and no error of ours.</summary>
    public static bool IsFault(Exception error) => error is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException;

    private static string Cause(Exception error) => (error.InnerException ?? error) is System.Net.Sockets.SocketException or IOException or TimeoutException
        ? (error.InnerException ?? error).Message : error is NpgsqlException ? error.Message : error.GetType().Name;
}
