using Microsoft.AspNetCore.Components;

namespace Fairway.Web;

// Each is a .razor file of its name; here they are closed to inheritance, which a .razor file cannot say.

/// <summary>The page activity.</summary>
public sealed partial class ActivityPage : ComponentBase;

/// <summary>The question before a run is cancelled.</summary>
public sealed partial class CancelRunPage : ComponentBase;

/// <summary>The page diff.</summary>
public sealed partial class DiffPage : ComponentBase;

/// <summary>The page error.</summary>
public sealed partial class ErrorPage : ComponentBase;

/// <summary>The page explore.</summary>
public sealed partial class ExplorePage : ComponentBase;

/// <summary>The page gate.</summary>
public sealed partial class GatePage : ComponentBase;

/// <summary>The page history.</summary>
public sealed partial class HistoryPage : ComponentBase;

/// <summary>The page logs.</summary>
public sealed partial class LogsPage : ComponentBase;

/// <summary>The page overview.</summary>
public sealed partial class OverviewPage : ComponentBase;

/// <summary>The page record.</summary>
public sealed partial class RecordPage : ComponentBase;

/// <summary>The page rollout.</summary>
public sealed partial class RolloutPage : ComponentBase;

/// <summary>The page service.</summary>
public sealed partial class ServicePage : ComponentBase;

/// <summary>The page of a job.</summary>
public sealed partial class JobPage : ComponentBase;

/// <summary>The page of a run.</summary>
public sealed partial class RunPage : ComponentBase;

/// <summary>The page of runs.</summary>
public sealed partial class RunsPage : ComponentBase;

/// <summary>The page settings.</summary>
public sealed partial class SettingsPage : ComponentBase;

/// <summary>The page signin.</summary>
public sealed partial class SignInPage : ComponentBase;

/// <summary>The page steer.</summary>
public sealed partial class SteerPage : ComponentBase;

/// <summary>Records of the ledger.</summary>
public sealed partial class ActivityRows : ComponentBase;

/// <summary>Rollouts.</summary>
public sealed partial class HistoryTable : ComponentBase;

/// <summary>Releases and instances of a service.</summary>
public sealed partial class InstanceTable : ComponentBase;

/// <summary>Lines of a log.</summary>
public sealed partial class LogRows : ComponentBase;

/// <summary>Services of the overview.</summary>
public sealed partial class OverviewTable : ComponentBase;

/// <summary>A state.</summary>
public sealed partial class Pill : ComponentBase;

/// <summary>What was checked of a release.</summary>
public sealed partial class RolloutChecks : ComponentBase;

/// <summary>How a service was before a rollout and after it.</summary>
public sealed partial class RolloutComparison : ComponentBase;

/// <summary>What the judge compared.</summary>
public sealed partial class RolloutEvidence : ComponentBase;

/// <summary>Where a rollout is.</summary>
public sealed partial class RolloutHead : ComponentBase;

/// <summary>A rollout's charts.</summary>
public sealed partial class RolloutLines : ComponentBase;

/// <summary>What is said aloud of a rollout.</summary>
public sealed partial class RolloutSaid : ComponentBase;

/// <summary>What happened in a rollout.</summary>
public sealed partial class RolloutStory : ComponentBase;

/// <summary>How a service is.</summary>
public sealed partial class ServiceHead : ComponentBase;

/// <summary>A run's jobs.</summary>
public sealed partial class RunBoard : ComponentBase;

/// <summary>Lines of a job's log.</summary>
public sealed partial class RunLogRows : ComponentBase;

/// <summary>Runs of pipelines.</summary>
public sealed partial class RunTable : ComponentBase;

/// <summary>The frame of every page.</summary>
public sealed partial class Shell : ComponentBase;
