using Fairway.Edge.Counters;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.WebSockets;

/// <summary>An exchange that left HTTP: answers the client, then carries bytes both ways until either side ends it or the instance drains.</summary>
internal static class UpgradeExchange
{
    /// <summary>Runs it to its end.</summary>
    public static async ValueTask<AttemptEnd> RunAsync(Exchange exchange, InstanceRuntime instance, UpstreamConnection connection)
    {
        connection.ClearDeadline();
        exchange.Answered = true;
        instance.MarkUpgraded();
        exchange.GiveUpPlace();
        try
        {
            await using var client = await AcceptAsync(exchange, connection.Head);
            using var tunnel = new Tunnel(exchange, instance, connection, client);
            await tunnel.RunAsync();
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left before it had its answer: there is nothing to carry.
            exchange.LeaveClient();
        }
        finally
        {
            exchange.Detach(connection);
            connection.Dispose();
        }
        return new(101, FailureKind.None, Upgraded: true);
    }

    private static async ValueTask<Stream> AcceptAsync(Exchange exchange, ResponseHead head)
    {
        Relay.WriteHead(exchange, head);
        var features = exchange.Context.Features;
        var headers = exchange.Context.Response.Headers;
        if (exchange.Upgrade == UpgradeKind.ExtendedConnect)
        {
            headers.Remove("Sec-WebSocket-Accept");
            exchange.Context.Response.StatusCode = 200;
            return await features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
        }
        foreach (var field in head.Fields)
            if (field.Name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) headers.Upgrade = field.Value;
        return await features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }
}
