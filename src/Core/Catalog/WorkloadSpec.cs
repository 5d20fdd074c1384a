using NodaTime;

namespace Fairway.Catalog;

/// <summary>How to run one instance of a service. Part of the release's identity.</summary>
public sealed record WorkloadSpec
{
    /// <summary>Program and arguments, as an argument vector; <c>$PORT</c> and other variables of the environment are substituted in each.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>Variables added to the instance's environment.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// Variables whose values are secret, as where to find them: <c>env:NAME</c> (the control plane's environment) or <c>file:/path</c>. Resolved when an
    /// instance starts; the values never enter the ledger, a log or a process list.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Working directory inside the artifact; empty is its root.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>Memory limit in bytes; null is none.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>CPU limit in cores; null is none.</summary>
    public double? Cpus { get; init; }

    /// <summary>When an instance may receive traffic.</summary>
    public HealthCheck Ready { get; init; } = new();

    /// <summary>When a running instance must be restarted; null is only when its process ends.</summary>
    public HealthCheck? Live { get; init; }

    /// <summary>From TERM to KILL.</summary>
    public Duration StopGrace { get; init; } = Duration.FromSeconds(30);
}

/// <summary>How a check asks.</summary>
public enum HealthCheckKind
{
    /// <summary>The port accepts a connection.</summary>
    Tcp,

    /// <summary>A GET answers 200 to 299.</summary>
    Http,

    /// <summary>A command exits 0 (run in the artifact, with the instance's environment).</summary>
    Command,
}

/// <summary>A readiness or liveness check with hysteresis: state changes only after so many equal answers in a row.</summary>
public sealed record HealthCheck
{
    /// <summary>How it asks; default a TCP connect to the instance's port.</summary>
    public HealthCheckKind Kind { get; init; } = HealthCheckKind.Tcp;

    /// <summary>For <see cref="HealthCheckKind.Http"/>: path and query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>For <see cref="HealthCheckKind.Command"/>: the argument vector.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Between two checks.</summary>
    public Duration Interval { get; init; } = Duration.FromSeconds(1);

    /// <summary>A check without an answer for this long has failed.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>Equal good answers in a row until healthy.</summary>
    public int HealthyAfter { get; init; } = 2;

    /// <summary>Equal bad answers in a row until unhealthy.</summary>
    public int UnhealthyAfter { get; init; } = 3;
}
