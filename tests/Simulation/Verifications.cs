using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;
using static Fairway.Simulation.BrokenRuleException;

namespace Fairway.Simulation;

/// <summary>Checks of simulated releases: what each would find, and what must hold of their verdicts whatever goes wrong.</summary>
/// <param name="world">The truth.</param>
internal sealed class Verifications(Surroundings world)
{
    private readonly HashSet<(string Rollout, string Check)> _passed = [];
    private readonly HashSet<(string Rollout, string Check, int Attempt)> _failed = [];

    /// <summary>Some services have checks; drawn beside everything else, so that histories without any stay as they are.</summary>
    public static Scenario Drawn(Scenario scenario)
    {
        var chance = Prng.For(scenario.Seed, "verify");
        return chance.Chance(0.25) ? With(scenario, chance) : scenario;
    }

    /// <summary>Histories with checks in each, in which releases have little else against them.</summary>
    public static Scenario Among(Scenario scenario)
    {
        scenario = With(scenario, Prng.For(scenario.Seed, "verify"));
        return scenario with
        {
            Services = [.. scenario.Services.Select(service => service with
            {
                Spec = service.Spec with { Rollout = service.Spec.Rollout with { Strategy = Strategy.BlueGreen, Before = null, Smoke = null, ProgressDeadline = Duration.FromMinutes(10) } },
            })],
        };
    }

    /// <summary>How long an attempt takes, and what it finds: the same whenever it is made again.</summary>
    public (TimeSpan Takes, EffectOutcome Outcome) Find(RolloutEffect.Verify effect)
    {
        var takes = Prng.For(world.Scenario.Seed, $"{effect.RolloutId}/{KeyOf(effect)}/{effect.Attempt}").LogUniform(TimeSpan.FromSeconds(0.05), effect.Check.Timeout.ToTimeSpan());
        return (takes, IsGood(effect) ? EffectOutcome.Done with { Check = new(true, "well", "well", (long)takes.TotalMilliseconds) }
            : new(new Fault(FaultKind.Failed, Blame.Release, Retryable: false, "not well")) { Check = new(false, "well", "ill", (long)takes.TotalMilliseconds) });
    }

    /// <summary>An attempt was made to its end.</summary>
    public EffectOutcome Given(RolloutEffect.Verify effect, EffectOutcome found)
    {
        if (found.Fault is null) _passed.Add((effect.RolloutId, KeyOf(effect)));
        else _failed.Add((effect.RolloutId, KeyOf(effect), effect.Attempt));
        return found;
    }

    /// <summary>Something is decided.</summary>
    public void OnEvent(ServiceState state, RolloutEvent happened)
    {
        if (state.Active is not { IsRollback: false, Service.Rollout.Verify: { } declared } rollout) return;
        switch (happened)
        {
            case RolloutEvent.StepEntered:
                Passed(rollout, declared, CheckMoment.Preview);
                break;
            case RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed }:
                Passed(rollout, declared, CheckMoment.Preview);
                Passed(rollout, declared, CheckMoment.Live);
                Check(rollout.Verified == true, "verified", $"{rollout.Id} completed and its checks have no word");
                break;
            case RolloutEvent.Verified { Passed: true }:
                Passed(rollout, declared, CheckMoment.Preview);
                Passed(rollout, declared, CheckMoment.Live);
                break;
            case RolloutEvent.RollbackStarted { Why.Code: "verify-failed" }:
                Check(declared.Any(check => Moments(check).Any(moment => Enumerable.Range(1, check.Attempts).All(attempt => _failed.Contains((rollout.Id, Verifying.KeyOf(moment, check), attempt))))),
                    "verified", $"{rollout.Id} is taken back for a check, and none has failed as often as declared");
                break;
        }
    }

    private void Passed(Rollout rollout, ImmutableArray<CheckSpec> declared, CheckMoment moment)
    {
        foreach (var check in declared)
            if (check.IsAt(moment)) Check(_passed.Contains((rollout.Id, Verifying.KeyOf(moment, check))), "verified", $"{rollout.Id} goes on, and {check.Name} has not passed {moment}");
    }

    private static string KeyOf(RolloutEffect.Verify effect) => Verifying.KeyOf(effect.Moment, effect.Check);

    private static CheckMoment[] Moments(CheckSpec check) => [.. new[] { CheckMoment.Preview, CheckMoment.Live }.Where(check.IsAt)];

    // One in eight never passes, one in five not at first.
    private bool IsGood(RolloutEffect.Verify effect)
    {
        var script = Prng.For(world.Scenario.Seed, $"{effect.RolloutId}/{KeyOf(effect)}").Unit();
        return script >= 0.32 || (script >= 0.12 && effect.Attempt > 1);
    }

    private static Scenario With(Scenario scenario, Prng chance) => scenario with
    {
        Services = [.. scenario.Services.Select(service => service with { Spec = service.Spec with { Rollout = service.Spec.Rollout with { Verify = Draw(chance) } } })],
    };

    private static ImmutableArray<CheckSpec> Draw(Prng chance) => [.. Enumerable.Range(0, chance.Between(1, 3)).Select(i => new CheckSpec
    {
        Name = $"c{i}", At = chance.Pick(CheckAt.Both, CheckAt.Preview, CheckAt.Live), Http = chance.Chance(0.5) ? new() { Path = "/" } : null, Command = ["check"],
        Timeout = Duration.FromSeconds(chance.Between(1, 20)), Attempts = chance.Between(1, 3), Pause = Duration.FromSeconds(chance.Between(0, 5)),
    })];
}
