using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>
/// Read-only connections, each used by one reader at a time. A reader sees what was committed when it began, and never waits for the
/// writer.
/// </summary>
internal sealed class LedgerReaders(string database, int most) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most);
    private readonly Stack<SqliteSession> _idle = [];
    private bool _disposed;

    /// <summary>Reads on a thread of the pool: SQLite's reads are synchronous.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Read(read), cancellation);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Closes the connections that are idle; one in use closes when it is given back.</summary>
    public void Dispose()
    {
        lock (_idle)
        {
            _disposed = true;
            while (_idle.TryPop(out var session)) session.Dispose();
        }
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        SqliteSession? session = null;
        var sound = false;
        try
        {
            session = Take();
            var result = read(session);
            sound = true;
            return result;
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.From(e, database);
        }
        finally
        {
            if (session is not null) GiveBack(session, sound);
        }
    }

    private SqliteSession Take()
    {
        lock (_idle)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteLedger));
            if (_idle.TryPop(out var session)) return session;
        }
        return SqliteSession.OpenReader(database);
    }

    private void GiveBack(SqliteSession session, bool sound)
    {
        lock (_idle)
        {
            // After an error, or an end amid rows, a connection is not trusted to be clean.
            if (sound && !_disposed)
            {
                _idle.Push(session);
                return;
            }
        }
        session.Dispose();
    }
}
