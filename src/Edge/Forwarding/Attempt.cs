using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;
using Fairway.Edge.WebSockets;

namespace Fairway.Edge.Forwarding;

/// <summary>One request on one connection: sends it, reads the response's head, relays the rest, and gives the connection back in the state it deserves.</summary>
internal sealed class Attempt(Exchange exchange, InstanceRuntime instance, UpstreamConnection connection)
{
    private Upload? _upload;

    /// <summary>Something of the request went out.</summary>
    public bool AnyByteSent { get; private set; }

    /// <summary>TCP proves that none of it arrived.</summary>
    public bool ProvenUndelivered { get; private set; }

    /// <summary>The instance began to answer.</summary>
    public bool AnyByteAnswered { get; private set; }

    /// <summary>Runs it to its end.</summary>
    public async ValueTask<AttemptEnd> RunAsync()
    {
        if (!exchange.Attach(connection))
        {
            connection.Pool.Return(connection, reusable: false);
            return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.UpstreamReset);
        }
        connection.Begin();
        if (!RequestHead.TryWrite(connection.Out, exchange))
        {
            exchange.Detach();
            connection.Pool.Return(connection, reusable: false);
            return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.BadRequest);
        }
        await SendAsync();
        var head = await ReadHeadAsync();
        if (head is not HeadEnd.Final)
        {
            if (head == HeadEnd.Switched) return await UpgradeExchange.RunAsync(exchange, instance, connection);
            return await FailAsync(head);
        }
        exchange.Answered = true;
        var inTime = connection.ClearDeadline();
        _upload?.Continue(false);
        if (!inTime) return await FailAsync(HeadEnd.Broken);
        return await RelayAsync();
    }

    private async ValueTask SendAsync()
    {
        var body = exchange.Body;
        if (body is not null)
        {
            _upload = new Upload(exchange, connection, body);
            if (exchange.ExpectsContinue || !_upload.TryAppendWhole())
            {
                _upload.Start(waitForWord: exchange.ExpectsContinue);
                return;
            }
        }
        connection.SetDeadline(exchange.Policy.ResponseTimeout.ToTimeSpan());
        // A send that fails is not the last word: the instance may have refused early, and its answer wait to be read.
        await connection.SendAsync(connection.Out.Written);
    }

    private async ValueTask<HeadEnd> ReadHeadAsync()
    {
        var head = connection.Head;
        while (connection.Accept(await connection.ReceiveAsync()))
        {
            AnyByteAnswered = true;
            while (true)
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
                if (connection.Received.IsEmpty) break;
            }
        }
        return HeadEnd.Broken;
    }

    private async ValueTask<AttemptEnd> FailAsync(HeadEnd head)
    {
        exchange.Detach();
        AnyByteSent = connection.AnyByteSent;
        ProvenUndelivered = AnyByteSent && connection.ProvesNothingDelivered();
        connection.Dispose();
        if (_upload is not null) await _upload.StopAsync();
        if (_upload?.Problem is { } refused) return AttemptEnd.Fail(FailureKind.ClientAbort, refused);
        if (exchange.ClientGone) return AttemptEnd.Fail(FailureKind.ClientAbort, EdgeProblem.UpstreamReset);
        if (connection.TimedOut) return AttemptEnd.Fail(FailureKind.Timeout, EdgeProblem.ResponseTimeout);
        return head == HeadEnd.Malformed
            ? AttemptEnd.Fail(FailureKind.Reset, EdgeProblem.BadResponse)
            : AttemptEnd.Fail(FailureKind.Reset, EdgeProblem.UpstreamReset);
    }

    private async ValueTask<AttemptEnd> RelayAsync()
    {
        var head = connection.Head;
        var status = head.Status;
        Relay.WriteHead(exchange, head);
        // Whether the client sends its body all the same is its choice: where its next request begins is not certain.
        if (exchange.ExpectsContinue && _upload is { IsHeldBack: true } && exchange.Request.Protocol == "HTTP/1.1") exchange.Context.Response.Headers.Connection = "close";
        var end = await Relay.RunAsync(exchange, connection);
        exchange.Detach();
        var sent = _upload?.Completed ?? true;
        // Without a body the framing of 204 and 205 must not claim one: if it does, where the next response begins is uncertain.
        var clean = end == RelayEnd.Whole && sent && !head.Close && (head.Chunked || head.ContentLength is not null || !Relay.HasBody(exchange, head))
            && !(status is 204 or 205 && (head.Chunked || head.ContentLength > 0));
        connection.Pool.Return(connection, clean);
        if (_upload is not null) await _upload.StopAsync();
        if (end == RelayEnd.Whole) return new(status, exchange.ClientGone ? FailureKind.ClientAbort : FailureKind.None);
        // The client must not take half a response for a whole one.
        exchange.Context.Abort();
        return new(status, exchange.ClientGone || _upload?.Problem is not null ? FailureKind.ClientAbort : FailureKind.Reset);
    }

    private enum HeadEnd
    {
        Final,
        Switched,
        Malformed,
        Broken,
    }
}
