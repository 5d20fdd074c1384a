using System.Runtime.CompilerServices;
using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;
using Fairway.Edge.WebSockets;

namespace Fairway.Edge.Forwarding;

/// <summary>One request on one connection: sends it, reads the response's head, relays the rest, and gives the connection back in the state it deserves.</summary>
internal sealed class Attempt(Exchange exchange, InstanceRuntime instance, UpstreamConnection connection)
{
    private Upload? _upload;
    private bool _answered;

    private enum HeadEnd
    {
        Final,
        Switched,
        Malformed,
        Broken,
        NeedMore,
    }

    /// <summary>Runs it to its end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AttemptEnd> RunAsync()
    {
        if (!exchange.Attach(connection))
        {
            connection.Dispose();
            return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.UpstreamReset);
        }
        connection.Begin();
        if (!RequestHead.TryWrite(connection.Out, exchange))
        {
            exchange.Detach(connection);
            connection.Dispose();
            return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.BadRequest);
        }
        var sending = SendAsync();
        if (!sending.IsCompletedSuccessfully) await sending;
        HeadEnd head;
        do head = connection.Accept(await connection.ReceiveAsync()) ? ReadHead() : HeadEnd.Broken;
        while (head == HeadEnd.NeedMore);
        if (head == HeadEnd.Switched) return await UpgradeExchange.RunAsync(exchange, instance, connection);
        if (head != HeadEnd.Final) return await FailAsync(head);
        exchange.Answered = true;
        _upload?.Continue(false);
        if (!connection.ClearDeadline()) return await FailAsync(HeadEnd.Broken);
        Relay.WriteHead(exchange, connection.Head);
        return _upload is null && Relay.TryWhole(exchange, connection) ? Give(RelayEnd.Whole) : await RelayAsync();
    }

    private ValueTask<bool> SendAsync()
    {
        var body = exchange.Body;
        if (body is not null)
        {
            _upload = new Upload(exchange, connection, body);
            if (exchange.ExpectsContinue || !_upload.TryAppendWhole())
            {
                _upload.Start(waitForWord: exchange.ExpectsContinue);
                return new(true);
            }
            _upload = null;
        }
        connection.SetDeadline(exchange.Policy.ResponseTimeout.ToTimeSpan());
        // A send that fails is not the last word: the instance may have refused early, and its answer wait to be read.
        return connection.SendAsync(connection.Out.Written);
    }

    private HeadEnd ReadHead()
    {
        _answered = true;
        var head = connection.Head;
        while (!connection.Received.IsEmpty)
        {
            var outcome = head.Read(connection.Received.Span, out var length);
            if (outcome == ParseOutcome.NeedMore) break;
            if (outcome == ParseOutcome.Malformed) return HeadEnd.Malformed;
            connection.Consume(length);
            // A success would tell an HTTP/2 client that its tunnel stands.
            if (head.Status >= 200) return exchange.Upgrade == UpgradeKind.ExtendedConnect && head.Status < 300 ? HeadEnd.Malformed : HeadEnd.Final;
            if (head.Status == 101) return UpgradeRequest.Accepts(exchange, head) ? HeadEnd.Switched : HeadEnd.Malformed;
            if (head.Status == 100) _upload?.Continue(true);
            head.Reset();
        }
        return HeadEnd.NeedMore;
    }

    private async ValueTask<AttemptEnd> RelayAsync()
    {
        // Whether the client sends its body all the same is its choice: where its next request begins is not certain.
        if (exchange.ExpectsContinue && _upload is { IsHeldBack: true } && exchange.Request.Protocol == "HTTP/1.1")
            exchange.Context.Response.Headers.Connection = "close";
        var end = Give(await Relay.RunAsync(exchange, connection));
        if (_upload is null) return end;
        await _upload.StopAsync();
        return end.Failure != FailureKind.None && _upload.Problem is not null ? end with { Failure = FailureKind.ClientAbort } : end;
    }

    // The response is on its way, or broken off: the connection goes back to the pool, or is closed.
    private AttemptEnd Give(RelayEnd end)
    {
        var head = connection.Head;
        var status = head.Status;
        // 204 and 205 have no body: where the framing claims one, where the next response begins is uncertain.
        var clean = end == RelayEnd.Whole && (_upload?.Completed ?? true) && !head.Close
            && (head.Chunked || head.ContentLength is not null || !Relay.HasBody(exchange, head))
            && !(status is 204 or 205 && (head.Chunked || head.ContentLength > 0));
        var present = exchange.Detach(connection);
        connection.Pool.Return(connection, clean && present);
        if (end == RelayEnd.Whole) return new(status, present ? FailureKind.None : FailureKind.ClientAbort);
        // The client must not take half a response for a whole one.
        exchange.Context.Abort();
        return new(status, present ? FailureKind.Reset : FailureKind.ClientAbort);
    }

    private async ValueTask<AttemptEnd> FailAsync(HeadEnd head)
    {
        var present = exchange.Detach(connection);
        var sent = connection.AnyByteSent;
        var undelivered = sent && connection.ProvesNothingDelivered();
        connection.Dispose();
        if (_upload is not null) await _upload.StopAsync();
        if (_upload?.Problem is { } refused) return AttemptEnd.Fail(FailureKind.ClientAbort, refused);
        if (!present || exchange.ClientGone) return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.UpstreamReset);
        if (connection.TimedOut) return AttemptEnd.Fail(FailureKind.Timeout, EdgeProblem.ResponseTimeout);
        if (head == HeadEnd.Malformed) return AttemptEnd.Fail(FailureKind.Reset, EdgeProblem.BadResponse);
        var facts = new AttemptFacts(RetryRule.IsIdempotent(exchange.Request.Method), exchange.Body?.Replayable ?? true, sent, undelivered, _answered);
        return AttemptEnd.Fail(FailureKind.Reset, EdgeProblem.UpstreamReset, RetryRule.Allows(FailureKind.Reset, facts));
    }
}
