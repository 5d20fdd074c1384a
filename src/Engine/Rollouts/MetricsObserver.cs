using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// Asks the metrics source beside the looks, one question round at a time and only while a rollout is compared by queries: a look takes the
/// last answer and waits for none.
/// </summary>
internal sealed class MetricsObserver(IMetricsSource? source, EngineSettings settings, EngineClock clock)
{
    private Task _asking = Task.CompletedTask;
    private Instant? _asked;
    private volatile MetricsView? _latest;

    /// <summary>The last answer; null when nothing is asked now.</summary>
    public MetricsView? Latest => _latest;

    /// <summary>Begins to ask when it is time; never waits.</summary>
    public void Look(ServiceState state, CancellationToken cancellation)
    {
        if (QueryPlan.Of(state) is not { } plan)
        {
            _latest = null;
            return;
        }
        var now = clock.Now;
        if (!_asking.IsCompleted || now - _asked < settings.MetricsLook) return;
        _asked = now;
        _asking = AskAsync(plan, now, cancellation);
    }

    /// <summary>Waits until the source has let go; after a cancellation.</summary>
    public Task DrainAsync() => _asking;

    private async Task AskAsync(QueryPlan plan, Instant now, CancellationToken cancellation)
    {
        try
        {
            var answers = source is null
                ? All(plan, new(FaultKind.NotFound, Blame.Configuration, Retryable: false, "no metrics source is set up"))
                : await source.AskAsync(plan.Expressions, cancellation);
            _latest = plan.Read(now, answers);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The engine ends; the next one asks again.
        }
        catch (Exception error)
        {
            _latest = plan.Read(now, All(plan, new(FaultKind.Failed, Blame.Fairway, Retryable: true,
                $"{error.GetType().Name} while asking the metrics source: {error.Message}")));
        }
    }

    private static ImmutableArray<QueryAnswer> All(QueryPlan plan, Fault fault) => [.. plan.Expressions.Select(_ => new QueryAnswer(null, fault))];
}
