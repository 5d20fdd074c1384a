using Fairway.Judgement.Statistics;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>Two groups of the stable release's instances in one tick: what should be alike.</summary>
/// <param name="From">Start of the tick.</param>
/// <param name="To">End of the tick.</param>
/// <param name="Left">Counts of one group, such as the instances at even places.</param>
/// <param name="Right">Counts of the other. With a single instance: its counts in the tick before, which takes changes in time for noise
/// and so errs on the safe side.</param>
public sealed record StableTick(Instant From, Instant To, ArmCounts Left, ArmCounts Right);

/// <summary>What is learned of one metric while nothing is rolled out.</summary>
/// <param name="Name">The metric's name.</param>
public sealed record MetricMemory(string Name)
{
    /// <summary>Log-likelihood at each ratio, of the block that goes on; empty for none.</summary>
    public ImmutableArray<double> Block { get; init; } = [];

    /// <summary>Log-likelihood of each level of noise; empty for none.</summary>
    public ImmutableArray<double> Levels { get; init; } = [];

    /// <summary>Log-likelihood at each ratio, of the long block that goes on; empty for none.</summary>
    public ImmutableArray<double> LongBlock { get; init; } = [];

    /// <summary>Log-likelihood of each level of noise between long blocks; empty for none.</summary>
    public ImmutableArray<double> LongLevels { get; init; } = [];

    /// <summary>The left group's counts in the window that goes on.</summary>
    public Tally LeftWindow { get; init; }

    /// <summary>The right group's.</summary>
    public Tally RightWindow { get; init; }

    /// <summary>Windows seen, the older the less they count.</summary>
    public double Windows { get; init; }

    /// <summary>Sum over windows of the squared difference between the left group's events and its part of all.</summary>
    public double Squares { get; init; }

    /// <summary>What that sum would be on average if requests were independent.</summary>
    public double Variances { get; init; }

    /// <summary>The stable release's counts, the older the less they count.</summary>
    public Tally Baseline { get; init; }

    /// <summary>Index in <see cref="ArmNoise.Levels"/> of the noise to reckon with.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Noise => ArmNoise.Pick(Levels.AsSpan());

    /// <summary>Rungs by which a comparison must make up for drift that lasts longer than a block.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Slack => ArmNoise.Slack(Levels.AsSpan(), LongLevels.AsSpan(), JudgeMemory.LongBlocks);

    /// <summary>How many times as much as independent requests the groups differ within seconds; 1 unless that is plain.</summary>
    /// <remarks>
    /// Pearson's χ² over windows divided by their number (P. McCullagh and J. A. Nelder, "Generalized Linear Models", 1989, §4.5); taken
    /// for 1 within two standard errors,
    /// which for rare events are √((2 + 1/v) / n).
    /// </remarks>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Dispersion
    {
        get
        {
            if (Windows < 30 || Variances <= 0) return 1;
            var ratio = Squares / Variances;
            var error = Math.Sqrt((2 + Windows / Variances) / Windows);
            return ratio > 1 + 2 * error ? Math.Round(ratio, 3) : 1;
        }
    }
}

/// <summary>
/// What is learned of a service from its stable release against itself, for the next rollout: how far alike instances drift apart, and what
/// is usual. A pure fold
/// over ticks; kept small however long it goes on.
/// </summary>
public sealed record JudgeMemory
{
    /// <summary>Blocks in a long block: a quarter of an hour.</summary>
    public const int LongBlocks = 15;

    // Retries and batches fail together within seconds.
    private static readonly Duration Window = Duration.FromSeconds(10);

    // Noise is forgotten by half within a day, what is usual within an hour: in blocks of a minute.
    private static readonly double KeepNoise = Math.Pow(0.5, 1 / 1440.0);
    private static readonly double KeepBaseline = Math.Pow(0.5, 1 / 60.0);

    /// <summary>By metric.</summary>
    public ImmutableArray<MetricMemory> Metrics { get; init; } = [];

    /// <summary>How long the block that goes on has lasted, in whole milliseconds.</summary>
    public Duration BlockElapsed { get; init; }

    /// <summary>Blocks of which the long block that goes on is made so far.</summary>
    public int Blocks { get; init; }

