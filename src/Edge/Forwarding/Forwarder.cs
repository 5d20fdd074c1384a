using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Forwarding;

/// <summary>Finds an instance that answers: attempt after attempt, each on another instance, counted once each.</summary>
internal sealed class Forwarder(Exchange exchange, UpstreamClock clock)
{
    private readonly List<InstanceRuntime> _tried = [];
    private readonly bool _idempotent = RetryRule.IsIdempotent(exchange.Request.Method);
    private long _began;

    /// <summary>Forwards the request and answers the client, with an instance's response or a problem.</summary>
    public async ValueTask RunAsync()
    {
        var instance = Next();
        if (instance is null)
        {
            exchange.Refuse(EdgeProblem.NoInstance);
            return;
        }
        while (true)
        {
            exchange.Instance = instance;
            _began = exchange.Time.GetTimestamp();
            var attempt = await CountedAsync(instance);
            exchange.Failure = attempt.Failure;
            if (attempt.Failed is not { } problem)
            {
                instance.End(exchange.ResultOf(attempt.Status, attempt.Failure, _began, attempt.Upgraded));
                return;
            }
            var next = attempt.MayRetry && _tried.Count <= exchange.Policy.Retries ? Next() : null;
            if (next is null)
            {
                End(instance, attempt.Failure, problem);
                return;
            }
            instance.End(exchange.ResultOf(0, attempt.Failure, _began, retried: true));
            exchange.Retries++;
            exchange.Body?.Rewind();
            instance = next;
        }
    }

    // What begins must end, whatever happens: an instance with an exchange too many in flight would never drain.
    private async ValueTask<AttemptEnd> CountedAsync(InstanceRuntime instance)
    {
        try
        {
            return await AttemptAsync(instance);
        }
        catch
        {
            exchange.LeaveClient();
            instance.End(exchange.ResultOf(500, FailureKind.ClientAbort, _began));
            throw;
        }
    }

    private void End(InstanceRuntime instance, FailureKind failure, EdgeProblem problem)
    {
        var left = failure == FailureKind.ClientAbort && exchange.ClientGone;
        if (left) exchange.Context.Abort();
        else exchange.Refuse(problem);
        instance.End(exchange.ResultOf(left ? 0 : problem.Status, failure, _began));
    }

    // Picks and begins: an instance that closed or began to drain in between is passed over.
    private InstanceRuntime? Next()
    {
        while (exchange.Service!.Pick(exchange.Choice.Arm, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tried)) is { } instance)
        {
            _tried.Add(instance);
            if (!instance.Begin()) continue;
            if (!instance.IsDraining) return instance;
            // It began to drain between the two calls above: whoever drains it may have seen nothing in flight and is about to stop it.
            instance.End(exchange.ResultOf(0, FailureKind.None, exchange.Time.GetTimestamp(), retried: true));
        }
        return null;
    }

    private async ValueTask<AttemptEnd> AttemptAsync(InstanceRuntime instance)
    {
        var pool = instance.Upstream as UpstreamPool ?? instance.Attach(new UpstreamPool(instance.Host, instance.Port, clock));
        var connection = pool.TryRent();
        while (true)
        {
            if (connection is null)
            {
                (connection, _) = await pool.ConnectAsync(exchange.Policy.ConnectTimeout.ToTimeSpan());
                if (connection is null) return AttemptEnd.Fail(FailureKind.Connect, EdgeProblem.ConnectFailed, Facts(null).Replayable);
            }
            var attempt = new Attempt(exchange, instance, connection);
            var end = await attempt.RunAsync();
            if (end.Failed is null || end.Failure != FailureKind.Reset) return end;
            var mayRetry = RetryRule.Allows(FailureKind.Reset, Facts(attempt));
            // A kept connection that the server closed just now says nothing about the instance: ask it again on a fresh one.
            if (!mayRetry || !connection.Reused) return end with { MayRetry = mayRetry };
            exchange.Body?.Rewind();
            connection = null;
        }
    }

    private AttemptFacts Facts(Attempt? attempt) => new(
        _idempotent,
        exchange.Body?.Replayable ?? true,
        attempt?.AnyByteSent ?? false,
        attempt?.ProvenUndelivered ?? false,
        attempt?.AnyByteAnswered ?? false);
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
