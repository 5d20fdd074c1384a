using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>Every strategy with every kind of candidate, and the words of people in between.</summary>
internal static class Stories
{
    private static readonly ServiceKey Shop = new("test", "shop");
    private static readonly Actor Anna = new("anna");
    private static readonly InMemoryProgram Good = new() { ReadyAfter = Duration.FromSeconds(2), StopsAfter = Duration.FromSeconds(1) };
    private static readonly HookSpec Hook = new(["check"], Duration.FromSeconds(20));

    private static readonly ImmutableArray<CheckSpec> Checks =
    [
        new() { Name = "checkout", Http = new() { Path = "/checkout", Contains = "Total" }, Timeout = Duration.FromSeconds(5), Attempts = 2, Pause = Duration.FromSeconds(1) },
        new() { Name = "orders", Command = ["verify-orders"], Timeout = Duration.FromSeconds(20) },
    ];

    private static readonly RolloutPolicy Policy = new()
    {
        Instances = 2, Steps = [new(Weight.FromPercent(10), Duration.FromSeconds(3)), new(Weight.Full, Duration.Zero)], Guard = Duration.FromSeconds(2),
        KeepWarm = Duration.FromSeconds(2), ProgressDeadline = Duration.FromSeconds(30), MinRequests = 5, MaxRestarts = 0,
    };

    private static readonly RolloutPolicy Manual = Policy with { Steps = [new(Weight.FromPercent(10), null), new(Weight.Full, Duration.Zero)] };

    // Proof in a few looks, and few looks in which to be killed.
    private static readonly RolloutPolicy Judged = Policy with
    {
        Steps = [new(Weight.FromPercent(50), Duration.FromSeconds(60)), new(Weight.Full, Duration.Zero)],
        Judge = new() { Steps = new(Duration.FromSeconds(2), Duration.FromMinutes(2), OnDoubt.Hold), Metrics = [new("errors", MetricSource.Errors, 1) { Margin = 5, Negligible = 0.1 }] },
    };

    private static readonly End Forth = new("1.1", RolloutPhase.Completed, Rejects: false);
    private static readonly End Back = new("1.0", RolloutPhase.RolledBack, Rejects: true);

    /// <summary>All of them.</summary>
    public static ImmutableArray<Story> All { get; } =
    [
        new("the first release", Scene("the first release", Policy, Good), [Deploy("1.0", Policy, _ => true)], new("1.0", RolloutPhase.Completed, Rejects: false)),
        .. Enum.GetValues<Strategy>().SelectMany(Of),
        Second("canary, a smoke check fails", Policy with { Smoke = Hook }, Good, Back) with { Fails = HookKind.Smoke },
        Second("canary, a command before fails", Policy with { Before = Hook }, Good, Back) with { Fails = HookKind.Before },
        Second("blue-green, checked before any traffic and with all of it", Policy with { Strategy = Strategy.BlueGreen, Verify = Checks }, Good, Forth),
        Second("blue-green, a check fails before any traffic", Policy with { Strategy = Strategy.BlueGreen, Verify = Checks }, Good, Back) with { FailsAt = CheckMoment.Preview },
        Second("blue-green, a check fails with all traffic", Policy with { Strategy = Strategy.BlueGreen, Verify = Checks }, Good, Back) with { FailsAt = CheckMoment.Live },
        Second("canary, with a database", Policy, Good, Forth).WithDatabase(),
        Second("canary, with a database, taken back", Manual, Good, Back, Say(RolloutCommand.Rollback, "1.1", state => IsShifting(state) && state.WeightOf(state.Active!.Candidate) > Weight.Zero))
            .WithDatabase(),
        Second("canary, promoted by a person", Manual, Good, Forth, Say(RolloutCommand.Promote, "1.1", IsShifting)),
        Second("canary, paused and resumed", Policy, Good, Forth, Say(RolloutCommand.Pause, "1.1", IsShifting), Say(RolloutCommand.Resume, "1.1", state => state.Active is { Paused: true })),
        Second("canary, aborted", Manual, Good, new("1.0", RolloutPhase.Aborted, Rejects: false), Say(RolloutCommand.Abort, "1.1", IsShifting)),
        Second("canary, ends before it is ready", Policy, Good with { ExitsAfter = Duration.FromSeconds(1) }, Back),
        Second("canary, proven safe early", Judged, Good, Forth),
        Second("canary, worse than the stable release", Judged, Good with { ErrorRatio = 0.3 }, Back),
        Second("rolling, never ready", Policy with { Strategy = Strategy.Rolling }, Good with { NeverReady = true }, Back),
        Second("blue-green, taken back after the end", Policy with { Strategy = Strategy.BlueGreen }, Good, new("1.0", RolloutPhase.Completed, Rejects: true),
            Say(RolloutCommand.Rollback, "1.1", state => state is { Active: null, StableRelease.Version: "1.1" })),
    ];

