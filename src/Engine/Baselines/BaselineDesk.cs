using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>
/// Measures services around their rollouts and records how each was before and after. It stands beside the rollouts' loops, reads what they see, and decides nothing of
/// theirs. Killed at any moment, the next one goes on with what the ledger holds: each comparison is written at most once.
/// </summary>
/// <param name="ledger">Where comparisons are kept.</param>
/// <param name="rollouts">The services.</param>
/// <param name="usage">Measures instances; null where nobody can.</param>
/// <param name="metrics">Declared queries' values; null is none.</param>
/// <param name="clock">The time.</param>
public sealed class BaselineDesk(ILedger ledger, RolloutEngine rollouts, IWorkloadUsage? usage, IMetricsSource? metrics, EngineClock clock)
{
    private static readonly Duration LookEvery = Duration.FromSeconds(1);
    private static readonly Duration CalmEvery = Duration.FromSeconds(5);
    private static readonly Duration UsageEvery = Duration.FromSeconds(15);
    private readonly ConcurrentDictionary<ServiceKey, Watched> _watched = new();
    private readonly QueryWindows _queries = new(metrics, clock);

    /// <summary>What keeps it from measuring now; null when it measures.</summary>
    public Fault? Problem { get; private set; }

    /// <summary>What is measured of a rollout until now; null when nothing is being measured of it.</summary>
    public PendingComparison? Find(ServiceKey key, int number)
        => _watched.GetValueOrDefault(key)?.Watch.Pending is { } pending && pending.Number == number ? pending : null;

    /// <summary>The comparison of the release that serves, when it is worse than this service's releases usually are; null otherwise.</summary>
    public Why? NoticeOf(ServiceKey key) => _watched.GetValueOrDefault(key)?.Notice;

