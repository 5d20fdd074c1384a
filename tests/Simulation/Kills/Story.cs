using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>What somebody asks for, once the service is as they expect it.</summary>
internal sealed record Act(string Text, Func<ServiceState, bool> When, RolloutObservation What);

/// <summary>How a story must end, however often the control plane is killed.</summary>
/// <param name="Stable">Version that serves.</param>
/// <param name="Last">End of the last rollout.</param>
/// <param name="Rejects">Whether one release is rejected.</param>
internal sealed record End(string Stable, RolloutPhase Last, bool Rejects);

/// <summary>A rollout that is told again and again, each time with the control plane killed somewhere else.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Scenario">One service in a world where nothing fails but releases and the control plane.</param>
/// <param name="Acts">In order; the first deploys 1.0.</param>
/// <param name="End">Null when the story was cut short.</param>
internal sealed record Story(string Name, Scenario Scenario, ImmutableArray<Act> Acts, End? End)
{
    /// <summary>Whose commands exit with 1.</summary>
    public HookKind? Fails { get; init; }

    /// <summary>Where the edge is.</summary>
    public const string Edge = "http://edge";

    /// <summary>At which moment requests of checks are answered with an error; null is never.</summary>
    public CheckMoment? FailsAt { get; init; }

    public InMemoryAnswer Answer(ProbeRequest request)
        => new(Duration.FromSeconds(1), new(Duration.Zero) { Status = FailsAt == (request.Address == Edge ? CheckMoment.Live : CheckMoment.Preview) ? 500 : 200, Body = "Total" });

    public InMemoryHook Script(RolloutEffect.RunHook hook)
        => new(Duration.FromSeconds(2), hook.Hook == Fails
            ? new(new Fault(FaultKind.Failed, Blame.Release, Retryable: false, "exited with code 1"), ExitCode: 1, Output: "no") : new(null, ExitCode: 0, Output: "well"));

    /// <summary>The same with a database, whose schema changes with each release.</summary>
    public Story WithDatabase() => this with
    {
        Scenario = Scenario with { Services = [.. Scenario.Services.Select(service => service with { Spec = service.Spec with { Database = Databases.Plain } })] },
        Acts = [.. Acts.Select(act => act.What is RolloutObservation.DeployRequested deploy ? act with { What = deploy with { Service = deploy.Service with { Database = Databases.Plain } } } : act)],
    };

    /// <summary>Shorter ones, in which the same may still go wrong.</summary>
    public IEnumerable<Story> Shorter()
    {
        var service = Scenario.Services[0];
        var policy = service.Spec.Rollout;
        if (Acts.Length > 1) yield return this with { Acts = Acts[..^1], End = null };
        if (policy is not { Before: null, Smoke: null, After: null, Verify: null }) yield return With(policy with { Before = null, Smoke = null, After = null, Verify = null });
        if (policy.Instances > 1) yield return With(policy with { Instances = 1 });
        if (policy.Steps.Length > 1) yield return With(policy with { Steps = policy.Steps[..^1] });
        if (policy.Guard > Duration.Zero) yield return With(policy with { Guard = Duration.Zero });
    }

    private Story With(RolloutPolicy policy)
    {
        var service = Scenario.Services[0];
        var spec = service.Spec with { Rollout = policy };
        return this with
        {
            Scenario = Scenario with { Services = [service with { Spec = spec }] }, End = null,
            Acts = [.. Acts.Select((act, i) => act.What is RolloutObservation.DeployRequested deploy ? act with { What = deploy with { Service = i == 0 ? Stories.Plain(spec) : spec } } : act)],
        };
    }
}
