using Fairway.Metrics.Model;

namespace Fairway.Metrics.Rules;

/// <summary>How an alert is.</summary>
public enum AlertPhase
{
    /// <summary>It holds no more.</summary>
    Inactive,

    /// <summary>It holds, but not for long enough.</summary>
    Pending,

    /// <summary>It holds for long enough.</summary>
    Firing,
}

/// <summary>One alert of a rule: for one label set.</summary>
/// <param name="Labels">Its labels, <c>alertname</c> among them.</param>
/// <param name="Annotations">As filled in last.</param>
/// <param name="Value">Of the rule's expression, last.</param>
/// <param name="Phase">How it is.</param>
/// <param name="ActiveAt">Since when it holds.</param>
public sealed record Alert(Labels Labels, ImmutableArray<Label> Annotations, double Value, AlertPhase Phase, DateTimeOffset ActiveAt)
{
    /// <summary>When it began to fire.</summary>
    public DateTimeOffset? FiredAt { get; init; }

    /// <summary>When it ceased to hold.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Since when it fires only because it is kept firing.</summary>
    public DateTimeOffset? KeptSince { get; init; }
}

/// <summary>What the alerts of a rule become. Pure (Prometheus, rules/alerting.go).</summary>
public static class AlertDecider
{
    // Resolved ones are kept so long, so that who is told of them can be told again.
    private static readonly TimeSpan ResolvedRetention = TimeSpan.FromMinutes(15);

    /// <summary>Decides.</summary>
    /// <param name="before">By labels.</param>
    /// <param name="found">What the rule's expression gives now; labels unique.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="now">Time of the evaluation.</param>
    public static ImmutableDictionary<Labels, Alert> Decide(
        ImmutableDictionary<Labels, Alert> before, IReadOnlyDictionary<Labels, Alert> found, RuleConfig rule, DateTimeOffset now)
    {
        var after = before.ToBuilder();
        foreach (var (labels, alert) in found)
        {
            after[labels] = before.GetValueOrDefault(labels) is { Phase: not AlertPhase.Inactive } known
                ? known with { Value = alert.Value, Annotations = alert.Annotations, KeptSince = null }
                : alert with { Phase = AlertPhase.Pending, ActiveAt = now };
        }

        foreach (var (labels, alert) in before)
        {
            if (found.ContainsKey(labels)) continue;
            var kept = alert.Phase == AlertPhase.Firing && rule.KeepFiringFor > TimeSpan.Zero ? alert with { KeptSince = alert.KeptSince ?? now } : null;
            if (kept is not null && now - kept.KeptSince < rule.KeepFiringFor) after[labels] = kept;
            else if (alert.Phase == AlertPhase.Pending || (alert.ResolvedAt is { } resolved && now - resolved > ResolvedRetention)) after.Remove(labels);
            else if (alert.Phase != AlertPhase.Inactive) after[labels] = alert with { Phase = AlertPhase.Inactive, ResolvedAt = now };
        }

        foreach (var (labels, alert) in after.ToArray())
        {
            if (alert.Phase == AlertPhase.Pending && now - alert.ActiveAt >= rule.For) after[labels] = alert with { Phase = AlertPhase.Firing, FiredAt = now };
        }

        return after.ToImmutable();
    }

    /// <summary>Since when an alert holds that held before a restart: time during which nobody looked does not count.</summary>
    /// <param name="alert">As it is now.</param>
    /// <param name="activeAt">Since when it held before.</param>
    /// <param name="lastSeen">When it was last seen to hold.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="now">The time.</param>
    public static Alert Restore(Alert alert, DateTimeOffset activeAt, DateTimeOffset lastSeen, RuleConfig rule, DateTimeOffset now)
    {
        var remaining = rule.For - (lastSeen - activeAt);
        if (remaining <= TimeSpan.Zero) return alert with { ActiveAt = activeAt };
        // Not at once after a start: there is time to see whether it holds.
        return remaining < RuleRunner.GracePeriod ? alert with { ActiveAt = now + RuleRunner.GracePeriod - rule.For } : alert with { ActiveAt = activeAt + (now - lastSeen) };
    }
}
