using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Edge.Upstream;

namespace Fairway.Edge;

/// <summary>What a connection to an instance knows of itself, against real sockets.</summary>
public sealed class ForwardingUpstreamTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly UpstreamClock _clock = new(TimeProvider.System);
    private readonly UpstreamPool _pool;

    public ForwardingUpstreamTests()
    {
        _listener.Start();
        _pool = new UpstreamPool("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, _clock);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _clock.Dispose();
        _listener.Dispose();
    }

    [Fact]
    public async Task A_request_that_crossed_the_servers_close_is_proven_undelivered()
    {
        var (connection, server) = await ParkedAsync();
        Assert.Same(connection, _pool.TryRent());
        server.Close();
        connection.Begin();
        connection.Out.Write("POST / HTTP/1.1\r\n\r\n"u8);
        await connection.SendAsync(connection.Out.Written);
        Assert.False(connection.Accept(await connection.ReceiveAsync()));
        Assert.True(connection.ProvesNothingDelivered());
    }

    [Fact]
    public async Task A_request_that_the_server_had_before_it_closed_is_not()
    {
        var (connection, server) = await ParkedAsync();
        Assert.Same(connection, _pool.TryRent());
        connection.Begin();
        connection.Out.Write("POST / HTTP/1.1\r\n\r\n"u8);
        await connection.SendAsync(connection.Out.Written);
        var buffer = new byte[100];
        Assert.Equal(19, await server.ReceiveAsync(buffer));
        server.Close();
        Assert.False(connection.Accept(await connection.ReceiveAsync()));
        Assert.True(connection.EndedInOrder);
        Assert.False(connection.ProvesNothingDelivered());
    }

    [Fact]
    public async Task A_request_whose_connection_was_reset_is_not()
    {
        var (connection, server) = await ParkedAsync();
        Assert.Same(connection, _pool.TryRent());
        connection.Begin();
        connection.Out.Write("POST / HTTP/1.1\r\n\r\n"u8);
        await connection.SendAsync(connection.Out.Written);
        Assert.Equal(19, await server.ReceiveAsync(new byte[100]));
        server.LingerState = new LingerOption(true, 0);
        server.Close();
        Assert.False(connection.Accept(await connection.ReceiveAsync()));
        Assert.False(connection.ProvesNothingDelivered());
    }

    [Fact]
    public async Task An_idle_connection_that_the_server_closed_is_not_rented()
    {
        var (connection, server) = await ParkedAsync();
        server.Close();
        while (!connection.IsStale) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(_pool.TryRent());
    }

    [Fact]
    public async Task A_server_that_speaks_unasked_loses_its_connection()
    {
        var (_, server) = await ParkedAsync();
        await server.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        while (_pool.Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(_pool.TryRent());
    }

    [Fact]
    public async Task A_deadline_cuts_the_connection_and_is_remembered()
    {
        var (connection, _) = await ParkedAsync();
        Assert.Same(connection, _pool.TryRent());
        connection.SetDeadline(TimeSpan.FromMilliseconds(20));
        Assert.False(connection.Accept(await connection.ReceiveAsync()));
        Assert.True(connection.TimedOut);
        Assert.False(connection.ClearDeadline());
    }

    [Fact]
    public async Task A_lifted_deadline_cuts_nothing()
    {
        var (connection, server) = await ParkedAsync();
        Assert.Same(connection, _pool.TryRent());
        connection.SetDeadline(TimeSpan.FromMilliseconds(20));
        Assert.True(connection.ClearDeadline());
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
        await server.SendAsync("x"u8.ToArray());
        Assert.True(connection.Accept(await connection.ReceiveAsync()));
        Assert.Equal("x", Encoding.ASCII.GetString(connection.Received.Span));
    }

    [Fact]
    public async Task Nobody_listening_is_said_without_an_exception()
    {
        _listener.Stop();
        var (connection, error) = await _pool.ConnectAsync(TimeSpan.FromSeconds(5));
        Assert.Null(connection);
        Assert.Equal(SocketError.ConnectionRefused, error);
        Assert.Equal(0, _pool.Count);
    }

    // A connection that has carried one exchange, and is idle.
    private async Task<(UpstreamConnection Connection, Socket Server)> ParkedAsync()
    {
        var (connection, _) = await _pool.ConnectAsync(TimeSpan.FromSeconds(5));
        var server = await _listener.AcceptSocketAsync();
        connection!.Begin();
        connection.Out.Write("GET / HTTP/1.1\r\n\r\n"u8);
        Assert.True(await connection.SendAsync(connection.Out.Written));
        Assert.Equal(18, await server.ReceiveAsync(new byte[100]));
        await server.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        Assert.True(connection.Accept(await connection.ReceiveAsync()));
        connection.Consume(connection.Received.Length);
        _pool.Return(connection, reusable: true);
        return (connection, server);
    }
}
