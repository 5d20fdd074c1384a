using System.Buffers;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// Sends a request's body to an instance while its response is awaited and relayed: either side may go first. The pipes in between hold little, so a slow
/// instance slows the client and a slow client costs no memory.
/// </summary>
internal sealed class Upload(Exchange exchange, UpstreamConnection connection, RequestBody body)
{
    private const int PieceSize = 64 * 1024;

    // True when the instance gave word, false when it answered without.
    private readonly TaskCompletionSource<bool> _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopped;
    private volatile bool _completed;
    private Task _running = Task.CompletedTask;

    /// <summary>The client still waits for word: it has sent nothing of its body.</summary>
    public bool IsHeldBack => _gate.Task is { IsCompletedSuccessfully: true, Result: false };

    /// <summary>All of it, with its end, was sent.</summary>
    public bool Completed => _completed;

    /// <summary>Why the client's body was refused while it was read; null when it was not.</summary>
    public EdgeProblem? Problem { get; private set; }

    /// <summary>
    /// The whole body, if all of it is at hand already, added to the head so that both go out at once. Only where the client does not wait for word.
    /// </summary>
    public bool TryAppendWhole()
    {
        var wire = connection.Out;
        try
        {
            while (!body.Ended || body.IsReplaying)
            {
                var piece = body.TryRead();
                if (piece.IsEmpty) break;
                Append(wire, piece);
                body.Advance(piece);
                if (wire.Length > PieceSize) break;
            }
        }
        catch (BadHttpRequestException)
        {
            // It is met again, and answered, where the rest of the body is read.
            return false;
        }
        if (!body.Ended || body.IsReplaying) return false;
        AppendEnd(wire);
        _completed = true;
        return true;
    }

    /// <summary>Sends what is in the connection's buffer, and the body as it comes; or, when the client waits for word, only after <see cref="Continue"/>.</summary>
    public void Start(bool waitForWord) => _running = RunAsync(waitForWord);

    /// <summary>The instance gave word (true) or its final answer (false).</summary>
    public void Continue(bool wanted) => _gate.TrySetResult(wanted);

    /// <summary>Ends the upload, wherever it is. The connection must be cut before, unless the upload is complete.</summary>
    public async ValueTask StopAsync()
    {
        _stopped = true;
        _gate.TrySetResult(false);
        if (!_running.IsCompleted) body.Cancel();
        await _running;
    }

    private async Task RunAsync(bool waitForWord)
    {
        var wire = connection.Out;
        var ended = false;
        try
        {
            if (waitForWord)
            {
                if (!await SendAsync(wire)) return;
                if (!await IsWantedAsync()) return;
            }
            while (true)
            {
                if (wire.Length > 0 && !await SendAsync(wire)) return;
                if (ended)
                {
                    // Last of all: from here on the connection may carry another exchange.
                    _completed = true;
                    return;
                }
                connection.ClearDeadline();
                var read = await body.ReadAsync();
                if (!read.IsEmpty)
                {
                    var piece = read.Slice(0, _stopped ? 0 : Math.Min(read.Length, PieceSize));
                    if (!piece.IsEmpty) Append(wire, piece);
                    body.Advance(piece);
                }
                if (_stopped) return;
                ended = body.Ended && !body.IsReplaying;
                if (ended) AppendEnd(wire);
            }
        }
        catch (BadHttpRequestException refusal)
        {
            Problem = EdgeProblem.Of(refusal);
            connection.Dispose();
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            exchange.LeaveClient();
        }
    }

    private async ValueTask<bool> SendAsync(WireBuffer wire)
    {
        SetDeadline();
        var sent = await connection.SendAsync(wire.Written);
        wire.Clear();
        // After the last byte the deadline stays: now the instance has to answer.
        return sent;
    }

    private void SetDeadline()
    {
        if (exchange.Answered) return;
        connection.SetDeadline(exchange.Policy.ResponseTimeout.ToTimeSpan());
        if (exchange.Answered) connection.ClearDeadline();
    }

    private async ValueTask<bool> IsWantedAsync()
    {
        try
        {
            return await _gate.Task.WaitAsync(exchange.Options.ContinueTimeout, exchange.Time);
        }
        catch (TimeoutException)
        {
            // The instance does not know the expectation and waits for the body itself.
            return true;
        }
    }

    private void Append(WireBuffer wire, ReadOnlySequence<byte> piece)
    {
        if (exchange.Framing == BodyFraming.Chunked) wire.WriteChunkSize((int)piece.Length);
        foreach (var segment in piece) wire.Write(segment.Span);
        if (exchange.Framing == BodyFraming.Chunked) wire.Write("\r\n"u8);
    }

    private void AppendEnd(WireBuffer wire)
    {
        if (exchange.Framing != BodyFraming.Chunked) return;
        wire.Write("0\r\n"u8);
        if (exchange.Context.Features.Get<IHttpRequestTrailersFeature>() is { Available: true, Trailers: { Count: > 0 } trailers })
        {
            foreach (var (name, values) in trailers)
                if (MayTrail(name))
                    foreach (var value in values) wire.WriteField(name, value);
        }
        wire.Write("\r\n"u8);
    }

    // RFC 9110 §6.5.1: nothing that frames, routes, authenticates or describes the content may come after it.
    private static bool MayTrail(string name) =>
        RequestFields.FateOf(name) == FieldFate.Keep && !name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        && !name.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
}
