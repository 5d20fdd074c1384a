using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>Why a measurement begins when it does.</summary>
public enum MeterStart
{
    /// <summary>The release got the traffic then: that is its beginning.</summary>
    Traffic,

    /// <summary>A rollout had ended then.</summary>
    RolloutEnded,

    /// <summary>The control plane had begun then.</summary>
    ControlPlane,

    /// <summary>Before that, nobody could look for a while.</summary>
    Gap,
}

/// <summary>Usage of a service's instances at one moment.</summary>
/// <param name="At">When it was measured.</param>
/// <param name="Instances">Each running instance.</param>
public sealed record UsageLook(Instant At, ImmutableArray<InstanceUsage> Instances);

/// <summary>
/// Measures one release by looks at the edge's cumulative counters and at its instances: what it did in the last <see cref="Longest"/>. A pure fold, of bounded size.
/// </summary>
public sealed record WindowMeter
{
    /// <summary>What is older is forgotten.</summary>
    public static readonly Duration Longest = Duration.FromMinutes(10);

    /// <summary>A pause between looks that is longer begins the measurement anew: nobody knows what happened in it, or the clock was set.</summary>
    public static readonly Duration Gap = Duration.FromMinutes(2);

    // Sums are forgotten by the minute.
    private static readonly Duration Part = Duration.FromMinutes(1);

    private const int MostGone = 64;

    private WindowMeter(string release, MeterStart start, CounterCursor cursor)
    {
        Release = release;
        Start = start;
        Cursor = cursor;
        Began = cursor.At;
        Parts = [new(cursor.At, cursor.At)];
    }

    /// <summary>The release's digest.</summary>
    public string Release { get; }

    /// <summary>Why it begins when it does.</summary>
    public MeterStart Start { get; }

    /// <summary>When it began.</summary>
    public Instant Began { get; }

    /// <summary>The last look at the edge.</summary>
    public Instant At => Cursor.At;

    private CounterCursor Cursor { get; init; }

    // Latencies used up, by instance.
    private ImmutableDictionary<string, ImmutableSortedDictionary<int, long>> Latencies { get; init; } = ImmutableDictionary<string, ImmutableSortedDictionary<int, long>>.Empty;

    private UsageLook? Usage { get; init; }

    private ImmutableArray<WindowSums> Parts { get; init; }

    /// <summary>Begins with everything that was counted until now taken as known.</summary>
    /// <param name="release">The release's digest.</param>
    /// <param name="start">Why now.</param>
    /// <param name="world">What is seen.</param>
    /// <param name="edge">The edge's part of it.</param>
    /// <param name="now">When it was seen.</param>
    public static WindowMeter Begin(string release, MeterStart start, WorldView world, EdgeView edge, Instant now)
        => new(release, start, CounterCursor.Start(edge.Epoch, edge.Instances, Watch.Runs(world), null, now)) { Latencies = Read(edge, release) };

    /// <summary>One more look. A look that is not later than the last, or without the edge, adds no traffic.</summary>
    /// <param name="world">What is seen.</param>
    /// <param name="usage">Usage, when it was measured since the last look; a look at it is taken once.</param>
    /// <param name="now">When it was seen.</param>
    public WindowMeter Look(WorldView world, UsageLook? usage, Instant now)
    {
        var next = AddUsage(world, usage);
        if (world.Edge is not { } edge || now <= At) return next;
        if (now - At > Gap) return Begin(Release, MeterStart.Gap, world, edge, now);
        var (cursor, delta) = Cursor.Advance(edge.Epoch, edge.Instances, Watch.Runs(world), now);
        // A late answer of a run of the edge that is over.
        if (cursor.At == At) return next;
        var (latencies, gained) = Gain(edge);
        return next.Add(new(At, now) { Counts = delta.GetValueOrDefault(Release, ArmCounts.None), Latency = gained })
            with { Cursor = Kept(cursor, edge), Latencies = latencies };
    }

    /// <summary>What was measured, at most <see cref="Longest"/> back from the last look; null when no time has passed.</summary>
    /// <param name="judged">The metrics that the service is judged by.</param>
    /// <param name="before">The window that this one is compared with; null is none.</param>
    public MeasuredWindow? Measure(ImmutableArray<MetricPolicy> judged, MeasuredWindow? before)
    {
        var sums = Parts[0];
        for (var i = 1; i < Parts.Length; i++) sums += Parts[i];
        return sums.To > sums.From ? sums.Measure(judged, before) : null;
    }

