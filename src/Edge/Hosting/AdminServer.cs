using System.Net;
using System.Net.Sockets;
using Fairway.Edge.Admin;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.Edge.Hosting;

/// <summary>Serves the admin API. A server of its own, so that it answers while the other one drains, and under no client's limits.</summary>
internal sealed class AdminServer(AdminApi api, string path, IPEndPoint? metrics, ILoggerProvider log) : IAsyncDisposable
{
    private AdminSocket? _socket;
    private ListenOptions? _metrics;
    private OwnedServer? _server;

    /// <summary>Where metrics are served, once it is started; null is nowhere.</summary>
    public IPEndPoint? Metrics => _metrics?.IPEndPoint;

    /// <summary>Binds and serves.</summary>
    /// <exception cref="EdgeStartException">It cannot listen.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _socket = AdminSocket.Bind(path);
        _server = KestrelServers.ForAdmin(_socket.Socket, metrics, listen => _metrics = listen, log);
        try
        {
            await _server.Server.StartAsync(new EdgeApplication(api.HandleAsync), cancellation);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            throw ListenFailure.Explain(failure, metrics is null ? [] : [metrics]);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _socket?.Dispose();
    }
}