    /// <summary>How the first release comes: at once, for its rollout is a story of its own.</summary>
    public static ServiceSpec Plain(ServiceSpec spec) => spec with { Rollout = spec.Rollout with { Guard = Duration.Zero, Before = null, Smoke = null, Verify = null, After = null } };

    private static IEnumerable<Story> Of(Strategy strategy)
    {
        var name = strategy switch
        {
            Strategy.Canary => "canary",
            Strategy.BlueGreen => "blue-green",
            Strategy.Rolling => "rolling",
            _ => throw new System.Diagnostics.UnreachableException(strategy.ToString()),
        };
        var policy = Policy with { Strategy = strategy };
        var held = strategy == Strategy.Canary ? Manual : policy;
        yield return Second(name + ", good", policy, Good, Forth);
        yield return Second(name + ", cannot be started", policy, Good with { CannotStart = new(FaultKind.NotFound, Blame.Release, Retryable: false, "no such program") }, Back);
        yield return Second(name + ", crashes under traffic", policy, Good with { ExitsAfter = Duration.FromSeconds(3) }, Back);
        yield return Second(name + ", answers with errors", policy, Good with { ErrorRatio = 0.95 }, Back);
        yield return Second(name + ", taken back by a person", held, Good, Back, Say(RolloutCommand.Rollback, "1.1", state => IsShifting(state) && state.WeightOf(state.Active!.Candidate) > Weight.Zero));
        yield return Second(name + ", superseded", held, Good, new("1.2", RolloutPhase.Completed, Rejects: false), Deploy("1.2", policy, IsShifting));
        yield return Second(name + ", with hooks", policy with { Before = Hook, Smoke = Hook, After = Hook }, Good, Forth);
    }

    private static Story Second(string name, RolloutPolicy policy, InMemoryProgram candidate, End end, params ReadOnlySpan<Act> then)
        => new(name, Scene(name, policy, candidate),
            [
                Deploy("1.0", policy, _ => true, isFirst: true),
                Deploy("1.1", policy, state => state is { Active: null, StableRelease: not null, Outbox.IsEmpty: true }), .. then,
            ], end);

    private static bool IsShifting(ServiceState state) => state.Active is { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding, Step: >= 0, Release.Version: "1.1" };

    private static Act Deploy(string version, RolloutPolicy policy, Func<ServiceState, bool> when, bool isFirst = false)
        => new("deploy " + version, when, new RolloutObservation.DeployRequested(Release(version), isFirst ? Plain(Spec(policy)) : Spec(policy), null, Anna, Automatic: false));

    // Meant for one release, so that a word said again because nobody answered does no harm.
    private static Act Say(RolloutCommand command, string version, Func<ServiceState, bool> when)
        => new($"{command} {version}", state => when(state) || state.Active is null && state.RolloutCount > 1, new RolloutObservation.Commanded(command, Anna, Release(version).Digest));

    private static Scenario Scene(string name, RolloutPolicy policy, InMemoryProgram candidate) => new()
    {
        Seed = Prng.For(1, name).Next(), Faults = Faults.None, Inputs = [], Horizon = TimeSpan.FromMinutes(5), LookEvery = TimeSpan.FromSeconds(1), TrafficEvery = TimeSpan.FromSeconds(1),
        GivesUp = true, LongRequests = 0.1,
        Services = [new(Spec(policy), [Release("1.0"), Release("1.1"), Release("1.2")], [Good, candidate, Good], SmokeFails: false, RequestsPerSecond: 60)],
    };

    private static ServiceSpec Spec(RolloutPolicy policy) => new()
    {
        Key = Shop, Workload = new() { Command = ["run"] }, Routes = [new(null, "/", ImmutableSortedDictionary<string, string>.Empty)],
        Traffic = new() { DrainTimeout = Duration.FromSeconds(3) }, Rollout = policy,
    };

    private static Release Release(string version)
        => new("sha256:" + version, "shop", version, "sha256:files-" + version, new() { Command = ["run"] }, Instant.FromUtc(2026, 1, 1, 0, 0));
}
