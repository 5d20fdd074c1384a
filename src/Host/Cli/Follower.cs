using System.Runtime.CompilerServices;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>What a follower knows at one moment.</summary>
/// <param name="Service">The live view.</param>
/// <param name="Decisions">Decisions of the view's rollout so far, oldest first.</param>
/// <param name="Away">The control plane does not answer just now; the rest is what was known last.</param>
internal sealed record Frame(ServiceInfo Service, IReadOnlyList<DecisionInfo> Decisions, bool Away);

/// <summary>Follows a service through restarts of its control plane.</summary>
/// <param name="client">The API.</param>
/// <param name="environment">Such as <c>production</c>.</param>
/// <param name="service">Such as <c>shop</c>.</param>
/// <param name="time">Clock.</param>
internal sealed class Follower(FairwayClient client, string environment, string service, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(300);
    private readonly Absence _absence = new(time);
    private ServiceInfo? _last;
    private string? _rollout;
    private IReadOnlyList<DecisionInfo> _decisions = [];

    /// <summary>A frame whenever something changed, and once more each <paramref name="tick"/> (null is never), until cancelled.</summary>
    /// <exception cref="FairwayException">The control plane is away for a minute, or said no.</exception>
    public async IAsyncEnumerable<Frame> FramesAsync(TimeSpan? tick, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var views = client.WatchAsync(environment, service, reading.Token).GetAsyncEnumerator(reading.Token);
            Task<bool>? next = null;
            try
            {
                while (true)
                {
                    next ??= views.MoveNextAsync().AsTask();
                    if (tick is { } span && await IsSlowAsync(next, span, cancellation))
                    {
                        if (_last is { } known) yield return new(known, _decisions, _absence.IsAway);
                        continue;
                    }

                    if (!await MovedAsync(next)) break;
                    next = null;
                    _absence.End();
                    yield return await ReadAsync(views.Current, cancellation);
                }
            }
            finally
            {
                await reading.CancelAsync();
                if (next is not null) await Quiet(next);
                await views.DisposeAsync();
            }

            _absence.Begin("the rollout");
            if (_last is not { } last) throw Absence.Lasting("the rollout");
            yield return new(last, _decisions, Away: true);
            await Task.Delay(Retry, time, cancellation);
        }
    }

    private async Task<Frame> ReadAsync(ServiceInfo view, CancellationToken cancellation)
    {
        var changed = _last is null || _last.StreamVersion != view.StreamVersion;
        _last = view;
        if (view.Rollout is not { } rollout || !changed) return new(view, _decisions, Away: false);
        try
        {
            // Only what is new: each look at the counts is a record, and a long rollout has thousands.
            var known = _rollout == rollout.Summary.Id ? _decisions : [];
            var fresh = (await client.ExplainAsync(rollout.Summary.Id, known.Count > 0 ? known[^1].Seq : null, cancellation)).Decisions;
            (_rollout, _decisions) = (rollout.Summary.Id, [.. known, .. fresh]);
        }
        catch (FairwayException e) when (e.Status is null)
        {
            // It went away between two calls; what is new will be read when it is back.
            _last = view with { StreamVersion = -1 };
            return new(view, _decisions, Away: true);
        }

        return new(view, _decisions, Away: false);
    }

    private async Task<bool> IsSlowAsync(Task next, TimeSpan span, CancellationToken cancellation)
    {
        if (next.IsCompleted) return false;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var slow = await Task.WhenAny(next, Task.Delay(span, time, enough.Token)) != next;
        cancellation.ThrowIfCancellationRequested();
        await enough.CancelAsync();
        return slow;
    }

    private static async Task<bool> MovedAsync(Task<bool> next)
    {
        try
        {
            return await next;
        }
        catch (FairwayException e) when (e.Status is null)
        {
            return false;
        }
    }

    private static async Task Quiet(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is OperationCanceledException or FairwayException)
        {
            // We ended it.
        }
    }
}
