using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Routing;
using Fairway.Edge.Upstream;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.Forwarding;

/// <summary>How a request wants to leave HTTP.</summary>
internal enum UpgradeKind
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>By <c>Upgrade</c>, over HTTP/1.1.</summary>
    Http1,

    /// <summary>A WebSocket by extended CONNECT, over HTTP/2 (RFC 8441).</summary>
    ExtendedConnect,
}

/// <summary>One request on its way through the edge: what was understood of it, where it stands, what it cost.</summary>
internal sealed class Exchange
{
    private static readonly NoConnection Nobody = new();

    private string? _requestId;
    private IDisposable? _connection;
    private volatile bool _answered;
    private bool _gaveUpPlace;

    public Exchange(HttpContext context, IHttpRequestFeature request, ForwardingOptions options, TimeProvider time)
    {
        Context = context;
        Request = request;
        Options = options;
        Time = time;
        Began = time.GetTimestamp();
        var headers = request.Headers;
        Host = headers.Host.ToString();
        IsHttp1 = request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal);
        Trace = TraceContext.Of(headers.TraceParent is [{ } parent] ? parent : null, options.TraceSampleRate);
        if (headers["X-Request-Id"] is [{ } id] && RequestIds.IsSane(id)) _requestId = id;
    }

    public HttpContext Context { get; }

    public IHttpRequestFeature Request { get; }

    public ForwardingOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>When it came.</summary>
    public long Began { get; }

    /// <summary>The Host field as sent; may be empty in HTTP/1.0.</summary>
    public string Host { get; }

    /// <summary>HTTP/1.0 or HTTP/1.1.</summary>
    public bool IsHttp1 { get; }

    public TraceContext Trace { get; }

    public BodyFraming Framing { get; set; }

    public UpgradeKind Upgrade { get; set; }

    /// <summary>The key made for an instance that speaks HTTP/1.1, when the client speaks HTTP/2; else null.</summary>
    public string? WebSocketKey { get; set; }

    public bool ExpectsContinue { get; set; }

    /// <summary>The body; null when there is none.</summary>
    public RequestBody? Body { get; set; }

    public ServiceEntry? Service { get; set; }

    public TrafficPolicy Policy => Service!.Policy;

    public ArmChoice Choice { get; set; }

    /// <summary>The instance being tried.</summary>
    public InstanceRuntime? Instance { get; set; }

    /// <summary>Body bytes to the client.</summary>
    public long BytesOut { get; set; }

    /// <summary>Attempts that were tried again elsewhere.</summary>
    public int Retries { get; set; }

    /// <summary>How it went wrong in the end.</summary>
    public FailureKind Failure { get; set; }

    /// <summary>The code of the edge's own answer; null when an instance answered.</summary>
    public EdgeProblem? Problem { get; set; }

    /// <summary>The client has left.</summary>
    public bool ClientGone => ReferenceEquals(Volatile.Read(ref _connection), Nobody);

    /// <summary>The instance's final response head is there: streams have no deadline after it.</summary>
    public bool Answered
    {
        get => _answered;
        set => _answered = value;
    }

    /// <summary>The client's id for the request when it is sane, otherwise the trace's.</summary>
    public string RequestId => _requestId ??= Trace.TraceId;

    /// <summary>Adds the request id, without making a string of it.</summary>
    public void WriteRequestId(WireBuffer wire)
    {
        if (_requestId is not null)
        {
            wire.Write(_requestId);
            return;
        }
        Trace.WriteTraceId(wire.Room(32));
        wire.Advance(32);
    }

    /// <summary>Uses a connection; false when the client has left already.</summary>
    public bool Attach(UpstreamConnection connection) => Interlocked.CompareExchange(ref _connection, connection, null) is null;

    /// <summary>
    /// The connection is about to be given back: the client's leaving concerns it no more. False when the client has left, and with it the connection.
    /// </summary>
    public bool Detach(UpstreamConnection connection) => ReferenceEquals(Interlocked.CompareExchange(ref _connection, null, connection), connection);

    /// <summary>The client left: what the instance is doing for it is cut short.</summary>
    public void LeaveClient() => Interlocked.Exchange(ref _connection, Nobody)?.Dispose();

    /// <summary>Gives the place in the service back that an admitted request has, once.</summary>
    public void GiveUpPlace()
    {
        if (_gaveUpPlace) return;
        _gaveUpPlace = true;
        Service!.Runtime.Leave();
    }

    /// <summary>Answers with a problem of the edge's own.</summary>
    public void Refuse(EdgeProblem problem)
    {
        Problem = problem;
        problem.Write(Context, RequestId);
    }

    /// <summary>The result of an attempt that began at this moment.</summary>
    public ExchangeResult ResultOf(int status, FailureKind failure, long attemptBegan, bool upgraded = false, bool retried = false) =>
        new(status, failure, (long)Time.GetElapsedTime(attemptBegan).TotalMicroseconds, Body?.BytesRead ?? 0, BytesOut, upgraded, retried);

    /// <summary>Stands in a connection's place once the client has left.</summary>
    private sealed class NoConnection : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