    /// <summary>How long the window that goes on has lasted, in whole milliseconds.</summary>
    public Duration WindowElapsed { get; init; }

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
        var length = Duration.FromMilliseconds((long)(tick.To - tick.From).TotalMilliseconds);
        var (elapsed, window) = (BlockElapsed + length, WindowElapsed + length);
        var (isOver, isWindowOver) = (elapsed >= Comparison.Block, window >= Window);
        return new()
        {
            BlockElapsed = isOver ? Duration.Zero : elapsed,
            Blocks = isOver ? (Blocks + 1) % LongBlocks : Blocks,
            WindowElapsed = isWindowOver ? Duration.Zero : window,
            Metrics = [.. metrics.Select(metric => Learn(Of(metric.Name) ?? new(metric.Name), metric, tick, isOver, isWindowOver))
                .Select(learned => isOver && Blocks + 1 == LongBlocks ? CloseLong(learned) : learned)],
        };
    }

    private static MetricMemory Learn(MetricMemory memory, MetricPolicy metric, StableTick tick, bool isOver, bool isWindowOver)
    {
        if (MetricReading.Of(metric, tick.Left, tick.Right) is { } reading)
        {
            memory = memory with
            {
                Block = reading.Events == 0 ? memory.Block : Comparison.AddTo(memory.Block, metric.Source, reading, dispersion: 1),
                LeftWindow = memory.LeftWindow + new Tally(reading.CandidateEvents, reading.CandidateExposure),
                RightWindow = memory.RightWindow + new Tally(reading.StableEvents, reading.StableExposure),
                Baseline = memory.Baseline + new Tally(reading.Events, reading.CandidateExposure + reading.StableExposure),
            };
        }
        if (isWindowOver) memory = CloseWindow(memory, metric);
        return isOver ? Close(memory) : memory;
    }

    private static MetricMemory CloseWindow(MetricMemory memory, MetricPolicy metric)
    {
        var (left, right) = (memory.LeftWindow, memory.RightWindow);
        var (events, exposure) = (left.Events + right.Events, left.Exposure + right.Exposure);
        memory = memory with { LeftWindow = default, RightWindow = default };
        if (events <= 0 || left.Exposure <= 0 || right.Exposure <= 0) return memory;
        var part = left.Exposure / exposure;
        // Hypergeometric for a share, binomial for a rate.
        var spread = events * part * (1 - part) * (MetricReading.IsShare(metric.Source) && exposure > 1 ? (exposure - events) / (exposure - 1) : 1);
        var away = left.Events - events * part;
        return memory with
        {
            Windows = LogSum.Round(memory.Windows + 1), Squares = LogSum.Round(memory.Squares + away * away), Variances = LogSum.Round(memory.Variances + spread),
        };
    }

    private static MetricMemory Close(MetricMemory memory)
    {
        var baseline = new Tally(LogSum.Round(memory.Baseline.Events * KeepBaseline), LogSum.Round(memory.Baseline.Exposure * KeepBaseline));
        memory = memory with
        {
            Baseline = baseline, Windows = LogSum.Round(memory.Windows * KeepNoise), Squares = LogSum.Round(memory.Squares * KeepNoise),
            Variances = LogSum.Round(memory.Variances * KeepNoise),
        };
        if (memory.Block.IsEmpty) return memory;
        return memory with { Block = [], Levels = Learned(memory.Levels, memory.Block, KeepNoise), LongBlock = Sum(memory.LongBlock, memory.Block) };
    }

    private static MetricMemory CloseLong(MetricMemory memory)
        => memory.LongBlock.IsEmpty ? memory
            : memory with { LongBlock = [], LongLevels = Learned(memory.LongLevels, memory.LongBlock, Math.Pow(KeepNoise, LongBlocks)) };

    private static ImmutableArray<double> Sum(ImmutableArray<double> left, ImmutableArray<double> right)
        => left.IsEmpty ? right : [.. left.Zip(right, (a, b) => LogSum.Round(a + b))];

    private static ImmutableArray<double> Learned(ImmutableArray<double> before, ImmutableArray<double> block, double keep)
    {
        Span<double> levels = stackalloc double[ArmNoise.Levels.Length];
        if (!before.IsEmpty) before.AsSpan().CopyTo(levels);
        for (var level = 0; level < levels.Length; level++) levels[level] *= keep;
        ArmNoise.Learn(levels, block.AsSpan());
        var kept = ImmutableArray.CreateBuilder<double>(levels.Length);
        // Only differences matter.
        var best = double.NegativeInfinity;
        foreach (var level in levels) best = Math.Max(best, level);
        foreach (var level in levels) kept.Add(LogSum.Round(level - best));
        return kept.MoveToImmutable();
    }
}
