using Fairway.Client.Wire;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Web.Charts;

namespace Fairway.Web;

/// <summary>The overview's page.</summary>
public sealed record OverviewPageModel(PageFrame Frame, OverviewView View);

/// <summary>A rollout's page.</summary>
public sealed record RolloutPageModel(PageFrame Frame, RolloutView View);

/// <summary>A service's page.</summary>
public sealed record ServicePageModel(
    PageFrame Frame, ServiceView View, IReadOnlyList<(Chart Chart, string Query)> Charts, string? MetricsProblem, TimeRange Range, IReadOnlyList<RolloutSummary> History,
    IReadOnlyList<(string Name, string Value)> Settings);

/// <summary>The history's page.</summary>
public sealed record HistoryPageModel(
    PageFrame Frame, string? Service, string? Environment, IReadOnlyList<string> Services, IReadOnlyList<string> Environments, IReadOnlyList<RolloutSummary> Rows, string? Next);

/// <summary>What changed with a rollout.</summary>
public sealed record DiffPageModel(PageFrame Frame, RolloutSummary Rollout, IReadOnlyList<SettingChange> Changes, int Same);

/// <summary>A service's log, or the choice of a service.</summary>
public sealed record LogsPageModel(
    PageFrame Frame, string? Key, IReadOnlyList<string> Known, LogFilter Filter, IReadOnlyList<string> Instances, IReadOnlyList<LogLine> Lines);

/// <summary>The metrics explorer.</summary>
public sealed record ExplorePageModel(
    PageFrame Frame, string? Query, TimeRange Range, IReadOnlyList<string> Names, Chart? Chart, IReadOnlyList<SeriesRow> Rows, int MoreSeries, string? Problem,
    IReadOnlyList<string> Remarks);

/// <summary>The ledger's page.</summary>
public sealed record ActivityPageModel(PageFrame Frame, ActivityFilter Filter, IReadOnlyList<string> Types, IReadOnlyList<ActivityRow> Rows, string? Next);

/// <summary>One record's page.</summary>
public sealed record RecordPageModel(
    PageFrame Frame, ActivityRow Record, string Type, long Version, string Hash, string PreviousHash, string Data, IReadOnlyList<ActivityRow> Causes,
    IReadOnlyList<ActivityRow> Effects, bool Whole);

/// <summary>The question before a word is given.</summary>
public sealed record SteerPageModel(
    PageFrame Frame, string Key, SteeringWord Word, string Version, string? Target, string? Why, bool NeedsReason, string? Reason, string? Refused, string Back);

/// <summary>What a gate says of a release, and a form that approves it.</summary>
/// <param name="Frame">Around it.</param>
/// <param name="Key"><c>environment/service</c></param>
/// <param name="Gate">The gate's answer, rule by rule.</param>
/// <param name="Barred">Why who looks may not approve it; null when they may.</param>
/// <param name="Refused">Why the last approval was refused; null when it was not.</param>
public sealed record GatePageModel(PageFrame Frame, string Key, GateVerdictInfo Gate, string? Barred, string? Refused);

/// <summary>The newest runs of pipelines.</summary>
/// <param name="Frame">Around it.</param>
/// <param name="Pipeline">Only of this one; null is all.</param>
/// <param name="Runs">Newest first.</param>
public sealed record RunsPageModel(PageFrame Frame, string? Pipeline, IReadOnlyList<RunView> Runs);

/// <summary>A run of a pipeline, or the question whether to cancel it.</summary>
/// <param name="Frame">Around it.</param>
/// <param name="Run">Which.</param>
/// <param name="Refused">Why the last word was refused; null when it was not.</param>
public sealed record RunPageModel(PageFrame Frame, RunView Run, string? Refused);

/// <summary>A job of a run.</summary>
/// <param name="Frame">Around it.</param>
/// <param name="Run">Its run.</param>
/// <param name="Job">Which.</param>
/// <param name="State">Where it is.</param>
/// <param name="Reasons">Why it ran, or did not; empty before it is over.</param>
/// <param name="Lines">The newest lines of its log.</param>
/// <param name="Dropped">Lines before them.</param>
public sealed record JobPageModel(
    PageFrame Frame, RunView Run, JobView Job, InstanceState State, IReadOnlyList<string> Reasons, IReadOnlyList<RunLogLine> Lines, long Dropped);

/// <summary>An error.</summary>
public sealed record ErrorPageModel(PageFrame Frame, ProblemInfo Problem);

/// <summary>The sign-in page.</summary>
public sealed record SignInPageModel(PageFrame Frame, Api.SignInView View);

/// <summary>Access and the control plane itself.</summary>
public sealed record SettingsPageModel(
    PageFrame Frame, MeInfo Me, IReadOnlyList<TokenInfo> Tokens, IReadOnlyList<SessionInfo> Sessions, IReadOnlyList<GrantInfo> Grants, IReadOnlyList<string> Environments,
    bool MayMakeTokens, bool MayBreakGlass, Func<GrantInfo, bool> MayDecide, ControlPlaneInfo ControlPlane, string? Secret, string? Refused);
