using NodaTime;

namespace Fairway.Pipelines;

/// <summary>
/// How long what runs leave is kept: logs, and the files and results that later runs take. The runs themselves are in the ledger and stay; so do releases, which
/// are kept apart by rules of their own, so nothing that an environment can go back to is touched.
/// </summary>
public sealed record PipelineRetention
{
    /// <summary>From the start of a control plane to the first time.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMinutes(5);

    /// <summary>From one time to the next.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>From the end of a run for its logs, and from the last use for anything else.</summary>
    public Duration Age { get; init; } = Duration.FromDays(30);

    /// <summary>Bytes of all logs; the oldest go first.</summary>
    public long LogBytes { get; init; } = 10L << 30;

    /// <summary>Bytes of the cache; what was not used for the longest goes first.</summary>
    public long CacheBytes { get; init; } = 20L << 30;
}
