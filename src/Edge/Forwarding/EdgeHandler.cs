using Fairway.Edge.Admission;
using Fairway.Edge.Routing;
using Fairway.Edge.Upstream;
using Fairway.Edge.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.Forwarding;

/// <summary>The edge's data path: takes a request from the server in front, finds its service, and passes it on to an instance.</summary>
public sealed class EdgeHandler : IDisposable
{
    private readonly Func<RoutingTable> _table;
    private readonly TimeProvider _time;
    private readonly ForwardingOptions _options;
    private readonly UpstreamClock _clock;

    /// <summary>A handler that routes by the table that <paramref name="table"/> answers, anew for every request. Make it before the server in front starts.</summary>
    public EdgeHandler(Func<RoutingTable> table, TimeProvider time, ForwardingOptions options)
    {
        _table = table;
        _time = time;
        _options = options;
        _clock = new UpstreamClock(time);
        RequestFraming.RefuseBareLineFeeds();
    }

    /// <summary>Answers one request. Never throws for what a client or an instance does.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        var exchange = new Exchange(context, request, _options, _time);
        if ((RequestFraming.Check(exchange) ?? Route(exchange) ?? Prepare(exchange)) is { } refused)
        {
            exchange.Refuse(refused);
            _options.AccessLog?.Write(exchange);
            return Task.CompletedTask;
        }
        var leaving = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        // Without a queue and without an await in the way, a request costs one state machine.
        var admission = exchange.Service!.Runtime.EnterAsync(leaving);
        return admission is { IsCompletedSuccessfully: true, Result: AdmissionResult.Admitted }
            ? new Forwarder(exchange, _clock).RunAsync(leaving)
            : WaitAsync(exchange, admission, leaving);
    }

    /// <inheritdoc/>
    public void Dispose() => _clock.Dispose();

    private async Task WaitAsync(Exchange exchange, ValueTask<AdmissionResult> admission, CancellationToken leaving)
    {
        AdmissionResult result;
        try
        {
            result = await admission;
        }
        catch (OperationCanceledException)
        {
            exchange.LeaveClient();
            _options.AccessLog?.Write(exchange);
            return;
        }
        if (result == AdmissionResult.Admitted)
        {
            await new Forwarder(exchange, _clock).RunAsync(leaving);
            return;
        }
        exchange.Refuse(result switch
        {
            AdmissionResult.QueueFull => EdgeProblem.QueueFull,
            AdmissionResult.QueueTimeout => EdgeProblem.QueueTimeout,
            _ => EdgeProblem.CircuitOpen,
        });
        _options.AccessLog?.Write(exchange);
    }

    private EdgeProblem? Route(Exchange exchange)
    {
        var request = exchange.Request;
        exchange.Service = _table().Match(exchange.Host, request.Path, request.Headers);
        return exchange.Service is null ? EdgeProblem.NoRoute : null;
    }

    // What the request asks of the protocol: an upgrade, a body within bounds, a word before the body.
    private static EdgeProblem? Prepare(Exchange exchange)
    {
        var (context, headers) = (exchange.Context, exchange.Request.Headers);
        exchange.Upgrade = UpgradeRequest.KindOf(exchange);
        if (exchange.Upgrade != UpgradeKind.None)
        {
            exchange.Framing = BodyFraming.None;
            if (exchange.Upgrade == UpgradeKind.ExtendedConnect) exchange.WebSocketKey = UpgradeRequest.NewKey();
            return null;
        }
        if (exchange.Framing == BodyFraming.None) return null;
        var limit = exchange.Policy.MaxBodyBytes;
        if (headers.ContentLength > limit) return EdgeProblem.BodyTooLarge;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = limit;
        exchange.Body = new RequestBody(context.Request.BodyReader);
        exchange.ExpectsContinue = headers.Expect.Count > 0 && RequestFraming.IsContinue(headers) && exchange.Request.Protocol != "HTTP/1.0";
        return null;
    }
}
