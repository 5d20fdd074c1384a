using Fairway.Adapters.InMemory;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Simulation;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Engine;

/// <summary>The real engine on a virtual clock and one thread, in a world in memory that outlives it.</summary>
internal sealed class EngineWorld
{
    public static readonly ServiceKey Shop = new("production", "shop");

    public EngineWorld()
    {
        Scheduler = new(Time);
        Ledger = new(Projections());
        Workloads = new(Time);
        Hooks = new(Time);
        foreach (var version in (string[])["1.0", "1.1", "1.2"]) Artifacts.Add("artifact-" + version);
        Ports = new(Ledger, Workloads, Traffic, Artifacts, Hooks);
    }

    public VirtualTime Time { get; } = new();

    public TurnScheduler Scheduler { get; }

    public InMemoryLedger Ledger { get; }

    public InMemoryWorkloads Workloads { get; }

    public InMemoryTraffic Traffic { get; } = new();

    public InMemoryArtifacts Artifacts { get; } = new();

    public InMemoryHooks Hooks { get; }

    /// <summary>What the engine reaches; tests put faults in between.</summary>
    public EnginePorts Ports { get; set; }

    public RolloutEngine Engine { get; private set; } = null!;

    public ServiceSnapshot Now => Engine.Of(Shop).Current;

    public Rollout Rollout => Now.State.Rollout ?? throw new InvalidOperationException("no rollout yet");

    public static IProjection[] Projections() => [new ServicesProjection(), new RolloutsProjection(), new QuarantinesProjection(), new ReleasesProjection(),
        new AttestationsProjection(), new GatesProjection(), new FreezesProjection(), new ShippedProjection(), new EnvironmentsProjection(), new Baselines.BaselinesProjection()];

    public static Release Release(string version) => new(
        "sha256:" + version, "shop", version, "artifact-" + version, new() { Command = ["shop"] }, Instant.FromUtc(2026, 3, 1, 0, 0));

    public static ServiceSpec Service(ServiceKey key, RolloutPolicy? policy = null) => new()
    {
        Key = key,
        Workload = new() { Command = ["shop"] },
        Routes = [new RouteMatch(null, $"/{key.Environment}/{key.Service}", ImmutableSortedDictionary<string, string>.Empty)],
        Rollout = policy ?? new RolloutPolicy(),
    };

    public EngineWorld Started(EngineSettings? settings = null)
    {
        Engine = new(Ports, settings ?? new(), new EngineClock(Time));
        Scheduler.Run(() => Engine.StartAsync(CancellationToken.None));
        return this;
    }

    /// <summary>The process ends at this very moment, wherever it is, and another begins.</summary>
    public void Crash()
    {
        Scheduler.Run(async () => await Engine.DisposeAsync());
        Started();
    }

    public Task<CommandReply> Ask(RolloutObservation what, ServiceKey? key = null) => Scheduler.Start(() => Engine.AskAsync(key ?? Shop, what, CancellationToken.None));

    public CommandReply Answer(RolloutObservation what, ServiceKey? key = null) => Scheduler.Run(() => Engine.AskAsync(key ?? Shop, what, CancellationToken.None));

    public CommandReply Deploy(string version, RolloutPolicy? policy = null, ServiceKey? key = null)
        => Answer(new RolloutObservation.DeployRequested(Release(version), Service(key ?? Shop, policy), null, new("anna"), Automatic: false), key);

    public CommandReply Command(RolloutCommand command, ServiceKey? key = null) => Answer(new RolloutObservation.Commanded(command, new("anna")), key);

    /// <summary>A first release that serves everything.</summary>
    public EngineWorld Serving(string version)
    {
        Deploy(version);
        UntilPhase(RolloutPhase.Completed);
        return this;
    }

    public void UntilPhase(RolloutPhase phase, TimeSpan? within = null)
        => Scheduler.RunUntil(() => Now.State.Rollout?.Phase == phase, within ?? TimeSpan.FromMinutes(30));

    public void Until(Func<bool> holds, TimeSpan? within = null) => Scheduler.RunUntil(holds, within ?? TimeSpan.FromMinutes(30));

    /// <summary>Requests for a version that the edge counted.</summary>
    public void Count(string version, long good, long bad)
    {
        foreach (var instance in Workloads.Observe(Shop).Where(one => one.Release == Release(version).Digest))
            Traffic.Count(Shop, Traffic.RoutesOf(Shop)!.Arms.First(arm => arm.Version == version), instance.Id, good, bad);
    }

    /// <summary>The share that the edge gives a version.</summary>
    public Weight WeightOf(string version) => Traffic.RoutesOf(Shop)?.Arms.FirstOrDefault(arm => arm.Version == version)?.Weight ?? Weight.Zero;
}
