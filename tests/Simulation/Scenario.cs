using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>Something that happens to the world from outside.</summary>
internal abstract record Input
{
    public sealed record Deploy(int Service, int Release, Strategy? Strategy, bool Automatic, bool Force) : Input;

    public sealed record Command(int Service, RolloutCommand What) : Input;

    public sealed record Kill(int Service, int Which) : Input;

    public sealed record Flap(int Service, int Which, TimeSpan For) : Input;

    public sealed record EdgeSilent(TimeSpan For) : Input;

    public sealed record EdgeRestarts(bool KeepsTable) : Input;

    public sealed record Crash(TimeSpan DownFor) : Input;

    public sealed record ClockBack(TimeSpan By) : Input;
}

/// <summary>An input and when it comes.</summary>
internal sealed record TimedInput(TimeSpan At, Input What);

/// <summary>How often the messages between the parts fail. Each world has its own; many are 0.</summary>
internal sealed record Faults
{
    public double LostEffect { get; init; }

    public double LostAnswer { get; init; }

    public double Doubled { get; init; }

    public double Failing { get; init; }

    public double Late { get; init; }

    /// <summary>As <see cref="Late"/>, but only on the way to the runtime: then routes overtake the instances they are about.</summary>
    public double LateToRuntime { get; init; }

    public double StoreFails { get; init; }

    public double CrashAroundCommit { get; init; }

    /// <summary>The latest that a late message comes.</summary>
    public TimeSpan LatestBy { get; init; } = TimeSpan.FromMilliseconds(100);

    public static Faults None { get; } = new();
}

/// <summary>A service of the world with its releases.</summary>
internal sealed record SimulatedService(ServiceSpec Spec, ImmutableArray<Release> Releases, ImmutableArray<InMemoryProgram> Programs, bool SmokeFails, double RequestsPerSecond)
{
    public ServiceKey Key => Spec.Key;
}

/// <summary>Everything about one simulated history that is decided before it begins.</summary>
internal sealed record Scenario
{
    public required ulong Seed { get; init; }

    public required ImmutableArray<SimulatedService> Services { get; init; }

    public required ImmutableArray<TimedInput> Inputs { get; init; }

    public required Faults Faults { get; init; }

    /// <summary>Then the faults stop.</summary>
    public required TimeSpan Horizon { get; init; }

    public required TimeSpan LookEvery { get; init; }

    public required TimeSpan TrafficEvery { get; init; }

    /// <summary>Whether an effect without an answer is given up as timed out (and decided anew), or sent again as it is.</summary>
    public required bool GivesUp { get; init; }

    /// <summary>Share of requests that are held open for a while.</summary>
    public required double LongRequests { get; init; }

    /// <summary>Whether people take their word back just when instances of the stable release have been asked to stop.</summary>
    public bool HasRegrets { get; init; }

    /// <summary>Whether migrations fail and locks are not had.</summary>
    public bool HasBadMigrations { get; init; }

    /// <summary>Nobody asks for anything in the second half of each such time; null is never.</summary>
    public TimeSpan? LullEvery { get; init; }

    public static Scenario Draw(ulong seed) => Verifications.Drawn(Databases.Drawn(DrawWithout(seed)));

