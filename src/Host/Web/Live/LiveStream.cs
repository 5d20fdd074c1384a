using Fairway.Api;

namespace Fairway.Web;

/// <summary>A live page's stream to one viewer. It ends by itself now and then, so that who was signed out meanwhile is not let in again.</summary>
internal sealed class LiveStream(ControlPlaneServices services)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Sends what changes until the viewer leaves, the control plane ends or it is time to ask for leave again.</summary>
    public async Task SendAsync(ApiRequest call, LiveTopics topics, string name, Func<LiveView> view)
    {
        var topic = topics.Join(name, view);
        try
        {
            await RunAsync(call, async (body, cancellation) =>
            {
                long seen = 0;
                while (true)
                {
                    var (segments, version, changed) = topic.After(seen);
                    foreach (var segment in segments) await body.WriteAsync(segment, cancellation);
                    seen = version;
                    await BeatUntilAsync(changed, body, cancellation);
                }
            });
        }
        finally
        {
            topics.Leave(name);
        }
    }

    /// <summary>Runs a stream: head, what is written, and an end that is no error.</summary>
    public async Task RunAsync(ApiRequest call, Func<System.IO.Pipelines.PipeWriter, CancellationToken, Task> write)
    {
        var response = call.Http.Response;
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

    /// <summary>Waits for a change, with a sign of life now and then.</summary>
    public async Task BeatUntilAsync(Task changed, System.IO.Pipelines.PipeWriter body, CancellationToken cancellation)
    {
        while (!changed.IsCompleted)
        {
            try
            {
                await changed.WaitAsync(Heartbeat, services.Clock.Time, cancellation);
            }
            catch (TimeoutException)
            {
                await body.WriteAsync(LiveSegment.Beat, cancellation);
            }
        }
    }
}
