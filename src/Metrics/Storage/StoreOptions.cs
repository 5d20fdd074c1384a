namespace Fairway.Metrics.Storage;

/// <summary>How a store keeps samples. The defaults are those of a single machine.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder; made when it is not there. Only the store on disk needs one.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Samples older than this, counted back from the newest one held, are deleted, a whole block at a time.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(15);

    /// <summary>Bytes of blocks and log above which the oldest blocks are deleted; null for no limit.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>Time that a block as it is first written holds; blocks are compacted up to a tenth of <see cref="Retention"/>.</summary>
    public TimeSpan BlockRange { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How far behind the newest sample of its series a sample may come.</summary>
    public TimeSpan OutOfOrderWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How far ahead of the clock a sample may be; null for no limit.</summary>
    public TimeSpan? Ahead { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// When the log is flushed to the device. Every commit is written to the operating system before it returns, so a crash of the process loses
    /// nothing; a crash of the machine loses what was not flushed. Null: when a segment is full and at the end, as Prometheus does. Zero: before each
    /// commit returns, one flush for all commits that wait. Otherwise: by a commit that finds the last flush longer ago than this.
    /// </summary>
    public TimeSpan? FlushEvery { get; init; }

    /// <summary>Bytes after which the log begins a new segment.</summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Series that one value of the label <c>job</c> may have at a time; more are counted in an overflow series.</summary>
    public int SeriesPerJob { get; init; } = 1_000_000;

    /// <summary>Series of all jobs together.</summary>
    public int Series { get; init; } = 10_000_000;
}
