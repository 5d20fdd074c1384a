using Fairway.Judgement;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// What the judge learns of a service while nothing is rolled out: the stable release's instances against one another, from the looks that are made anyway. Held by
/// who looks; a part of it goes into the ledger now and then.
/// </summary>
/// <param name="Memory">What is learned.</param>
public sealed record StableWatch(JudgeMemory Memory)
{
    /// <summary>What is learned is kept at most this often in a service's first hour…</summary>
    public static readonly Duration KeepFirst = Duration.FromMinutes(10);

    /// <summary>… and at most this often later; before a rollout it is always kept.</summary>
    public static readonly Duration KeepLater = Duration.FromHours(1);

    // Ticks that are longer say nothing of what happens within a minute.
    private static readonly Duration Longest = Duration.FromSeconds(30);

    private CounterCursor? Cursor { get; init; }

    private string? Release { get; init; }

    // Of a lone instance: the look that the next one is compared with. Pairs do not overlap, so that each request is learned once.
    private (Instant From, ArmCounts Counts)? Before { get; init; }

    private Instant? Since { get; init; }

    private Duration Learned { get; init; }

    /// <summary>Whether something was learned that is not kept yet.</summary>
    public bool IsFresh { get; private init; }

    /// <summary>Goes on from what the ledger holds.</summary>
    public static StableWatch Of(ServiceState state) => new(state.Memory ?? new());

    /// <summary>Whether it is time to keep what is learned.</summary>
    public bool IsDue(Instant now) => IsFresh && Since is { } since && now - since >= (Learned < KeepLater ? KeepFirst : KeepLater);

    /// <summary>After it was kept; the latencies' line is then taken afresh.</summary>
    public StableWatch Kept() => this with { IsFresh = false, Since = null, Cursor = null, Before = null };

    /// <summary>One more look at the world.</summary>
    public StableWatch Look(ServiceState state, WorldView world, Instant now)
    {
        if (state.Active is not null || state.Service?.Rollout.Judge is not { } judge || state is not { StableRelease: { } stable, Stable: { } name } || world.Edge is not { } edge)
            return this with { Cursor = null, Before = null };
        // What was usual for one release is not what is usual for the next; how instances drift apart is.
        var memory = Release is null || Release == stable.Digest ? Memory : Memory with { Metrics = [.. Memory.Metrics.Select(static metric => metric with { Baseline = default })] };
        if (Cursor is not { } cursor || Release != stable.Digest || now <= cursor.At || now - cursor.At > Longest)
        {
            return this with
            {
                Memory = memory, Release = stable.Digest, Before = null, Since = Since ?? now,
                Cursor = CounterCursor.Start(edge.Epoch, edge.Instances, Watch.Runs(world), LatencyLine.Of(stable.Digest, edge.Instances), now),
            };
        }
        if (cursor.Line is null && LatencyLine.Of(stable.Digest, edge.Instances) is { } line) cursor = cursor.WithLine(line, edge.Instances);
        var (next, gains) = cursor.Gain(edge.Epoch, edge.Instances, Watch.Runs(world), now);
        var (even, odd) = Halves(world, name, state[name], gains);
        if (odd is null && Before is null) return this with { Memory = memory, Cursor = next, Before = (cursor.At, even) };
        var tick = odd is not null ? new StableTick(cursor.At, now, even, odd) : new StableTick(Before!.Value.From, now, even, Before.Value.Counts);
        if (tick.Left.Requests + tick.Right.Requests == 0) return this with { Memory = memory, Cursor = next, Before = null };
        return this with { Memory = memory.Learn(judge.Metrics, tick), Cursor = next, Before = null, Learned = Learned + (now - tick.From), IsFresh = true };
    }

    // Instances at even and at odd places; null for the latter when there is one instance.
    private static (ArmCounts Even, ArmCounts? Odd) Halves(WorldView world, Catalog.SlotName name, Slot slot, ImmutableArray<InstanceGain> gains)
    {
        var (even, odd, hasOdd) = (ArmCounts.None, ArmCounts.None, false);
        foreach (var instance in world.Instances)
        {
            if (!instance.Serves(name, slot)) continue;
            var isOdd = instance.Ordinal % 2 == 1;
            hasOdd |= isOdd;
            foreach (var gain in gains)
            {
                if (gain.Instance != instance.Id) continue;
                if (isOdd) odd += gain.Counts;
                else even += gain.Counts;
            }
        }
        return (even, hasOdd ? odd : null);
    }
}
