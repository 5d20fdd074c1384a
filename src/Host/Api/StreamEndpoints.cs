using System.Globalization;
using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Ledger;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Api;

/// <summary>Streams: every record of the ledger, and live views of services.</summary>
internal static class StreamEndpoints
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ViewInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "events", Permission.View, call => EventsAsync(call, services), Reach.Somewhere);
        routes.Map("GET", "watch/{environment}/{service}", Permission.View, call => WatchAsync(call, services));
    }

    private static async Task EventsAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("after");
        var after = Position(call);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, services.Stopping);
        var stream = new ServerSentEvents(call);
        await stream.StartAsync(either.Token);
        await using var records = services.Ledger.TailAsync(after, either.Token).GetAsyncEnumerator(either.Token);
        var next = records.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (await QuietAsync(next, services, either.Token)) await stream.KeepAliveAsync(either.Token);
                else if (!await next) return;
                else
                {
                    var record = records.Current;
                    if (MaySee(call.Caller, record)) await stream.SendAsync(Of(record), WireJson.Default.EventInfo, record.Seq, record.Type, either.Token);
                    next = records.MoveNextAsync().AsTask();
                }
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The reader left, or goes on at its last id when the control plane is back.
        }
        finally
        {
            // An enumerator must not be disposed while it moves.
            await Task.WhenAny(next);
        }
    }

    private static async Task WatchAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var wire = new ServiceWire(services);
        var loop = services.Engine.Of(key);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, services.Stopping);
        var stream = new ServerSentEvents(call);
        try
        {
            await stream.StartAsync(either.Token);
            while (true)
            {
                var changed = loop.NextChange;
                await stream.SendAsync(wire.Describe(key), WireJson.Default.ServiceInfo, null, null, either.Token);
                await Task.Delay(ViewInterval, services.Clock.Time, either.Token);
                while (await QuietAsync(changed, services, either.Token)) await stream.KeepAliveAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The reader left, or the control plane ends: the stream ends whole.
        }
    }

    /// <summary>Waits for a task; true when it took so long that a sign of life is due.</summary>
    private static async Task<bool> QuietAsync(Task task, ControlPlaneServices services, CancellationToken cancellation)
    {
        if (task.IsCompleted) return false;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(task, Task.Delay(KeepAlive, services.Clock.Time, waiting.Token));
        await waiting.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return first != task;
    }

    /// <summary>Where to begin: a reader that comes back says the last id it saw.</summary>
    private static long Position(ApiRequest call)
    {
        var after = call.Query("after", 0, 0, long.MaxValue);
        if (call.Http.Request.Headers["Last-Event-ID"] is not [{ Length: > 0 } text]) return after;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? last
            : throw ApiException.BadRequest("position-invalid", $"Last-Event-ID: {text} is not a position in the ledger");
    }

    /// <summary>What happened in an environment is for those who may look there; all else is for those who may look everywhere.</summary>
    public static bool MaySee(Caller caller, LedgerEvent record) => caller.May(Permission.View, ServicesProjection.KeyOf(record.Stream)?.Environment);

    /// <summary>A record as it is sent.</summary>
    public static EventInfo Of(LedgerEvent record) => new(
        record.Seq, record.Stream, record.Version, RolloutWire.At(record.At), record.Type, record.Actor, record.Cause, RolloutWire.Json(record.Data), record.Hash);
}
