using System.Collections.Concurrent;
using System.Text;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;
using static Fairway.Simulation.BrokenRuleException;

namespace Fairway.Simulation;

/// <summary>Databases of simulated services: what each release brings, and what must hold of them whatever goes wrong.</summary>
/// <param name="world">The truth.</param>
internal sealed class Databases(Surroundings world)
{
    private static readonly ConcurrentDictionary<int, MigrationDirectory> Files = new();
    private readonly HashSet<(ServiceKey Service, string File)> _ran = [];
    private readonly Dictionary<ServiceKey, TimeSpan> _guarding = [];

    /// <summary>How a service's migrations run where nothing is drawn.</summary>
    public static DatabaseSpec Plain { get; } = new() { Connection = "env:DATABASE_URL", Migrations = "db", LockRetries = 3, RetryPause = Duration.FromSeconds(5) };

    /// <summary>Release 1.<c>n</c> has <c>n</c> expands, every second with a contract; every fourth contract hurts nobody.</summary>
    public static MigrationDirectory FilesOf(Release release) => Files.GetOrAdd(Number(release), static number => MigrationDirectory.Read(Enumerable.Range(1, number).SelectMany(FilesAt)));

    /// <summary>Some services have a database; drawn beside everything else, so that histories without one stay as they are.</summary>
    public static Scenario Drawn(Scenario scenario)
    {
        var chance = Prng.For(scenario.Seed, "database");
        return chance.Chance(0.25) ? With(scenario, chance) : scenario;
    }

    /// <summary>Histories with a database in each, in which little else goes wrong.</summary>
    public static Scenario Among(Scenario scenario) => With(scenario, Prng.For(scenario.Seed, "database")) with { HasBadMigrations = false };

    /// <summary>A contract asked for as soon as the candidate has all the traffic.</summary>
    public static IEnumerable<RolloutEvent> ContractAtOnce(ServiceState state, ImmutableArray<RolloutEvent> events, Instant now)
    {
        foreach (var happened in events) yield return happened;
        if (!events.Any(e => e is RolloutEvent.PhaseEntered { Phase: RolloutPhase.Guarding }) || state.Active is not { Service.Database: { } database } active) yield break;
        var id = events.OfType<RolloutEvent.EffectIssued>().Select(e => e.Effect.Id).Append(state.LastEffect).Max() + 1;
        yield return new RolloutEvent.EffectIssued(new RolloutEffect.Migrate(id, active.Id, MigrationStage.Contract, active.Release, database, 0), Why.Because("mutant", "mutant"), now);
    }

    /// <summary>A file is run.</summary>
    public void OnRun(ServiceKey key, RolloutEffect.Migrate effect, MigrationFile file)
    {
        Check(_ran.Add((key, file.Name)), "applied-once", $"{file.Name} ran again, for {effect.RolloutId}");
        if (file.Phase == MigrationPhase.Expand) return;
        var service = world.Scenario.Services.First(one => one.Key == key);
        foreach (var instance in world.Workloads.Observe(key))
            Check(instance.Phase == InstancePhase.Stopping || Works(service, instance.Release, file), "contract-early", $"{file.Name} ran while {instance.Id} of {instance.Release} needs what it took away");
    }

    /// <summary>Something is decided.</summary>
    public void OnEvent(SimulatedService service, ServiceState state, RolloutEvent happened)
    {
        if (service.Spec.Database is null) return;
        switch (happened)
        {
            case RolloutEvent.PhaseEntered { Phase: RolloutPhase.Guarding }:
                _guarding[service.Key] = world.Time.Elapsed;
                break;
            case RolloutEvent.EffectIssued { Effect: RolloutEffect.Migrate { Stage: MigrationStage.Contract } contract }:
                Check(state is { Active: null, Rollout: not null } && state.StableRelease?.Digest == contract.Release.Digest, "contract-guard", $"contract of {contract.Release.Version} during a rollout");
                Guarded(service, state, contract);
                break;
            case RolloutEvent.EffectIssued { Effect: RolloutEffect.SetInstances { Count: > 0 } set }:
                Startable(service, set.Release);
                break;
        }
    }

    // Only a person ends a guard early. What completed last may be another rollout than the contract's, which was aborted since.
    private void Guarded(SimulatedService service, ServiceState state, RolloutEffect.Migrate contract)
    {
        if (state.Rollout is not { Phase: RolloutPhase.Completed } rollout || rollout.Id != contract.RolloutId || rollout.PromotedPast == rollout.Steps.Length) return;
        var guard = Duration.Max(rollout.Service.Rollout.Guard, rollout.Service.Database?.Guard ?? Duration.Zero).ToTimeSpan();
        Check(world.Time.Elapsed - _guarding[service.Key] >= guard, "contract-guard", $"contract of {contract.Release.Version} after {world.Time.Elapsed - _guarding[service.Key]} of {guard}");
    }

    private void Startable(SimulatedService service, Release release)
    {
        foreach (var file in FilesOf(release).Of(MigrationPhase.Expand))
            Check(_ran.Contains((service.Key, file.Name)), "expand-first", $"{release.Version} starts before {file.Name} has run");
        foreach (var (_, name) in _ran.Where(ran => ran.Service == service.Key))
            if (FileOf(name) is { Phase: MigrationPhase.Contract } contract)
                Check(Works(service, release.Digest, contract), "broken-start", $"{release.Version} starts after {name} took away what it needs");
    }

    private static bool Works(SimulatedService service, string release, MigrationFile contract)
        => service.Releases.FirstOrDefault(one => one.Digest == release) is { } found && (Number(found) >= contract.Number || contract.Compatible is { All: true });

    private static MigrationFile? FileOf(string name) => MigrationDirectory.Read(FilesAt(int.Parse(name.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture))).Files.FirstOrDefault(file => file.Name == name);

    private static IEnumerable<(string, byte[])> FilesAt(int number)
    {
        yield return ($"{number:0000}_a.expand.sql", "select 1"u8.ToArray());
        if (number % 2 == 1) yield return ($"{number:0000}_a.contract.sql", Encoding.UTF8.GetBytes(number % 4 == 3 ? "-- fairway: compatible true\nselect 1" : "select 1"));
    }

    private static int Number(Release release) => int.Parse(release.Version.AsSpan(release.Version.IndexOf('.', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture);

    private static Scenario With(Scenario scenario, Prng chance) => scenario with
    {
        HasBadMigrations = chance.Chance(0.5),
        Services = [.. scenario.Services.Select(service => service with
        {
            Spec = service.Spec with
            {
                Database = Plain with
                {
                    Guard = chance.Chance(0.5) ? Duration.FromSeconds(chance.Between(1, 120)) : null,
                    Shadow = chance.Chance(0.2) ? new() { Connection = "env:COPY" } : null,
                },
            },
        })],
    };
}