    private WindowMeter Add(WindowSums sums)
    {
        var last = Parts[^1];
        if (last.To - last.From < Part) return this with { Parts = Parts.SetItem(Parts.Length - 1, last + sums) };
        var first = 0;
        while (first < Parts.Length && sums.To - Parts[first].From > Longest) first++;
        return this with { Parts = [.. Parts.AsSpan()[first..], sums] };
    }

    private WindowMeter AddUsage(WorldView world, UsageLook? usage)
    {
        if (usage is null || usage.At <= Usage?.At || usage.At < Began) return this;
        var seconds = Usage is { } before ? (usage.At - before.At).TotalSeconds : 0;
        var (cpu, memory) = (new List<KeyValuePair<int, long>>(), new List<KeyValuePair<int, long>>());
        foreach (var instance in usage.Instances)
        {
            if (!world.Instances.Any(view => view.Id == instance.Instance && view.Release == Release && view.Phase == InstancePhase.Ready)) continue;
            if (instance.MemoryBytes > 0) memory.Add(new(LatencyBuckets.IndexOf(instance.MemoryBytes / 1024), 1));
            var earlier = Usage?.Instances.FirstOrDefault(other => other.Instance == instance.Instance);
            // A process that began anew counts from nothing again.
            if (earlier is null || seconds <= 0 || instance.CpuTime < earlier.CpuTime) continue;
            cpu.Add(new(LatencyBuckets.IndexOf((long)((instance.CpuTime - earlier.CpuTime).TotalSeconds / seconds * 1e6)), 1));
        }
        var last = Parts[^1];
        return this with
        {
            Usage = usage, Parts = Parts.SetItem(Parts.Length - 1, last with { Cpu = WindowSums.Sum(last.Cpu, cpu), Memory = WindowSums.Sum(last.Memory, memory) }),
        };
    }

    // As the cursor does it: another run of the edge, or counts that went back, begin at nothing.
    private (ImmutableDictionary<string, ImmutableSortedDictionary<int, long>> Used, ImmutableSortedDictionary<int, long> Gained) Gain(EdgeView edge)
    {
        var gained = ImmutableSortedDictionary.CreateBuilder<int, long>();
        var read = Read(edge, Release);
        foreach (var (instance, counts) in read)
        {
            var before = edge.Epoch == Cursor.Epoch ? Latencies.GetValueOrDefault(instance) : null;
            if (before?.Any(pair => counts.GetValueOrDefault(pair.Key) < pair.Value) == true) before = null;
            foreach (var (bucket, count) in counts)
                if (count - (before?.GetValueOrDefault(bucket) ?? 0) is > 0 and var more) gained[bucket] = gained.GetValueOrDefault(bucket) + more;
        }
        return (read, gained.ToImmutable());
    }

    // Instances come and go for weeks; of those that left the edge's table nothing more comes.
    private static CounterCursor Kept(CounterCursor cursor, EdgeView edge)
    {
        if (cursor.Used.Count <= edge.Instances.Length && cursor.Restarts.Count <= edge.Instances.Length + MostGone) return cursor;
        var known = edge.Instances.Select(static row => row.Instance).ToHashSet(StringComparer.Ordinal);
        return cursor with
        {
            Used = cursor.Used.RemoveRange(cursor.Used.Keys.Where(instance => !known.Contains(instance))),
            Restarts = cursor.Restarts.RemoveRange(cursor.Restarts.Keys.Where(instance => !known.Contains(instance))),
        };
    }

    private static ImmutableDictionary<string, ImmutableSortedDictionary<int, long>> Read(EdgeView edge, string release)
    {
        var read = ImmutableDictionary.CreateBuilder<string, ImmutableSortedDictionary<int, long>>(StringComparer.Ordinal);
        foreach (var row in edge.Instances)
            if (row.Release == release) read[row.Instance] = read.TryGetValue(row.Instance, out var other) ? WindowSums.Sum(other, row.Latency) : row.Latency;
        return read.ToImmutable();
    }
}
