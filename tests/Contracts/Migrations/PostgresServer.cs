using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Fairway.Tests.Contracts.Migrations;

/// <summary>
/// A real PostgreSQL 15 of the tests' own: a folder, a port on loopback, a password. It is started when the first test wants a database; where it is not
/// installed, those tests are skipped.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>Must be seen nowhere.</summary>
    public const string Password = "s3cret-never-shown";

    private const string Programs = "/usr/lib/postgresql/15/bin";
    private readonly SemaphoreSlim _starting = new(1, 1);
    private string? _folder;
    private Process? _server;
    private int _port;
    private int _databases;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false } running)
        {
            // A fast stop: whoever is connected is sent away.
            Run("kill", "-INT", running.Id.ToString(CultureInfo.InvariantCulture));
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await running.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                running.Kill();
            }
        }
        _server?.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
    }

    /// <summary>The address of a new, empty database.</summary>
    public async Task<string> DatabaseAsync()
    {
        if (!File.Exists(Path.Combine(Programs, "postgres"))) Assert.Skip("PostgreSQL 15 is not installed here");
        await StartAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"db{Interlocked.Increment(ref _databases)}");
        await DoAsync(Address("postgres"), $"create database {name}");
        return Address(name);
    }

    /// <summary>Opens a connection of a test's own.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(string address)
    {
        var url = new Uri(address);
        var connection = new NpgsqlConnection($"Host={url.Host};Port={url.Port.ToString(CultureInfo.InvariantCulture)};Username=postgres;Password={Password};Database={url.AbsolutePath[1..]};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs statements.</summary>
    public static async Task DoAsync(string address, string sql)
    {
        await using var connection = await OpenAsync(address);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One value.</summary>
    public static async Task<T> AskAsync<T>(string address, string sql)
    {
        await using var connection = await OpenAsync(address);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private string Address(string database) => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres:{Password}@127.0.0.1:{_port}/{database}");

    private async Task StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_server is not null) return;
            _folder = Directory.CreateTempSubdirectory("fairway-postgres-").FullName;
            var (data, password) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "password"));
            await File.WriteAllTextAsync(password, Password);
            if (Environment.UserName == "root") Run("chown", "-R", "postgres:postgres", _folder);
            await As($"{Programs}/initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", $"--pwfile={password}", "--no-sync", "-E", "UTF8", "--no-locale").WaitForExitAsync();
            _port = FreePort();
            var port = _port.ToString(CultureInfo.InvariantCulture);
            _server = As($"{Programs}/postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder}", "-c", "fsync=off", "-c", "max_connections=60",
                "-c", "shared_buffers=16MB", "-c", "deadlock_timeout=200ms", "-c", "log_min_messages=panic");
            await ReadyAsync();
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (true)
        {
            try
            {
                await (await OpenAsync(Address("postgres"))).DisposeAsync();
                return;
            }
            catch (Exception early) when (early is NpgsqlException or SocketException && !limit.IsCancellationRequested && _server is { HasExited: false })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    // It refuses to run as root.
    private static Process As(string program, params string[] arguments) => Process.Start(Environment.UserName == "root"
        ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments]) { RedirectStandardOutput = true, WorkingDirectory = "/" }
        : new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
