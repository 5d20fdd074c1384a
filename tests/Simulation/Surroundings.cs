using System.Globalization;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Rollouts;

namespace Fairway.Simulation;

/// <summary>
/// What a control plane has around it, and what outlives it: time, the runtime, the edge, hooks, files, users; and the rules that must hold.
/// </summary>
internal sealed class Surroundings
{
    private readonly List<string>? _trace;

    public Surroundings(Scenario scenario, Mutant mutant, bool traces)
    {
        (Scenario, Mutant, _trace) = (scenario, mutant, traces ? [] : null);
        Workloads = new(Time) { IsFenced = !mutant.UnfencedRuntime, Programs = ProgramOf };
        Edge = new() { IsFenced = !mutant.UnfencedEdge };
        Hooks = new(Time) { Scripts = ScriptOf, Remembers = !mutant.ForgetsHooks };
        foreach (var service in scenario.Services)
            foreach (var release in service.Releases) Artifacts.Add(release.Artifact);
        Migrations = new(Time) { Files = Databases.FilesOf, Faults = FaultOf, Remembers = !mutant.ForgetsMigrations };
        Safety = new(this);
        Workloads.Stopping = Safety.OnStopping;
        Edge.OnApply = Safety.OnRoutes;
        Migrations.OnRun = Safety.Databases.OnRun;
    }

    public Scenario Scenario { get; }

    public Mutant Mutant { get; }

    public VirtualTime Time { get; } = new();

    public InMemoryWorkloads Workloads { get; }

    public InMemoryTraffic Edge { get; }

    public InMemoryHooks Hooks { get; }

    public InMemoryArtifacts Artifacts { get; } = new();

    public InMemoryMigrations Migrations { get; }

    public Safety Safety { get; }

    /// <summary>Whether all has ended and only the quiet after it is watched.</summary>
    public bool IsAtRest { get; set; }

    public bool IsTracing => _trace is not null;

    public IReadOnlyList<string> Trace => _trace ?? [];

    /// <summary>One line of the trace: when, who, what kind, what.</summary>
    public void Note(string service, string kind, string text)
        => _trace?.Add(string.Create(CultureInfo.InvariantCulture, $"{Time.Elapsed,-16:d\\.hh\\:mm\\:ss\\.fff} {service,-10} {kind,-10} {text}"));

    private InMemoryProgram ProgramOf(Release release)
    {
        foreach (var service in Scenario.Services)
        {
            var index = service.Releases.IndexOf(release);
            if (index >= 0 || (index = IndexOf(service.Releases, release.Digest)) >= 0) return service.Programs[index];
        }
        throw new InvalidOperationException($"no program for {release.Digest}");
    }

    private static int IndexOf(ImmutableArray<Release> releases, string digest)
    {
        for (var i = 0; i < releases.Length; i++)
            if (releases[i].Digest == digest) return i;
        return -1;
    }

    // Some locks are had at the second or third try, some never, and some files are simply wrong.
    private Fault? FaultOf(RolloutEffect.Migrate effect, MigrationFile file)
    {
        if (!Scenario.HasBadMigrations) return null;
        var script = Prng.For(Scenario.Seed, $"{effect.RolloutId}/{file.Name}");
        if (script.Chance(0.08)) return new(FaultKind.Failed, Blame.Release, Retryable: false, $"{file.Name}:1: it is wrong");
        return script.Chance(0.2) && Prng.For(Scenario.Seed, $"{effect.Id}/{file.Name}").Chance(0.6)
            ? new(FaultKind.Conflict, Blame.Platform, Retryable: true, $"{file.Name}:1: a lock was not had") : null;
    }

    private InMemoryHook ScriptOf(RolloutEffect.RunHook hook)
    {
        var script = Prng.For(Scenario.Seed, $"{hook.RolloutId}/{hook.Hook}");
        var service = Scenario.Services.First(one => one.Spec.Key.Service == hook.Release.Service);
        var fails = script.Chance(service.SmokeFails ? 0.6 : 0.1);
        return new(NodaTime.Duration.FromTimeSpan(script.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(90))), new(null, fails ? 1 : 0, ""));
    }
}
