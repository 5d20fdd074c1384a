using System.Net;
using System.Net.Sockets;

namespace Fairway.Pipelines;

/// <summary>Where jobs knock from inside their sandbox: counts who came, and lets them go on when told.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly List<string> _came = [];
    private readonly HashSet<string> _shut = new(StringComparer.Ordinal);
    private readonly List<(string Name, TcpClient Client)> _waiting = [];
    private readonly Task _work;

    public Door()
    {
        _listener.Start();
        _work = AcceptAsync();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>A script for bash that knocks and goes on when it is let in.</summary>
    public string Knock(string name) => $"exec 3<>/dev/tcp/127.0.0.1/{Port}; echo {name} >&3; read -r _ <&3";

    /// <summary>Who came so far, in order.</summary>
    public string[] Came
    {
        get
        {
            lock (_gate) return [.. _came];
        }
    }

    public void Shut(string name)
    {
        lock (_gate) _shut.Add(name);
    }

    public void Open(string name)
    {
        lock (_gate)
        {
            _shut.Remove(name);
            foreach (var (_, client) in _waiting.Where(one => one.Name == name)) Let(client);
            _waiting.RemoveAll(one => one.Name == name);
        }
    }

    public Task UntilCameAsync(string name, int times = 1) => Hammer.Until.TrueAsync(() => Task.FromResult(Came.Count(one => one == name) >= times), $"{name} came {times} times");

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _work;
        foreach (var (_, client) in _waiting) client.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (await new StreamReader(client.GetStream()).ReadLineAsync() is not { } name) continue;
                lock (_gate)
                {
                    _came.Add(name);
                    if (_shut.Contains(name)) _waiting.Add((name, client));
                    else Let(client);
                }
            }
            catch (IOException)
            {
                continue; // Killed while it knocked.
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static void Let(TcpClient client)
    {
        try
        {
            client.GetStream().Write("in\n"u8);
        }
        catch (IOException)
        {
            return; // Killed while it waited.
        }
        finally
        {
            client.Dispose();
        }
    }
}
