using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Fairway.Adapters.Sqlite;

/// <summary>A connection with its statements kept prepared. For one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    /// <summary>
    /// How long another program's transaction is waited for, in seconds. Nobody in Fairway makes us wait: there is one writer.
    /// </summary>
    private const int BusySeconds = 5;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    static SqliteSession() => Batteries_V2.Init();

    private SqliteSession(string dataSource, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = dataSource, Mode = mode, Cache = SqliteCacheMode.Private, Pooling = false, ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        };
        _connection = new(settings.ConnectionString);
        try
        {
            _connection.Open();
            // Damage in a page is told when the page is read, not when its content has led somewhere.
            Execute("PRAGMA cell_size_check = ON");
            Execute("PRAGMA trusted_schema = OFF");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Opens for writing; durable once a commit returns.</summary>
    public static SqliteSession OpenWriter(string database, bool create = false)
    {
        var session = new SqliteSession(database, create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        try
        {
            session.Execute("PRAGMA synchronous = FULL");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Opens for reading.</summary>
    public static SqliteSession OpenReader(string database) => new(database, SqliteOpenMode.ReadOnly);

    /// <summary>Opens a file that nothing can change, such as on a read-only medium.</summary>
    public static SqliteSession OpenImmutable(string database)
        => new(new Uri(database).AbsoluteUri + "?immutable=1", SqliteOpenMode.ReadOnly);

    /// <summary>Runs a statement.</summary>
    public void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Runs a script of several statements once.</summary>
    public void ExecuteScript(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; null when there is none.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
        => Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Rows as they are asked for; other statements may run between two of them.</summary>
    public IEnumerable<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params (string Name, object? Value)[] values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        while (reader.Read()) yield return map(reader);
    }

    /// <summary>Rows of a statement that was put together for this one call and is not kept prepared.</summary>
    public List<T> QueryOnce<T>(string sql, Func<SqliteDataReader, T> map, IEnumerable<(string Name, object? Value)> values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(map(reader));
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in values) command.Parameters.Add(new SqliteParameter(name, null));
            _prepared.Add(sql, command);
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        return command;
    }
}
