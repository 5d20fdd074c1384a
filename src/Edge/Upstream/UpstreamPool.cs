using System.Net;
using System.Net.Sockets;

namespace Fairway.Edge.Upstream;

/// <summary>The connections to one instance. The one used last is used next: few stay warm, the rest age and are closed.</summary>
internal sealed class UpstreamPool : IDisposable
{
    /// <summary>An idle connection older than this is closed.</summary>
    public static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(60);

    private readonly EndPoint _endPoint;
    private readonly Lock _lock = new();
    private readonly Stack<UpstreamConnection> _idle = new();
    private readonly HashSet<UpstreamConnection> _all = [];
    private bool _disposed;

    public UpstreamPool(string host, int port, UpstreamClock clock)
    {
        Clock = clock;
        _endPoint = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        clock.Add(this);
    }

    /// <summary>Enforces its deadlines.</summary>
    public UpstreamClock Clock { get; }

    /// <summary>Connections open, idle or in use.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _all.Count;
        }
    }

    /// <summary>An idle connection that is still good; null when there is none.</summary>
    public UpstreamConnection? TryRent()
    {
        while (true)
        {
            UpstreamConnection? connection;
            lock (_lock)
            {
                if (!_idle.TryPop(out connection)) return null;
            }
            if (!connection.IsStale) return connection;
            connection.Dispose();
        }
    }

    /// <summary>A new connection, or why there is none.</summary>
    public async ValueTask<(UpstreamConnection? Connection, SocketError Error)> ConnectAsync(TimeSpan timeout)
    {
        var connection = new UpstreamConnection(this);
        lock (_lock)
        {
            if (_disposed) return (null, SocketError.Shutdown);
            _all.Add(connection);
        }
        if (await connection.ConnectAsync(_endPoint, timeout) is not { } error) return (connection, SocketError.Success);
        connection.Dispose();
        return (null, error);
    }

    /// <summary>Gives a connection back: kept when it can carry another exchange, otherwise closed.</summary>
    public void Return(UpstreamConnection connection, bool reusable)
    {
        if (reusable && connection.TryPark())
        {
            connection.IdleSince = Clock.Now;
            lock (_lock)
            {
                if (!_disposed)
                {
                    _idle.Push(connection);
                    return;
                }
            }
        }
        connection.Dispose();
    }

    /// <summary>It is closed.</summary>
    internal void Forget(UpstreamConnection connection)
    {
        lock (_lock) _all.Remove(connection);
    }

    /// <summary>Cuts what is past its deadline, and closes what is idle for too long or was closed by the server.</summary>
    internal void Sweep(long now)
    {
        var oldest = now - Clock.Ticks(MaxIdle);
        List<UpstreamConnection>? late = null;
        List<UpstreamConnection>? useless = null;
        lock (_lock)
        {
            foreach (var connection in _all)
                if (connection.IsDue(now)) (late ??= []).Add(connection);
            if (_idle.Any(c => c.IsStale || c.IdleSince < oldest))
            {
                var good = _idle.Where(c => !c.IsStale && c.IdleSince >= oldest).Reverse().ToArray();
                useless = [.. _idle.Except(good)];
                _idle.Clear();
                foreach (var connection in good) _idle.Push(connection);
            }
        }
        late?.ForEach(connection => connection.Expire(now));
        useless?.ForEach(connection => connection.Dispose());
    }

    /// <summary>Closes the idle connections; those in use are closed when they are given back.</summary>
    public void Dispose()
    {
        UpstreamConnection[] idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }
        Clock.Remove(this);
        foreach (var connection in idle) connection.Dispose();
    }
}
