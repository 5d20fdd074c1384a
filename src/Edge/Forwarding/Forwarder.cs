using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;

namespace Fairway.Edge.Forwarding;

/// <summary>Finds an instance that answers an admitted request: attempt after attempt, each on another instance, counted once each.</summary>
internal sealed class Forwarder(Exchange exchange, UpstreamClock clock)
{
    private InstanceRuntime[] _tried = [];
    private int _triedCount;
    private long _began;

    /// <summary>Forwards the request and answers the client, with an instance's response or a problem. Gives its place in the service back.</summary>
    /// <param name="leaving">Cancelled when the client leaves.</param>
    public async Task RunAsync(CancellationToken leaving)
    {
        var registration = leaving.UnsafeRegister(static state => ((Exchange)state!).LeaveClient(), exchange);
        InstanceRuntime? instance = null;
        try
        {
            exchange.Choice = exchange.Service!.Choose(exchange.Context);
            instance = Next();
            if (instance is null) exchange.Refuse(EdgeProblem.NoInstance);
            while (instance is not null)
            {
                exchange.Instance = instance;
                var connection = Pool(instance).TryRent();
                var end = connection is null ? await ConnectAsync(instance) : await TryAsync(instance, connection);
                var ended = instance;
                instance = null;
                instance = Conclude(ended, end);
            }
        }
        finally
        {
            // What begins must end, whatever happens: an instance with one exchange too many in flight would never drain.
            if (instance is not null) Break(instance);
            registration.Unregister();
            exchange.Body?.Forget();
            exchange.GiveUpPlace();
            exchange.Options.AccessLog?.Write(exchange);
        }
    }

    // Counts an attempt, answers the client if it failed for good, or says who is tried next.
    private InstanceRuntime? Conclude(InstanceRuntime instance, in AttemptEnd end)
    {
        exchange.Failure = end.Failure;
        if (end.Failed is not { } problem)
        {
            instance.End(exchange.ResultOf(end.Status, end.Failure, _began, end.Upgraded));
            return null;
        }
        var began = _began;
        if (end.MayRetry && _triedCount <= exchange.Policy.Retries && Next() is { } next)
        {
            instance.End(exchange.ResultOf(0, end.Failure, began, retried: true));
            exchange.Retries++;
            exchange.Body?.Rewind();
            return next;
        }
        var left = end.Failure == FailureKind.ClientAbort && exchange.ClientGone;
        instance.End(exchange.ResultOf(left ? 0 : problem.Status, end.Failure, began));
        if (left) exchange.Context.Abort();
        else exchange.Refuse(problem);
        return null;
    }

    private void Break(InstanceRuntime instance)
    {
        exchange.LeaveClient();
        exchange.Context.Abort();
        instance.End(exchange.ResultOf(0, FailureKind.ClientAbort, _began));
    }

    // Picks and begins: an instance that closed or began to drain in between is passed over.
    private InstanceRuntime? Next()
    {
        while (exchange.Service!.Pick(exchange.Choice.Arm, _tried.AsSpan(0, _triedCount)) is { } instance)
        {
            if (_triedCount == _tried.Length) Array.Resize(ref _tried, _triedCount + 2);
            _tried[_triedCount++] = instance;
            if (!instance.Begin()) continue;
            _began = exchange.Time.GetTimestamp();
            if (!instance.IsDraining) return instance;
            // It began to drain between the two calls above: whoever drains it may have seen nothing in flight and is about to stop it.
            instance.End(exchange.ResultOf(0, FailureKind.None, _began, retried: true));
        }
        return null;
    }

    private UpstreamPool Pool(InstanceRuntime instance) =>
        instance.Upstream as UpstreamPool ?? instance.Attach(new UpstreamPool(instance.Host, instance.Port, clock));

    // A kept connection. If the server closed it just now, that says nothing about the instance: it is asked again on a fresh one.
    private async ValueTask<AttemptEnd> TryAsync(InstanceRuntime instance, UpstreamConnection connection)
    {
        var end = await new Attempt(exchange, instance, connection).RunAsync();
        if (end.Failed is null || end.Failure != FailureKind.Reset || !end.MayRetry) return end;
        exchange.Body?.Rewind();
        return await ConnectAsync(instance);
    }

    private async ValueTask<AttemptEnd> ConnectAsync(InstanceRuntime instance)
    {
        var (connection, _) = await Pool(instance).ConnectAsync(exchange.Policy.ConnectTimeout.ToTimeSpan());
        return connection is null
            ? AttemptEnd.Fail(FailureKind.Connect, EdgeProblem.ConnectFailed, exchange.Body?.Replayable ?? true)
            : await new Attempt(exchange, instance, connection).RunAsync();
    }
}

/// <summary>How one attempt on an instance ended.</summary>
/// <param name="Status">Status that the client got; 0 when none.</param>
/// <param name="Failure">What went wrong.</param>
/// <param name="Failed">Nothing was answered yet; this may be. Null when the client has its answer, or left.</param>
/// <param name="MayRetry">The request may be tried again.</param>
/// <param name="Upgraded">It became an upgraded connection, now closed.</param>
internal readonly record struct AttemptEnd(int Status, FailureKind Failure, EdgeProblem? Failed = null, bool MayRetry = false, bool Upgraded = false)
{
    /// <summary>Nothing was answered.</summary>
    public static AttemptEnd Fail(FailureKind failure, EdgeProblem problem, bool mayRetry = false) => new(0, failure, problem, mayRetry);
}
