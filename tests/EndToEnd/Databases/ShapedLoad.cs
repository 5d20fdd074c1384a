using System.Collections.Concurrent;
using System.Net.Sockets;
using Fairway.Serve;
using Fairway.Tests.Contracts.Migrations;
using Npgsql;

namespace Fairway.Databases;

/// <summary>Users that never stop: each asks the edge, and then reads and writes the database as the release that answered would.</summary>
internal sealed class ShapedLoad : IAsyncDisposable
{
    private const int Users = 4;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _count = new(StringComparer.Ordinal);
    private readonly Task _all;

    public ShapedLoad(ShopFolder shop, string address) => _all = Task.WhenAll(Enumerable.Range(0, Users).Select(user => Task.Run(() => UseAsync(shop, address, user))));

    /// <summary>Everything that went wrong.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>How often a release answered and its queries went well.</summary>
    public int Of(string version) => _count.GetValueOrDefault(version);

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _all;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task UseAsync(ShopFolder shop, string address, int user)
    {
        // Without a cookie each request is a new user's: few users who keep their release may all have the same.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
        await using var database = await PostgresServer.OpenAsync(address);
        while (!_stop.IsCancellationRequested)
        {
            var version = "?";
            try
            {
                using (var answer = await http.GetAsync($"http://127.0.0.1:{shop.Port}/api/products"))
                {
                    answer.EnsureSuccessStatusCode();
                    version = answer.Headers.GetValues("Shop-Version").Single();
                }
                await QueryAsync(database, version == "1.0.0" ? "name" : "full_name", user);
                _count.AddOrUpdate(version, 1, (_, count) => count + 1);
            }
            catch (Exception failed) when (failed is HttpRequestException or SocketException or NpgsqlException or InvalidOperationException)
            {
                Failures.Enqueue($"{version}: {failed.Message}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private static async Task QueryAsync(NpgsqlConnection database, string column, int user)
    {
        await using var command = database.CreateCommand();
        command.CommandText = $"insert into customers ({column}) values ('user {user}'); update customers set {column} = {column} || '.' where id = {user + 1}; select count(*) from customers where {column} is null";
        if (await command.ExecuteScalarAsync() is not (0 or 0L)) throw new InvalidOperationException($"a customer without {column}");
    }
}