    private static Scenario DrawWithout(ulong seed)
    {
        var chance = Prng.For(seed, "scenario");
        var horizon = chance.LogUniform(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(25));
        var services = Enumerable.Range(0, chance.Between(0, 3) == 0 ? chance.Between(2, 5) : 1).Select(i => Judged(DrawService(chance, i), Prng.For(seed, $"judge/{i}"))).ToImmutableArray();
        var scenario = new Scenario
        {
            Seed = seed, Services = services, Horizon = horizon,
            Inputs = [.. DrawInputs(chance, services, horizon).OrderBy(input => input.At)],
            Faults = new()
            {
                LostEffect = Rate(chance, 0.3), LostAnswer = Rate(chance, 0.3), Doubled = Rate(chance, 0.3), Failing = Rate(chance, 0.2), Late = Rate(chance, 0.9),
                StoreFails = Rate(chance, 0.1), CrashAroundCommit = Rate(chance, 0.05), LatestBy = chance.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(16)),
            },
            LookEvery = chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)),
            TrafficEvery = chance.LogUniform(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5)),
            GivesUp = chance.Chance(0.5), LongRequests = chance.Chance(0.5) ? 0.3 : 0.02,
        };
        if (!chance.Chance(0.1)) return Prng.For(seed, "compared") is var compared && compared.Chance(0.2) ? Compared(scenario, compared) : scenario;
        return chance.Chance(0.5) ? Overtaking(scenario, chance) : SlowRuntime(Overtaking(scenario, chance), chance);
    }

    // Minds changed in the middle of a rolling update while messages overtake one another: rare by chance alone, and where most went wrong elsewhere.
    private static Scenario Overtaking(Scenario scenario, Prng chance) => scenario with
    {
        Faults = scenario.Faults with { Late = 0.5, LatestBy = chance.LogUniform(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)), CrashAroundCommit = 0 },
        Services = [.. scenario.Services.Select(service => service with
        {
            Spec = service.Spec with
            {
                Traffic = service.Spec.Traffic with { DrainTimeout = Duration.FromSeconds(1) },
                Rollout = service.Spec.Rollout with { Strategy = Strategy.Rolling, Instances = chance.Between(3, 6), ProgressDeadline = Duration.FromMinutes(10), Before = null, Smoke = null },
            },
            Programs = [.. service.Programs.Select(_ => new InMemoryProgram { ReadyAfter = Duration.FromSeconds(chance.Between(1, 5)) })],
        })],
        Inputs = [.. scenario.Inputs.Where(input => input.What is not Input.Command)
            .SelectMany(input => input.What is Input.Deploy deploy && input.At > TimeSpan.FromSeconds(1)
                ? [input with { What = deploy with { Strategy = null } }, new TimedInput(input.At + chance.LogUniform(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(4)), new Input.Command(deploy.Service, RolloutCommand.Abort))]
                : new[] { input }).OrderBy(input => input.At)],
    };

    // Enough requests, quiet and time for proof: steps that go on early, and releases that are only somewhat worse. Rare by chance alone, for most rollouts end for other reasons.
    private static Scenario Compared(Scenario scenario, Prng chance)
    {
        var service = Judged(scenario.Services[0], chance, always: true);
        var rollout = service.Spec.Rollout;
        var worse = chance.Between(1, service.Releases.Length - 1);
        var judge = rollout.Judge! with { Steps = rollout.Judge.Steps with { Least = Seconds(chance, 1, 8) } };
        var steps = chance.Pick<int[]>([10, 50], [20, 60], [10, 30, 60, 80]).Select(weight => new CanaryStep(Weight.FromPercent(weight), Seconds(chance, 10, 90)));
        var minutes = chance.Between(8, 20);
        return scenario with
        {
            Horizon = TimeSpan.FromMinutes(minutes), LullEvery = chance.Chance(0.4) ? chance.LogUniform(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(4)) : null,
            Services =
            [
                service with
                {
                    RequestsPerSecond = chance.Between(20, 100), SmokeFails = false,
                    Spec = service.Spec with { Rollout = rollout with { Strategy = Strategy.Canary, Before = null, Smoke = null, Steps = [.. steps], Judge = judge, ProgressDeadline = Duration.FromMinutes(10) } },
                    Programs = [.. service.Programs.Select((program, i) => new InMemoryProgram
                    {
                        ReadyAfter = Duration.FromSeconds(chance.Between(1, 5)), ErrorRatio = i == worse ? 0.03 + chance.Unit() * 0.3 : 0.005, SlowRatio = program.SlowRatio,
                    })],
                },
            ],
            Inputs = [.. scenario.Inputs.Where(input => input.What is not (Input.Deploy or Input.Command { Service: > 0 } or Input.Kill { Service: > 0 } or Input.Flap { Service: > 0 }))
                .Concat(Enumerable.Range(0, 4).Select(i => new TimedInput(TimeSpan.FromMinutes(i * minutes / 4) + TimeSpan.FromSeconds(chance.Between(1, 20)),
                    new Input.Deploy(0, i % service.Releases.Length, null, Automatic: false, Force: false)))).OrderBy(input => input.At)],
        };
    }

    // All is quick but the runtime, and minds are changed just when it has something to do: an older wish is under way while a newer one is decided on.
    private static Scenario SlowRuntime(Scenario scenario, Prng chance) => scenario with
    {
        Faults = scenario.Faults with { Late = 0, LateToRuntime = 0.5, LostEffect = 0 }, HasRegrets = true, Horizon = TimeSpan.FromMinutes(8),
        Services = [scenario.Services[0]],
        Inputs = [.. Enumerable.Range(0, 8).Select(i => new TimedInput(TimeSpan.FromMinutes(i) + TimeSpan.FromSeconds(chance.Between(1, 59)),
            new Input.Deploy(0, i % scenario.Services[0].Releases.Length, null, Automatic: false, Force: false)))],
    };

    private static double Rate(Prng chance, double most) => chance.Chance(0.6) ? 0 : Math.Exp(Math.Log(0.01) + chance.Unit() * (Math.Log(most) - Math.Log(0.01)));

    private static SimulatedService DrawService(Prng chance, int index)
    {
        var key = new ServiceKey("test", $"s{index}");
        var instances = chance.Chance(0.4) ? 1 : chance.Between(2, 5);
        var surge = chance.Between(0, 2);
        var policy = new RolloutPolicy
        {
            Strategy = chance.Pick(Strategy.Canary, Strategy.BlueGreen, Strategy.Rolling),
            Instances = instances,
            Steps = Steps(chance),
            MaxSurge = surge,
            MaxUnavailable = surge == 0 || chance.Chance(0.3) ? Math.Min(instances, chance.Between(1, 2)) : 0,
            Guard = Seconds(chance, 0, 60),
            KeepWarm = chance.Chance(0.2) ? Duration.Zero : Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(20))),
            ProgressDeadline = Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10))),
            MaxRestarts = chance.Between(1, 4),
            Before = chance.Chance(0.2) ? new(["before"], Seconds(chance, 5, 60)) : null,
            Smoke = chance.Chance(0.3) ? new(["smoke"], Seconds(chance, 5, 60)) : null,
            After = chance.Chance(0.2) ? new(["after"], Seconds(chance, 5, 60)) : null,
        };
        var spec = new ServiceSpec
        {
            Key = key, Workload = new() { Command = ["run"] }, Routes = [new(null, "/" + key.Service, ImmutableSortedDictionary<string, string>.Empty)],
            Traffic = new() { DrainTimeout = Seconds(chance, 1, 60) }, Rollout = policy,
        };
        var releases = Enumerable.Range(0, chance.Between(2, 5)).Select(i => new Release($"sha256:{key.Service}-{i}", key.Service, $"1.{i}", $"sha256:files-{i}", spec.Workload,
            Instant.FromUtc(2026, 1, 1, 0, 0))).ToImmutableArray();
        return new(spec, releases, [.. releases.Select((_, i) => Program(chance, isFirst: i == 0))], chance.Chance(0.3), chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(100)).TotalSeconds);
    }

    // Half of the services are judged by comparison; the others only have the ceiling, and time passes their steps.
    private static SimulatedService Judged(SimulatedService service, Prng chance, bool always = false)
    {
        if (!chance.Chance(0.5) && !always) return service;
        var judge = new JudgeSettings
        {
            FalseRollback = chance.Pick(0.001, 0.01, 0.1),
            Steps = new(Seconds(chance, 1, 30), Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(20))), chance.Pick(OnDoubt.Hold, OnDoubt.RollBack, OnDoubt.Advance)),
            WarmUpRequests = chance.Between(0, 50),
            // With an easy margin proof comes within minutes even at few requests a second.
            Metrics = chance.Chance(0.5) ? MetricPolicy.Default : [new("errors", MetricSource.Errors, 1) { Margin = 4, Negligible = 0.05 }],
        };
        return service with
        {
            Spec = service.Spec with { Rollout = service.Spec.Rollout with { Judge = judge } },
            Programs = [.. service.Programs.Select(program => program with { SlowRatio = chance.Chance(0.2) ? chance.Unit() * 0.5 : 0.02 })],
        };
    }

    private static ImmutableArray<CanaryStep> Steps(Prng chance)
    {
        var weights = chance.Pick<int[]>([1, 10, 50, 100], [5, 25, 100], [20], [0, 50, 100], [10, 30, 60]);
        return [.. weights.Select(weight => new CanaryStep(Weight.FromPercent(weight), chance.Chance(0.1) ? null : Seconds(chance, 0, 60)))];
    }

    private static InMemoryProgram Program(Prng chance, bool isFirst)
    {
        var good = new InMemoryProgram
        {
            ReadyAfter = Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(60))),
            StopsAfter = Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(0.05), TimeSpan.FromSeconds(30))),
        };
        return chance.Between(0, isFirst ? 20 : 10) switch
        {
            0 => good with { NeverReady = true },
            1 => good with { ExitsAfter = good.ReadyAfter * 0.5 },
            2 => good with { ExitsAfter = good.ReadyAfter + Duration.FromTimeSpan(chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))) },
            3 => good with { ErrorRatio = 0.95 },
            4 => good with { ErrorRatio = chance.Unit() * 0.4 },
            5 when chance.Chance(0.5) => good with { CannotStart = new(FaultKind.Failed, chance.Pick(Blame.Release, Blame.Platform), Retryable: false, "cannot be started") },
            _ => good,
        };
    }

    private static IEnumerable<TimedInput> DrawInputs(Prng chance, ImmutableArray<SimulatedService> services, TimeSpan horizon)
    {
        TimeSpan Any() => horizon * chance.Unit();
        for (var service = 0; service < services.Length; service++)
        {
            var deploys = new List<TimeSpan> { TimeSpan.FromSeconds(1) };
            yield return new(deploys[0], new Input.Deploy(service, 0, null, Automatic: false, Force: false));
            for (var i = chance.Between(1, 4); i > 0; i--)
            {
                // Soon after one another as often as long after: superseding and queueing are met as well as quiet.
                var at = chance.Chance(0.3) ? chance.LogUniform(TimeSpan.FromSeconds(1), horizon) : Any();
                deploys.Add(at);
                yield return new(at, new Input.Deploy(service, chance.Between(0, services[service].Releases.Length - 1),
                    chance.Chance(0.3) ? chance.Pick(Strategy.Canary, Strategy.BlueGreen, Strategy.Rolling) : null, chance.Chance(0.2), chance.Chance(0.15)));
            }
            for (var i = chance.Chance(0.4) ? 0 : chance.Between(1, 5); i > 0; i--)
            {
                // People speak most of all about what they have just begun.
                var at = chance.Chance(0.3) ? Any() : chance.Pick(deploys.ToArray()) + chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(3));
                yield return new(at, new Input.Command(service, chance.Pick(
                    RolloutCommand.Pause, RolloutCommand.Resume, RolloutCommand.Promote, RolloutCommand.Promote, RolloutCommand.Abort, RolloutCommand.Rollback)));
            }
            for (var i = chance.Chance(0.7) ? 0 : chance.Between(1, 3); i > 0; i--) yield return new(Any(), new Input.Kill(service, chance.Between(0, 9)));
            for (var i = chance.Chance(0.7) ? 0 : chance.Between(1, 3); i > 0; i--)
                yield return new(Any(), new Input.Flap(service, chance.Between(0, 9), chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(3))));
        }
        for (var i = chance.Chance(0.7) ? 0 : chance.Between(1, 2); i > 0; i--)
            yield return new(Any(), new Input.EdgeSilent(chance.LogUniform(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))));
        for (var i = chance.Chance(0.7) ? 0 : chance.Between(1, 2); i > 0; i--) yield return new(Any(), new Input.EdgeRestarts(chance.Chance(0.6)));
        for (var i = chance.Chance(0.6) ? 0 : chance.Between(1, 4); i > 0; i--)
            yield return new(Any(), new Input.Crash(chance.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(5))));
        if (chance.Chance(0.1)) yield return new(Any(), new Input.ClockBack(chance.LogUniform(TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(2))));
    }

    private static Duration Seconds(Prng chance, int low, int high) => Duration.FromSeconds(chance.Between(low, high));
}
