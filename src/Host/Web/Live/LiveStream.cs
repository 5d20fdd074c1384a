using System.IO.Pipelines;
using Fairway.Access;
using Fairway.Api;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>A live page's stream to one viewer. It ends by itself now and then, so that who was signed out meanwhile is not let in again.</summary>
internal sealed class LiveStream(ControlPlaneServices services)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Sends what changes until the viewer leaves, the control plane ends or it is time to ask for leave again.</summary>
    public async Task SendAsync(ApiRequest call, LiveTopics topics, string name, Func<LiveView> view)
    {
        if (HttpMethods.IsHead(call.Http.Request.Method)) return;
        var topic = topics.Join(name, view);
        try
        {
            await RunAsync(call, async (body, cancellation) =>
            {
                long seen = 0;
                while (true)
                {
                    if (!IsIn(call)) return;
                    var (segments, version, changed) = topic.After(seen);
                    foreach (var segment in segments) await body.WriteAsync(segment, cancellation);
                    seen = version;
                    if (!await BeatUntilAsync(call, changed, body, cancellation)) return;
                }
            });
        }
        finally
        {
            topics.Leave(name);
        }
    }

    /// <summary>Runs a stream: head, what is written, and an end that is no error.</summary>
    public async Task RunAsync(ApiRequest call, Func<PipeWriter, CancellationToken, Task> write)
    {
        var response = call.Http.Response;
        // A page that was cut off asks by HEAD whether it may come back.
        if (HttpMethods.IsHead(call.Http.Request.Method)) return;
        var packs = call.Http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (!packs) throw ApiException.BadRequest("gzip-needed", "live pages are sent as gzip", "send Accept-Encoding: gzip, as browsers do");
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentEncoding = "gzip";
        response.Headers["X-Accel-Buffering"] = "no";
        using var limit = new CancellationTokenSource(Longest, services.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, services.Stopping, limit.Token);
        try
        {
            await response.BodyWriter.WriteAsync(LiveSegment.Head, either.Token);
            await response.BodyWriter.WriteAsync(LiveSegment.Hello(ConsoleAssets.Version), either.Token);
            await write(response.BodyWriter, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The viewer left, or comes back by itself.
        }
    }

    /// <summary>Waits for a change, with a sign of life now and then; false when the viewer was signed out meanwhile.</summary>
    public async Task<bool> BeatUntilAsync(ApiRequest call, Task changed, PipeWriter body, CancellationToken cancellation)
    {
        while (!changed.IsCompleted)
        {
            try
            {
                await changed.WaitAsync(Heartbeat, services.Clock.Time, cancellation);
            }
            catch (TimeoutException)
            {
                if (!IsIn(call)) return false;
                await body.WriteAsync(LiveSegment.Beat, cancellation);
            }
        }
        return IsIn(call);
    }

    private bool IsIn(ApiRequest call)
        => call.Caller.Who is not { Kind: PrincipalKind.Session, Credential: { } id } || services.Access.Book.Sessions.Any(session => session.Id == id);
}
