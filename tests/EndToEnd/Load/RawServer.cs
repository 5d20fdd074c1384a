using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.EndToEnd.Load;

/// <summary>A TCP server whose every byte the test decides.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public RawServer(Func<RawConnection, Task> serve)
    {
        _listener.Start(512);
        _accepting = AcceptAsync(serve);
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Answers each request on a connection with the same bytes.</summary>
    public static RawServer Answering(string answer) => new(async connection =>
    {
        while (await connection.ReadRequestAsync()) await connection.WriteAsync(answer);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<RawConnection, Task> serve)
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(serve, await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Func<RawConnection, Task> serve, TcpClient client)
    {
        using var connection = new RawConnection(client, _stop.Token);
        try
        {
            await serve(connection);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left or the test is over.
        }
    }
}

/// <summary>One connection of a <see cref="RawServer"/>.</summary>
internal sealed class RawConnection(TcpClient client, CancellationToken stop) : IDisposable
{
    private readonly byte[] _buffer = new byte[8192];
    private int _length;

    public CancellationToken Stop => stop;

    /// <summary>Reads to the end of a request's head; false when the client closed.</summary>
    public async Task<bool> ReadRequestAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                _buffer.AsSpan(end + 4, _length - end - 4).CopyTo(_buffer);
                _length -= end + 4;
                return true;
            }

            var read = await client.GetStream().ReadAsync(_buffer.AsMemory(_length), stop);
            if (read == 0) return false;
            _length += read;
        }
    }

    public async Task WriteAsync(string text) => await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), stop);

    /// <summary>Closes with RST instead of FIN.</summary>
    public void Reset()
    {
        client.LingerState = new(enable: true, seconds: 0);
        client.Close();
    }

    public void Dispose() => client.Dispose();
}
