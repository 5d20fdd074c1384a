using Fairway.Metrics.Model;

namespace Fairway.Metrics.Rules;

/// <summary>A rule and how it is.</summary>
/// <param name="Config">The rule.</param>
public sealed record RuleStatus(RuleConfig Config)
{
    /// <summary>When it was evaluated last; null: not yet.</summary>
    public DateTimeOffset? EvaluatedAt { get; init; }

    /// <summary>How long that took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why that failed; empty when it did not.</summary>
    public string LastError { get; init; } = "";

    /// <summary>Its alerts by their labels, those that are over for a while among them.</summary>
    public ImmutableDictionary<Labels, Alert> Alerts { get; init; } = ImmutableDictionary<Labels, Alert>.Empty;

    /// <summary>Those that hold.</summary>
    public IEnumerable<Alert> ActiveAlerts => Alerts.Values.Where(a => a.Phase != AlertPhase.Inactive).OrderBy(a => a.Labels);

    /// <summary>The most serious phase of its alerts.</summary>
    public AlertPhase Phase => Alerts.IsEmpty ? AlertPhase.Inactive : Alerts.Values.Max(a => a.Phase);
}

/// <summary>A group and how it is.</summary>
/// <param name="Config">The group.</param>
/// <param name="Interval">Between two evaluations.</param>
/// <param name="Rules">In order.</param>
/// <param name="EvaluatedAt">When it was evaluated last; null: not yet.</param>
/// <param name="Duration">How long that took.</param>
/// <param name="Missed">Evaluations that were left out because the one before took too long.</param>
public sealed record RuleGroupStatus(
    RuleGroupConfig Config, TimeSpan Interval, ImmutableArray<RuleStatus> Rules, DateTimeOffset? EvaluatedAt, TimeSpan Duration, long Missed);
