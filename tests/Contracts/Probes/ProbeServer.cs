using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Tests.Contracts.Probes;

/// <summary>Answers each connection with just the bytes it is told, and keeps what was asked.</summary>
internal sealed class ProbeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public ProbeServer()
    {
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>The answer to a request line's path; null never answers.</summary>
    public Func<string, byte[]?> Answers { get; set; } = _ => Bytes("200 OK", "hello");

    /// <summary>Requests as they came: head and body.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public static byte[] Bytes(string status, string body, params string[] headers)
        => Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Takes no connection any more.</summary>
    public void Stop() => _listener.Stop();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var text = new StringBuilder();
            var buffer = new byte[4096];
            while (!IsWhole(text.ToString()))
            {
                var read = await connection.ReadAsync(buffer, _stop.Token);
                if (read == 0) return;
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
            Asked.Enqueue(text.ToString());
            if (Answers(text.ToString().Split(' ')[1]) is { } answer) await connection.WriteAsync(answer, _stop.Token);
            else await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other side left, or the test is over.
        }
    }

    private static bool IsWhole(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)) is { } header
            ? int.Parse(header[15..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        return Encoding.UTF8.GetByteCount(text[(end + 4)..]) >= length;
    }
}