    /// <summary>Takes over what an earlier control plane began.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        foreach (var (_, document) in await ledger.ListAsync(BaselinesProjection.Name, BaselinesProjection.Open, cancellation))
        {
            var opened = FairwayJson.Read<BaselineEvent.BeforeMeasured>(document);
            // By number, ascending: of several the last is gone on with, the others are over.
            if (BaselinesProjection.KeyOf(opened.Rollout) is not var (key, _)) continue;
            var watched = _watched.GetOrAdd(key, static _ => new());
            if (watched.Watch.Pending is { } earlier) watched.Left.Enqueue(earlier);
            watched.Watch = BaselineWatch.Resume(opened);
        }
    }

    /// <summary>Measures until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var isBusy = await LookAsync(cancellation);
            await Task.Delay((isBusy ? LookEvery : CalmEvery).ToTimeSpan(), clock.Time, cancellation);
        }
    }

    // What is wrong with one service keeps no other from being measured, and ends no loop.
    private async Task<bool> LookAsync(CancellationToken cancellation)
    {
        Fault? problem = null;
        var isBusy = false;
        _queries.NoticeSteps();
        foreach (var key in rollouts.Services)
        {
            try
            {
                if (rollouts.Find(key)?.Current is not { World: { } world, LookedAt: { } at } now) continue;
                var watched = _watched.GetOrAdd(key, static _ => new());
                var isWatched = now.State.Active is not null || watched.Watch.Pending is not null;
                isBusy |= isWatched;
                await MeasureAsync(key, watched, isWatched, cancellation);
                await LookAsync(key, watched, now.State, world, at, cancellation);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                problem ??= LoopFault.Of(error, $"measuring {key}");
            }
        }
        Problem = problem;
        return isBusy;
    }

    private async Task LookAsync(ServiceKey key, Watched watched, ServiceState state, WorldView world, Instant at, CancellationToken cancellation)
    {
        while (watched.Left.TryPeek(out var left))
        {
            await ConcludeAsync(key, left.Supersede(state, at), state, cancellation);
            watched.Left.Dequeue();
        }
        if (!watched.IsNoticed) await NoticeAsync(key, watched, state, cancellation);
        watched.Watch = watched.Watch.Look(state, world, watched.Usage, at);
        while (watched.Watch.Pending is { } pending)
        {
            if (!pending.IsOpen) watched.Watch = await OpenAsync(key, watched.Watch, pending, cancellation);
            else if (!pending.IsDue(clock.Now)) return;
            else
            {
                await ConcludeAsync(key, pending, state, cancellation);
                watched.Watch = watched.Watch.Settled().Look(state, world, watched.Usage, at);
                await NoticeAsync(key, watched, state, cancellation);
            }
        }
        // A release without a comparison of its own, such as one before the first measured one, has nothing to be noticed.
        if (watched.NoticeOf is { } release && state.StableRelease?.Digest != release) watched.Notice = null;
    }

    private async Task<BaselineWatch> OpenAsync(ServiceKey key, BaselineWatch watch, PendingComparison pending, CancellationToken cancellation)
    {
        var opened = pending.Opened;
        if (opened is { Before: { } before, Stable: { } stable })
            opened = opened with { Before = before.With(await _queries.AskAsync(key, pending.Metrics, stable, opened.Release, before, cancellation)) };
        var stream = BaselineEvent.StreamOf(opened.Rollout);
        if ((await ledger.AppendAsync(stream, 0, [BaselineEvent.Write(opened)], cancellation)).Done) return watch.Opened(opened);
        // An earlier control plane was quicker than its death.
        var records = await ledger.ReadStreamAsync(stream, 0, 2, cancellation);
        return records is [var first] && BaselineEvent.Read(first) is BaselineEvent.BeforeMeasured known ? watch.Opened(known) : watch.Settled();
    }

    private async Task ConcludeAsync(ServiceKey key, PendingComparison pending, ServiceState state, CancellationToken cancellation)
    {
        var after = pending.After(isLast: true);
        if (after is not null)
            after = after.With(await _queries.AskAsync(key, pending.Metrics, pending.Opened.Release, pending.Opened.Stable, after, cancellation));
        var compared = pending.Conclude(after, state.Memory, clock.Now);
        // Refused, it is there already.
        await ledger.AppendAsync(BaselineEvent.StreamOf(compared.Rollout), 1, [BaselineEvent.Write(compared)], cancellation);
    }

    private async Task MeasureAsync(ServiceKey key, Watched watched, bool isWatched, CancellationToken cancellation)
    {
        if (usage is null || (watched.Usage is { } last && clock.Now - last.At < (isWatched ? CalmEvery : UsageEvery))) return;
        watched.Usage = new(clock.Now, await usage.MeasureAsync(key, cancellation));
    }

    private async Task NoticeAsync(ServiceKey key, Watched watched, ServiceState state, CancellationToken cancellation)
    {
        watched.IsNoticed = true;
        (watched.Notice, watched.NoticeOf) = (null, null);
        if (state.StableRelease is not { } stable) return;
        var rows = await new BaselineBook(ledger).OfReleaseAsync(stable.Digest, cancellation);
        if (rows.FirstOrDefault(row => BaselinesProjection.KeyOf(row.Compared.Rollout)?.Key == key && row.Compared.IsOfUse) is not { } newest) return;
        if (newest.WorseThanUsual.Select(change => BaselineWords.Beside(change, newest.UsualOf(change))).OfType<string>().ToArray() is not { Length: > 0 } worse) return;
        (watched.Notice, watched.NoticeOf) = (Why.Because("worse-than-usual", "{version} is worse than usual: {metrics}", ("version", stable.Version), ("metrics", string.Join("; ", worse))), stable.Digest);
    }

    private sealed class Watched
    {
        // Read by whoever looks at a page, meanwhile.
        private volatile BaselineWatch _watch = new();
        private volatile Why? _notice;

        public BaselineWatch Watch
        {
            get => _watch;
            set => _watch = value;
        }

        public Why? Notice
        {
            get => _notice;
            set => _notice = value;
        }

        public string? NoticeOf { get; set; }

        public bool IsNoticed { get; set; }

        public UsageLook? Usage { get; set; }

        // Comparisons that were begun before the last one, and whose control plane ended.
        public Queue<PendingComparison> Left { get; } = new();
    }
}
