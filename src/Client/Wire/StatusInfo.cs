namespace Fairway.Client.Wire;

/// <summary>Answer of <c>GET /api/status</c>.</summary>
/// <param name="ControlPlane">The process that answers.</param>
/// <param name="Edge">The data plane; null when this control plane runs without one.</param>
/// <param name="Services">Every service that is configured or has been deployed, by environment and name.</param>
public sealed record StatusInfo(ControlPlaneInfo ControlPlane, EdgeInfo? Edge, IReadOnlyList<ServiceSummary> Services);

/// <summary>The control plane's process.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Pid">Process id.</param>
/// <param name="StartedAt">When it began to serve.</param>
/// <param name="UptimeMs">Since then.</param>
/// <param name="DataFolder">Absolute path.</param>
/// <param name="LedgerPosition">Records in the ledger.</param>
/// <param name="ConfigurationFile">Absolute path; null without one.</param>
/// <param name="ConfigurationProblems">Mistakes that keep a newer state of the file from being in force; empty when all is well.</param>
/// <param name="Problems">What keeps it from working as it should now, such as a full disk; empty when all is well.</param>
/// <param name="Console">Where the console is, such as <c>http://127.0.0.1:7070</c>; null without one.</param>
/// <param name="Warnings">What everybody should know though all works, such as a role that was taken without an approval.</param>
public sealed record ControlPlaneInfo(
    string Version, int Pid, DateTimeOffset StartedAt, long UptimeMs, string DataFolder, long LedgerPosition, string? ConfigurationFile,
    IReadOnlyList<string> ConfigurationProblems, IReadOnlyList<string> Problems, string? Console = null, IReadOnlyList<string>? Warnings = null);

/// <summary>The edge's process.</summary>
/// <param name="Alive">Whether it answers.</param>
/// <param name="Version">Of the program it runs; null when it does not answer.</param>
/// <param name="Pid">Process id; null when it does not answer.</param>
/// <param name="TableVersion">Version of the table in force.</param>
/// <param name="Listeners">Addresses such as <c>http://127.0.0.1:8080</c>.</param>
/// <param name="Problem">Why it does not answer.</param>
public sealed record EdgeInfo(bool Alive, string? Version, int? Pid, long? TableVersion, IReadOnlyList<string> Listeners, string? Problem);

/// <summary>A service in an environment, in a line.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="State">One of <see cref="ServiceStates"/>.</param>
/// <param name="Version">Of the stable release; null when there is none.</param>
/// <param name="Release">Digest of the stable release.</param>
/// <param name="InstancesReady">Instances ready for traffic.</param>
/// <param name="InstancesWanted">Instances wanted.</param>
/// <param name="Rollout">The active rollout; null when there is none.</param>
/// <param name="Why">What the service waits for, or how its last rollout ended; null before the first.</param>
/// <param name="Urls">Where the service is reached.</param>
public sealed record ServiceSummary(
    string Environment, string Service, string State, string? Version, string? Release, int InstancesReady, int InstancesWanted,
    RolloutSummary? Rollout, WhyInfo? Why, IReadOnlyList<string> Urls)
{
    /// <summary>What waits for a gate, and for what, in a sentence; null when nothing does.</summary>
    public string? Held { get; init; }
}

/// <summary>Values of <see cref="ServiceSummary.State"/>.</summary>
public static class ServiceStates
{
    /// <summary>Configured, never deployed.</summary>
    public const string NotDeployed = "notDeployed";

    /// <summary>A release serves and nothing moves.</summary>
    public const string Stable = "stable";

    /// <summary>A rollout is active.</summary>
    public const string RollingOut = "rollingOut";

    /// <summary>A rollout is active and a person paused it.</summary>
    public const string Paused = "paused";

    /// <summary>A release is being taken back.</summary>
    public const string RollingBack = "rollingBack";

    /// <summary>A release should serve and no instance of it is ready.</summary>
    public const string Down = "down";

    /// <summary>Fairway found an error of its own here and stopped acting; traffic stays as it is.</summary>
    public const string Quarantined = "quarantined";
}
