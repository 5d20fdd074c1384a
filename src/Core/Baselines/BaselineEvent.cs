using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>A release by digest and name.</summary>
/// <param name="Digest">Its identity.</param>
/// <param name="Version">Its name.</param>
public sealed record ComparedRelease(string Digest, string Version)
{
    /// <summary>Of a release.</summary>
    public static ComparedRelease Of(Release release) => new(release.Digest, release.Version);
}

/// <summary>
/// What was measured around a rollout. Each rollout has a stream of its own, <c>baseline/environment/service/number</c>, in which the window before comes first and the
/// comparison last: the expected version makes each happen at most once, whoever is killed.
/// </summary>
/// <param name="Rollout"><c>environment/service/number</c>.</param>
/// <param name="Why">In words.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(BeforeMeasured), "before-measured.v1")]
[JsonDerivedType(typeof(ReleaseCompared), "release-compared.v1")]
public abstract record BaselineEvent(string Rollout, Why Why, Instant At)
{
    /// <summary>What every such stream begins with.</summary>
    public const string StreamPrefix = "baseline/";

    /// <summary>The window before the candidate's first traffic, kept until the comparison.</summary>
    /// <param name="Rollout">Its id.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Release">The candidate.</param>
    /// <param name="Stable">What served before; null for the first release.</param>
    /// <param name="IsRollback">It takes the service back to a former release.</param>
    /// <param name="Before">The window; null when nothing could be measured.</param>
    /// <param name="Why">What it is, or why there is none.</param>
    /// <param name="At">When.</param>
    public sealed record BeforeMeasured(
        string Rollout, int Number, ComparedRelease Release, ComparedRelease? Stable, bool IsRollback, MeasuredWindow? Before, Why Why, Instant At) : BaselineEvent(Rollout, Why, At);

    /// <summary>A rollout's end, and how the service was before it and after it. Of one that was taken back, "after" is the candidate while it had traffic.</summary>
    /// <param name="Rollout">Its id.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Release">The candidate.</param>
    /// <param name="Stable">What served before; null for the first release.</param>
    /// <param name="IsRollback">It took the service back to a former release.</param>
    /// <param name="Outcome">How it ended.</param>
    /// <param name="Before">The window before; null when nothing could be measured.</param>
    /// <param name="After">The window after; null when nothing could be measured.</param>
    /// <param name="Changes">Metric by metric.</param>
    /// <param name="Why">In words.</param>
    /// <param name="At">When.</param>
    public sealed record ReleaseCompared(
        string Rollout, int Number, ComparedRelease Release, ComparedRelease? Stable, bool IsRollback, RolloutPhase Outcome, MeasuredWindow? Before, MeasuredWindow? After,
        ImmutableArray<MetricChange> Changes, Why Why, Instant At) : BaselineEvent(Rollout, Why, At)
    {
        /// <summary>Whether it says something of what is usual after a release.</summary>
        [JsonIgnore]
        public bool IsOfUse => Outcome == RolloutPhase.Completed && !IsRollback;

        /// <summary>A metric; null when it was not measured.</summary>
        public MetricChange? Find(string metric) => Changes.FirstOrDefault(change => change.Metric == metric);
    }

    /// <summary>A rollout's stream.</summary>
    public static string StreamOf(string rollout) => StreamPrefix + rollout;

    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(BaselineEvent happened) => new(happened.At, EventTypes<BaselineEvent>.Name(happened), "fairway", null, EventTypes<BaselineEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    public static BaselineEvent? Read(LedgerEvent record) => EventTypes<BaselineEvent>.Read(record.Type, record.Data);
}
