using Fairway.Metrics.Model;

namespace Fairway.Metrics.Rules;

/// <summary>A group of a rule file: rules that are evaluated one after the other at the same time.</summary>
/// <param name="File">Its file.</param>
/// <param name="Name">Unique in the file.</param>
public sealed record RuleGroupConfig(string File, string Name)
{
    /// <summary>Between two evaluations; null is the global one.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Queries look so far back, for samples that come late.</summary>
    public TimeSpan QueryOffset { get; init; }

    /// <summary>Series or alerts that a rule may give; zero for any number.</summary>
    public int Limit { get; init; }

    /// <summary>In order.</summary>
    public ImmutableArray<RuleConfig> Rules { get; init; } = [];
}

/// <summary>A rule.</summary>
/// <param name="Name">Of the series that it records, or of the alert.</param>
/// <param name="Expr">PromQL.</param>
/// <param name="IsAlert">Whether it alerts; it records otherwise.</param>
public sealed record RuleConfig(string Name, string Expr, bool IsAlert)
{
    /// <summary>How long it must hold before an alert fires.</summary>
    public TimeSpan For { get; init; }

    /// <summary>How long an alert goes on firing after it holds no more.</summary>
    public TimeSpan KeepFiringFor { get; init; }

    /// <summary>Set on what it gives, the group's own among them; of an alert they are templates. An empty value takes a label away.</summary>
    public ImmutableArray<Label> Labels { get; init; } = [];

    /// <summary>Of an alert: templates.</summary>
    public ImmutableArray<Label> Annotations { get; init; } = [];
}
