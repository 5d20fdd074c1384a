using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Metrics.Scrape;

/// <summary>A server on a real socket that answers as it is told: one answer a connection.</summary>
internal sealed class Exporter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private readonly Lock _lock = new();
    private readonly List<(string Head, byte[] Body)> _requests = [];

    public Exporter()
    {
        _listener.Start();
        _run = Task.Run(RunAsync);
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Makes the whole answer from the request; null: none, ever.</summary>
    public Func<string, byte[], byte[]?> Answer { get; set; } = (_, _) => Ok("");

    public (string Head, byte[] Body)[] Requests
    {
        get
        {
            lock (_lock) return [.. _requests];
        }
    }

    public static byte[] Ok(string body, string headers = "Content-Type: text/plain; version=0.0.4\r\n") => Ok(Encoding.UTF8.GetBytes(body), headers);

    public static byte[] Ok(byte[] body, string headers) => Status("200 OK", body, headers);

    public static byte[] Status(string status, byte[] body, string headers) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"), .. body];

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        _listener.Stop();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var bytes = new List<byte>();
                var buffer = new byte[65536];
                var (head, length) = ("", -1);
                while (length < 0 || bytes.Count < length)
                {
                    var read = await stream.ReadAsync(buffer, _stop.Token);
                    if (read == 0) return;
                    bytes.AddRange(buffer.AsSpan(0, read));
                    if (length >= 0) continue;
                    var text = Encoding.Latin1.GetString([.. bytes]);
                    var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                    if (end < 0) continue;
                    head = text[..end];
                    bytes.RemoveRange(0, end + 4);
                    var header = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
                    length = header is null ? 0 : int.Parse(header.AsSpan("Content-Length:".Length));
                }

                lock (_lock) _requests.Add((head, [.. bytes]));
                if (Answer(head, [.. bytes]) is { } answer) await stream.WriteAsync(answer, _stop.Token);
                else await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The other side went, or the test is over.
            }
        }
    }
}

/// <summary>A clock that jumps when told to; timers fire on the way.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>How many timers wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    /// <summary>When the next timer rings; null when none waits.</summary>
    public DateTimeOffset? NextTimer()
    {
        lock (_lock) return _timers.Count == 0 ? null : _timers.Min(t => t.Due);
    }

    public void Advance(TimeSpan by)
    {
        var to = GetUtcNow() + by;
        while (true)
        {
            Timer? next;
            lock (_lock)
            {
                next = _timers.Where(t => t.Due <= to).MinBy(t => t.Due);
                if (next is null)
                {
                    _now = to;
                    return;
                }

                if (next.Due > _now) _now = next.Due;
                if (next.Period > TimeSpan.Zero) next.Due += next.Period;
                else _timers.Remove(next);
            }

            next.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(JumpingTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                (Due, Period) = (time._now + dueTime, period == Timeout.InfiniteTimeSpan ? default : period);
                time._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>Waits for what another thread will do.</summary>
internal static class Wait
{
    public static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (await condition()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Assert.Fail($"waited 30 s for: {what}");
    }
}
