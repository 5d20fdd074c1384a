using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Groups;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>What happens to a fleet from outside.</summary>
internal abstract record FleetInput
{
    /// <summary>The group is shipped: each service its 1.1.</summary>
    public sealed record Ship : FleetInput;

    /// <summary>A person's word about the group.</summary>
    public sealed record Word(bool Abort) : FleetInput;

    /// <summary>A person's word about one service.</summary>
    public sealed record Command(string Service, RolloutCommand What) : FleetInput;

    /// <summary>A release of its own for one service.</summary>
    public sealed record Deploy(string Environment, string Service, string Version) : FleetInput;

    public sealed record Kill(string Service) : FleetInput;

    public sealed record EdgeSilent(TimeSpan For) : FleetInput;

    public sealed record Crash(TimeSpan DownFor) : FleetInput;

    /// <summary>Somebody makes an environment for a time, and ships to it.</summary>
    public sealed record Branch(Duration Life) : FleetInput;
}

/// <summary>Everything about one history of a fleet that is decided before it begins: a group in production, one more service that is promoted by itself.</summary>
internal sealed record FleetPlan
{
    public const string Solo = "solo";

    public static readonly Duration Soak = Duration.FromMinutes(2);

    private static readonly TimeSpan Begin = TimeSpan.FromMinutes(3);

    public required ulong Seed { get; init; }

    public required GroupSettings Group { get; init; }

    public required ImmutableDictionary<string, RolloutPolicy> Policies { get; init; }

    /// <summary>What is wrong with releases, by <c>service 1.1</c>; the others are good.</summary>
    public required ImmutableDictionary<string, InMemoryProgram> Programs { get; init; }

    /// <summary>Services that nothing serves before the group comes.</summary>
    public required ImmutableHashSet<string> New { get; init; }

    /// <summary>A service whose gate holds until then.</summary>
    public required (string Service, TimeSpan Until)? Held { get; init; }

    /// <summary>A service whose gate denies from then on.</summary>
    public required (string Service, TimeSpan From)? Denied { get; init; }

    public required ImmutableArray<(TimeSpan At, FleetInput What)> Inputs { get; init; }

    public required double KillAtPoint { get; init; }

    public required TimeSpan Horizon { get; init; }

    /// <summary>The plan of a seed.</summary>
    public static FleetPlan Draw(ulong seed)
    {
        var chance = Prng.For(seed, "fleet");
        var names = ((string[])["a", "b", "c", "d"])[..chance.Between(2, 4)];
        var horizon = TimeSpan.FromMinutes(chance.Between(8, 20));
        return new()
        {
            Seed = seed, Horizon = horizon, KillAtPoint = chance.Chance(0.5) ? 0 : chance.Pick(0.01, 0.05), Group = Order(chance, names),
            Policies = names.Append(Solo).ToImmutableDictionary(name => name, _ => Policy(chance)),
            Programs = names.Append(Solo).Where(_ => chance.Chance(0.2)).ToImmutableDictionary(name => name + " 1.1", _ => Bad(chance)),
            New = chance.Chance(0.7) ? [] : [chance.Pick(names)],
            Held = chance.Chance(0.8) ? null : (chance.Pick(names), horizon * chance.Unit()),
            Denied = chance.Chance(0.85) ? null : (chance.Pick(names), horizon * chance.Unit()),
            Inputs = [.. Draw(chance, names, horizon).OrderBy(input => input.At)],
        };
    }

    public Release Release(string service, string version) => new($"sha256:{service}-{version}", service, version, $"artifact-{service}-{version}", new() { Command = ["run"] },
        Instant.FromUtc(2026, 1, 1, 0, 0));

    public ServiceSpec Spec(ServiceKey key) => new()
    {
        Key = key, Workload = new() { Command = ["run"] }, Routes = [new(null, $"/{key.Environment}/{key.Service}", ImmutableSortedDictionary<string, string>.Empty)],
        Traffic = new() { DrainTimeout = Duration.FromSeconds(3) }, Rollout = Policies[key.Service],
    };

    public InMemoryProgram ProgramOf(Release release) => Programs.GetValueOrDefault($"{release.Service} {release.Version}", InMemoryProgram.Good);

    private static GroupSettings Order(Prng chance, string[] names) => chance.Between(0, 2) switch
    {
        0 => new("shop", [.. names]),
        1 => new("shop", [.. names]) { Parallel = true },
        _ => new("shop", [.. names])
        {
            After = names.Skip(1).ToImmutableSortedDictionary(name => name, name => chance.Chance(0.3) ? [] : (ImmutableArray<string>)[names[chance.Between(0, Array.IndexOf(names, name) - 1)]]),
        },
    };

    private static RolloutPolicy Policy(Prng chance) => new()
    {
        Instances = chance.Between(1, 2), Strategy = chance.Pick(Strategy.Canary, Strategy.BlueGreen, Strategy.Rolling),
        Steps = [new(Weight.FromPercent(10), Duration.FromSeconds(chance.Between(1, 20))), new(Weight.Full, Duration.Zero)], Guard = Duration.FromSeconds(chance.Between(0, 60)),
        KeepWarm = Duration.FromSeconds(chance.Pick(0, 10, 120)), ProgressDeadline = Duration.FromMinutes(2), MinRequests = 5, MaxRestarts = 1,
    };

    private static InMemoryProgram Bad(Prng chance) => chance.Between(0, 4) switch
    {
        0 => new() { NeverReady = true },
        1 => new() { ExitsAfter = Duration.FromSeconds(chance.Between(1, 300)) },
        2 => new() { ErrorRatio = 0.95 },
        3 => new() { CannotStart = new(FaultKind.NotFound, Blame.Release, Retryable: false, "no such program") },
        _ => new() { ReadyAfter = Duration.FromSeconds(60) },
    };

    private static IEnumerable<(TimeSpan At, FleetInput What)> Draw(Prng chance, string[] names, TimeSpan horizon)
    {
        TimeSpan Any() => Begin + (horizon - Begin) * chance.Unit();
        var shipped = Begin + TimeSpan.FromSeconds(chance.Between(0, 60));
        yield return (shipped, new FleetInput.Ship());
        if (chance.Chance(0.2)) yield return (Any(), new FleetInput.Ship());
        if (chance.Chance(0.25)) yield return (shipped + chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), new FleetInput.Word(chance.Chance(0.5)));
        if (chance.Chance(0.4))
            yield return (shipped + chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), new FleetInput.Command(chance.Pick(names),
                chance.Pick(RolloutCommand.Abort, RolloutCommand.Rollback, RolloutCommand.Promote, RolloutCommand.Pause)));
        if (chance.Chance(0.25)) yield return (shipped + chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), new FleetInput.Deploy("production", chance.Pick(names), "1.2"));
        if (chance.Chance(0.2)) yield return (Begin - TimeSpan.FromSeconds(30), new FleetInput.Deploy("production", chance.Pick(names), "1.1"));
        for (var i = chance.Between(0, 3); i > 0; i--) yield return (Any(), new FleetInput.Crash(chance.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(3))));
        for (var i = chance.Between(0, 2); i > 0; i--) yield return (Any(), new FleetInput.Kill(chance.Pick(names)));
        if (chance.Chance(0.3)) yield return (Any(), new FleetInput.EdgeSilent(chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(3))));
        if (chance.Chance(0.5)) yield return (Any() / 2, new FleetInput.Deploy("staging", Solo, "1.1"));
        if (chance.Chance(0.3)) yield return (Begin, new FleetInput.Branch(Duration.FromMinutes(chance.Between(1, 15))));
    }
}
