using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Edge;

/// <summary>A TCP connection that a test speaks HTTP on by hand, as client or as server. Text is Latin-1.</summary>
internal sealed class Wire(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private byte[] _buffer = new byte[4096];
    private int _length;

    public Socket Socket => socket;

    public static async Task<Wire> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return new Wire(socket);
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Reads up to and with this text; fails when the connection ends before.</summary>
    public async Task<string> ReadToAsync(string end)
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString(_buffer, 0, _length);
            var at = text.IndexOf(end, StringComparison.Ordinal);
            if (at >= 0) return Take(at + end.Length);
            if (!await FillAsync()) throw new EndOfStreamException($"connection ended after: {text}");
        }
    }

    /// <summary>Reads a head with its empty line; null when the connection ends cleanly before its first byte.</summary>
    public async Task<string?> TryReadHeadAsync()
    {
        if (_length == 0 && !await FillAsync()) return null;
        return await ReadToAsync("\r\n\r\n");
    }

    public async Task<string> ReadAsync(int count)
    {
        while (_length < count)
            if (!await FillAsync()) throw new EndOfStreamException($"connection ended after {_length} of {count} bytes");
        return Take(count);
    }

    public async Task<byte[]> ReadBytesAsync(int count) => Encoding.Latin1.GetBytes(await ReadAsync(count));

    /// <summary>Reads all until the connection ends; says whether it ended by a reset.</summary>
    public async Task<(string Text, bool Reset)> ReadToEndAsync()
    {
        try
        {
            while (await FillAsync())
            {
            }
            return (Take(_length), false);
        }
        catch (IOException)
        {
            return (Take(_length), true);
        }
    }

    /// <summary>Reads a response with its body, by Content-Length or chunks.</summary>
    public async Task<RawResponse> ReadResponseAsync(bool head = false)
    {
        var text = await ReadToAsync("\r\n\r\n");
        var response = new RawResponse(text);
        if (head || response.Status is < 200 or 204 or 304) return response;
        if (response["Content-Length"] is { } length) return response with { Body = await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture)) };
        return response["Transfer-Encoding"] is null ? response with { Body = (await ReadToEndAsync()).Text } : await ReadChunksAsync(response);
    }

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => _stream.Dispose();

    private async Task<RawResponse> ReadChunksAsync(RawResponse response)
    {
        var body = new StringBuilder();
        while (true)
        {
            var size = int.Parse((await ReadToAsync("\r\n")).TrimEnd(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) break;
            body.Append(await ReadAsync(size));
            Assert.Equal("\r\n", await ReadAsync(2));
        }
        var trailers = new StringBuilder();
        while (await ReadToAsync("\r\n") is var line && line != "\r\n") trailers.Append(line);
        return response with { Body = body.ToString(), Trailers = trailers.ToString() };
    }

    private string Take(int count)
    {
        var text = Encoding.Latin1.GetString(_buffer, 0, count);
        _buffer.AsSpan(count, _length - count).CopyTo(_buffer);
        _length -= count;
        return text;
    }

    private async Task<bool> FillAsync()
    {
        if (_length == _buffer.Length) Array.Resize(ref _buffer, _length * 2);
        using var patience = new CancellationTokenSource(Eventually.Limit);
        var read = await _stream.ReadAsync(_buffer.AsMemory(_length), patience.Token);
        _length += read;
        return read > 0;
    }
}

/// <summary>A response as it came over the wire.</summary>
internal sealed record RawResponse(string Head)
{
    public string Body { get; init; } = "";

    public string Trailers { get; init; } = "";

    public int Status => int.Parse(Head.AsSpan(9, 3), CultureInfo.InvariantCulture);

    /// <summary>Value of the first field of that name.</summary>
    public string? this[string name] => Fields(name).FirstOrDefault();

    public string[] Fields(string name) =>
    [
        .. Head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()),
    ];
}

/// <summary>An instance made of a socket and a script: whatever a real server would never do, this one does.</summary>
internal sealed class ScriptedInstance : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Task> _connections = [];
    private readonly List<Wire> _wires = [];
    private readonly Task _accepting;
    private int _accepted;

    /// <summary>Serves each connection by the script, which gets the connection and its number from 1.</summary>
    public ScriptedInstance(Func<Wire, int, Task> script)
    {
        _listener.Start(512);
        _accepting = AcceptAsync(script);
    }

    /// <summary>Answers every request on every connection.</summary>
    public static ScriptedInstance Answering(Func<string, string> answer) => new(async (wire, _) =>
    {
        while (await wire.TryReadHeadAsync() is { } head) await wire.SendAsync(answer(head));
    });

    /// <summary>Answers every request with this.</summary>
    public static ScriptedInstance Answering(string answer) => Answering(_ => answer);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Task[] connections;
        lock (_wires)
        {
            foreach (var wire in _wires) wire.Dispose();
            connections = [.. _connections];
        }
        await Task.WhenAll(connections);
    }

    private async Task AcceptAsync(Func<Wire, int, Task> script)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                return;
            }
            socket.NoDelay = true;
            var wire = new Wire(socket);
            var number = Interlocked.Increment(ref _accepted);
            lock (_wires)
            {
                _wires.Add(wire);
                _connections.Add(ServeAsync(script, wire, number));
            }
        }
    }

    private static async Task ServeAsync(Func<Wire, int, Task> script, Wire wire, int number)
    {
        await Task.Yield();
        try
        {
            await script(wire, number);
        }
        catch (Exception gone) when (gone is IOException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The edge, or the test's end, closed it: the script is over.
        }
        finally
        {
            wire.Dispose();
        }
    }
}
