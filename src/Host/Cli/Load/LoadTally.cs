namespace Fairway.Cli.Load;

/// <summary>How one exchange ended.</summary>
/// <param name="Status">HTTP status; 0 when no whole answer arrived.</param>
/// <param name="Group">Value of the grouping header.</param>
/// <param name="EdgeError">Value of <c>Fairway-Error</c>: the edge answered in a release's place.</param>
/// <param name="Failure">Kind of transport failure; null for a whole answer.</param>
/// <param name="Detail">What the machine said.</param>
internal readonly record struct Exchange(int Status, string? Group, string? EdgeError, string? Failure, string Detail)
{
    public static Exchange Failed(string kind, string detail) => new(0, null, null, kind, detail);
}

/// <summary>Counts what ends, from any thread.</summary>
internal sealed class LoadTally(TimeProvider time, bool webSockets)
{
    // What a release answered badly comes by the thousand, and must not crowd out what was lost.
    private const int SamplesOfLost = 50;
    private const int SamplesOfBad = 10;
    private readonly Lock _lock = new();
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FailureCount> _failures = new(StringComparer.Ordinal);
    private readonly List<FailureSample> _samples = [];
    private readonly long[] _status = new long[6];
    private TimeSpan? _stopped;
    private long _scheduled, _opened, _moved, _messages, _lost, _bad;

    public void Scheduled() => Interlocked.Increment(ref _scheduled);

    public void Ended(in Exchange exchange, TimeSpan latency)
    {
        lock (_lock)
        {
            if (exchange.Failure is { } kind)
            {
                Fail(new(kind, 1, Transport: true, WebSocket: false, ByEdge: false), exchange.Detail);
                return;
            }

            _status[Math.Clamp(exchange.Status / 100, 1, 5)]++;
            var group = GroupOf(exchange.Group ?? "-");
            group.Latency.Record(latency);
            if (exchange.Status < 500) return;
            group.Failed++;
            var byEdge = exchange.EdgeError is not null;
            Fail(new(byEdge ? $"{exchange.Status} {exchange.EdgeError}" : $"{exchange.Status}", 1, Transport: false, WebSocket: false, byEdge), exchange.Detail);
        }
    }

    public void SocketFailed(string kind, string detail)
    {
        lock (_lock) Fail(new(kind, 1, Transport: true, WebSocket: true, ByEdge: false), detail);
    }

    /// <summary>The handshake was answered, but not with 101: badly by a release, or by the edge in its place.</summary>
    public void SocketRefused(int status, string? edgeError)
    {
        var kind = $"websocket-refused {status}{(edgeError is null ? "" : " " + edgeError)}";
        lock (_lock) Fail(new(kind, 1, Transport: false, WebSocket: true, edgeError is not null), "");
    }

    public void SocketOpened() => Interlocked.Increment(ref _opened);

    public void SocketMoved() => Interlocked.Increment(ref _moved);

    public void SocketMessage() => Interlocked.Increment(ref _messages);

    /// <summary>The last arrival was scheduled: the rate is over the time until now.</summary>
    public void Stop() => _stopped ??= time.GetElapsedTime(_started);

    public LoadReport Report()
    {
        lock (_lock)
        {
            var all = new LatencyHistogram();
            foreach (var group in _groups.Values) all.Add(group.Latency);
            var seconds = (_stopped ?? time.GetElapsedTime(_started)).TotalSeconds;
            return new(
                Math.Round(seconds, 3),
                Interlocked.Read(ref _scheduled),
                all.Count,
                seconds > 0 ? Math.Round(all.Count / seconds, 1) : 0,
                Enumerable.Range(1, 5).Where(c => _status[c] > 0).ToImmutableSortedDictionary(c => $"{c}xx", c => _status[c], StringComparer.Ordinal),
                LatencySummary.Of(all),
                [.. _groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new GroupReport(g.Key, g.Value.Latency.Count, g.Value.Failed, LatencySummary.Of(g.Value.Latency)))],
                [.. _failures.Values.OrderByDescending(f => f.Count).ThenBy(f => f.Kind, StringComparer.Ordinal)],
                [.. _samples],
                webSockets ? new(Interlocked.Read(ref _opened), Interlocked.Read(ref _moved), Interlocked.Read(ref _messages)) : null,
                _lost);
        }
    }

    private void Fail(FailureCount one, string detail)
    {
        _failures[one.Kind] = _failures.TryGetValue(one.Kind, out var known) ? known with { Count = known.Count + 1 } : one;
        var isLost = one.Transport || one.ByEdge;
        if (isLost ? _lost++ < SamplesOfLost : _bad++ < SamplesOfBad)
            _samples.Add(new(Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3), one.Kind, detail));
    }

    private Group GroupOf(string name) => _groups.TryGetValue(name, out var group) ? group : _groups[name] = new();

    private sealed class Group
    {
        public LatencyHistogram Latency { get; } = new();

        public long Failed { get; set; }
    }
}
