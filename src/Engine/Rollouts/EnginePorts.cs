using Fairway.Catalog;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>The world as the rollout engine reaches it.</summary>
/// <param name="Ledger">What happened.</param>
/// <param name="Workloads">Instances.</param>
/// <param name="Traffic">Routes.</param>
/// <param name="Artifacts">Releases' files.</param>
/// <param name="Hooks">Commands around a rollout.</param>
public sealed record EnginePorts(ILedger Ledger, IWorkloads Workloads, ITraffic Traffic, IArtifacts Artifacts, IHooks Hooks)
{
    /// <summary>Counts of the user's own; null is none.</summary>
    public IMetricsSource? Metrics { get; init; }

    /// <summary>Databases; null is no way to one.</summary>
    public IMigrations? Migrations { get; init; }

    /// <summary>Asks services as users do; null makes no check that is a request.</summary>
    public IProbes? Probes { get; init; }

    /// <summary>Where the edge listens, such as <c>http://127.0.0.1:8080</c>; gives null while it does not. Null is no edge.</summary>
    public Func<string?>? EdgeAddress { get; init; }

    /// <summary>Asked of each release right after its bytes were compared with its digest, and before anything of it starts; null lets every release pass.</summary>
    public Func<ServiceKey, Release, CancellationToken, Task<Kernel.Fault?>>? Verify { get; init; }

    /// <summary>Says whether a release may ship; null lets everything pass.</summary>
    public AskGate? Gate { get; init; }
}

/// <summary>How often the engine looks, and how long it waits. All defaults of the capability.</summary>
public sealed record EngineSettings
{
    /// <summary>Between two looks while a rollout is active, a slot is draining, or something is wrong.</summary>
    public Duration ActiveLook { get; init; } = Duration.FromMilliseconds(250);

    /// <summary>Between two looks otherwise. Changes of instances are seen at once, whatever this is.</summary>
    public Duration IdleLook { get; init; } = Duration.FromSeconds(5);

    /// <summary>Shortest time between two rounds of questions to the metrics source.</summary>
    public Duration MetricsLook { get; init; } = Duration.FromSeconds(5);

    /// <summary>A look without an answer for this long is given up, and another begun.</summary>
    public Duration LookTimeout { get; init; } = Duration.FromSeconds(10);

    /// <summary>Routes or instances not accepted after this long count as failed, and may be sent again.</summary>
    public Duration ApplyTimeout { get; init; } = Duration.FromSeconds(30);

    /// <summary>Files not ready after this long count as failed.</summary>
    public Duration PrepareTimeout { get; init; } = Duration.FromMinutes(10);

    /// <summary>What a hook may take beyond its own time-out (its process group is killed by then).</summary>
    public Duration HookSlack { get; init; } = Duration.FromSeconds(30);

    /// <summary>Messages that may wait for one service's turn; a person's command beyond that is refused as busy.</summary>
    public int Mailbox { get; init; } = 256;
}
