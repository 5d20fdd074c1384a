using Fairway.Judgement.Statistics;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>Two groups of the stable release's instances in one tick: what should be alike.</summary>
/// <param name="From">Start of the tick.</param>
/// <param name="To">End of the tick.</param>
/// <param name="Left">Counts of one group, such as the instances at even places.</param>
/// <param name="Right">Counts of the other. With a single instance: its counts in the tick before, which takes changes in time for noise and so errs on the safe side.</param>
public sealed record StableTick(Instant From, Instant To, ArmCounts Left, ArmCounts Right);

/// <summary>What is learned of one metric while nothing is rolled out.</summary>
/// <param name="Name">The metric's name.</param>
public sealed record MetricMemory(string Name)
{
    /// <summary>Log-likelihood at each ratio, of the block that goes on; empty for none.</summary>
    public ImmutableArray<double> Block { get; init; } = [];

    /// <summary>Log-likelihood of each level of noise; empty for none.</summary>
    public ImmutableArray<double> Levels { get; init; } = [];

    /// <summary>The stable release's counts, the older the less they count.</summary>
    public Tally Baseline { get; init; }

    /// <summary>Index in <see cref="ArmNoise.Levels"/> of the noise to reckon with.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Noise => ArmNoise.Pick(Levels.AsSpan());
}

/// <summary>
/// What is learned of a service from its stable release against itself, for the next rollout: how far alike instances drift apart, and what is usual. A pure fold
/// over ticks; kept small however long it goes on.
/// </summary>
public sealed record JudgeMemory
{
    // Noise is forgotten by half within a day, what is usual within an hour: in blocks of a minute.
    private static readonly double KeepNoise = Math.Pow(0.5, 1 / 1440.0);
    private static readonly double KeepBaseline = Math.Pow(0.5, 1 / 60.0);

    /// <summary>By metric.</summary>
    public ImmutableArray<MetricMemory> Metrics { get; init; } = [];

    /// <summary>How long the block that goes on has lasted, in whole milliseconds.</summary>
    public Duration BlockElapsed { get; init; }

    /// <summary>What is known of a metric; null for nothing.</summary>
    public MetricMemory? Of(string name)
    {
        foreach (var metric in Metrics)
            if (metric.Name == name) return metric;
        return null;
    }

    /// <summary>One more tick of stable against stable.</summary>
    /// <param name="metrics">What is to be learned about.</param>
    /// <param name="tick">The tick. One that ends before it begins teaches nothing.</param>
    public JudgeMemory Learn(ImmutableArray<MetricPolicy> metrics, StableTick tick)
    {
        if (tick.To <= tick.From) return this;
        var elapsed = BlockElapsed + Duration.FromMilliseconds((long)(tick.To - tick.From).TotalMilliseconds);
        var isOver = elapsed >= Comparison.Block;
        return new()
        {
            BlockElapsed = isOver ? Duration.Zero : elapsed,
            Metrics = [.. metrics.Select(metric => Learn(Of(metric.Name) ?? new(metric.Name), metric, tick, isOver))],
        };
    }

    private static MetricMemory Learn(MetricMemory memory, MetricPolicy metric, StableTick tick, bool isOver)
    {
        if (MetricReading.Of(metric, tick.Left, tick.Right) is { } reading)
        {
            memory = memory with
            {
                Block = reading.Events == 0 ? memory.Block : Comparison.AddTo(memory.Block, metric.Source, reading),
                Baseline = memory.Baseline + new Tally(reading.Events, reading.CandidateExposure + reading.StableExposure),
            };
        }
        return isOver ? Close(memory) : memory;
    }

    private static MetricMemory Close(MetricMemory memory)
    {
        var baseline = new Tally(Math.Round(memory.Baseline.Events * KeepBaseline, 6), Math.Round(memory.Baseline.Exposure * KeepBaseline, 6));
        if (memory.Block.IsEmpty) return memory with { Baseline = baseline };
        Span<double> levels = stackalloc double[ArmNoise.Levels.Length];
        if (!memory.Levels.IsEmpty) memory.Levels.AsSpan().CopyTo(levels);
        for (var level = 0; level < levels.Length; level++) levels[level] *= KeepNoise;
        ArmNoise.Learn(levels, memory.Block.AsSpan());
        var kept = ImmutableArray.CreateBuilder<double>(levels.Length);
        // Only differences matter.
        var best = double.NegativeInfinity;
        foreach (var level in levels) best = Math.Max(best, level);
        foreach (var level in levels) kept.Add(Math.Round(level - best, 6));
        return memory with { Block = [], Levels = kept.MoveToImmutable(), Baseline = baseline };
    }
}
