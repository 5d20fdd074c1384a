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
    public async Task HandleAsync(HttpContext context)
    {
        var features = context.Features;
        var request = features.GetRequiredFeature<IHttpRequestFeature>();
        var exchange = new Exchange(context, request, _options, _time);
        if (RequestFraming.Check(context, request, out var framing) is { } unclear)
        {
            exchange.Refuse(unclear);
        }
        else if (_table().Match(exchange.Host, request.Path, request.Headers) is { } service)
        {
            exchange.Service = service;
            exchange.Framing = framing;
            var leaving = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
            var registration = leaving.UnsafeRegister(static state => ((Exchange)state!).LeaveClient(), exchange);
            try
            {
                await AdmitAsync(exchange, service, leaving);
            }
            finally
            {
                registration.Unregister();
                exchange.Body?.Forget();
            }
        }
        else
        {
            exchange.Refuse(EdgeProblem.NoRoute);
        }
        _options.AccessLog?.Write(exchange);
    }

    /// <inheritdoc/>
    public void Dispose() => _clock.Dispose();

    private async ValueTask AdmitAsync(Exchange exchange, ServiceEntry service, CancellationToken leaving)
    {
        if (Prepare(exchange) is { } refused)
        {
            exchange.Refuse(refused);
            return;
        }
        AdmissionResult admission;
        try
        {
            admission = await service.Runtime.EnterAsync(leaving);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        if (admission != AdmissionResult.Admitted)
        {
            exchange.Refuse(admission switch
            {
                AdmissionResult.QueueFull => EdgeProblem.QueueFull,
                AdmissionResult.QueueTimeout => EdgeProblem.QueueTimeout,
                _ => EdgeProblem.CircuitOpen,
            });
            return;
        }
        exchange.HoldsPlace = true;
        try
        {
            exchange.Choice = service.Choose(exchange.Context);
            await new Forwarder(exchange, _clock).RunAsync();
        }
        finally
        {
            exchange.GiveUpPlace();
        }
    }

    // What the request asks of the protocol: a body within bounds, an upgrade, a word before the body.
    private static EdgeProblem? Prepare(Exchange exchange)
    {
        var (context, headers) = (exchange.Context, exchange.Request.Headers);
        exchange.Upgrade = UpgradeRequest.KindOf(context, exchange.Framing);
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
