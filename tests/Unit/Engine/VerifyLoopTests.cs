using Fairway.Adapters.InMemory;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Engine;

/// <summary>Checks made by the real engine.</summary>
public sealed class VerifyLoopTests
{
    private const string Edge = "http://edge:8080";

    private static readonly RolloutPolicy Policy = new()
    {
        Strategy = Strategy.BlueGreen, Guard = Duration.FromSeconds(1), ProgressDeadline = Duration.FromMinutes(2),
        Verify =
        [
            new() { Name = "checkout", Http = new() { Path = "/checkout", Contains = "Total" }, Attempts = 2 },
            new() { Name = "orders", Command = ["verify-orders"], Timeout = Duration.FromSeconds(30) },
        ],
    };

    private readonly List<ProbeRequest> _asked = [];

    [Fact]
    public void What_passed_is_an_attestation_of_the_artifact_and_a_smoke_check_of_its_stay()
    {
        var world = World(_ => Answer(200, "Total: 3"));
        world.Deploy("1.0", Policy);
        world.UntilPhase(RolloutPhase.Completed);
        var attested = Assert.Single(world.Scheduler.Run(() => new AttestationBook(world.Ledger).ListAsync("artifact-1.0", default)));
        Assert.Equal((AttestationKinds.Verify, true, "fairway"), (attested.Kind, attested.Passed, attested.By));
        Assert.Equal("4 checks of 1.0 passed in production: checkout (preview), orders (preview), checkout (live), orders (live)", attested.Summary);
        Assert.Equal(4, attested.Numbers["checks"]);
        var stay = world.Scheduler.Run(() => world.Ledger.LoadAsync(ShippedProjection.Name, ShippedProjection.StayOf(EngineWorld.Shop, "artifact-1.0"), default))!;
        Assert.True(FairwayJson.Read<EarlierStay>(stay).Smoke);
    }

    [Fact]
    public void What_failed_with_all_traffic_is_attested_too_and_the_release_before_serves()
    {
        var world = World(asked => Answer(200, asked.Address == Edge ? "password=hunter2 \u001b[2J nothing" : "Total: 3")).Serving("1.0");
        world.Deploy("1.1", Policy with { Verify = [.. Policy.Verify!.Value.Select(check => check with { At = check.Http is null ? CheckAt.Preview : CheckAt.Both })] });
        world.UntilPhase(RolloutPhase.RolledBack);
        Assert.Equal(Weight.Full, world.WeightOf("1.0"));
        Assert.StartsWith("check checkout failed with all traffic: expected a body with \"Total\", got \"", world.Rollout.TakenBackFor!.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", string.Join('\n', world.Ledger.Records.Select(record => record.Data)), StringComparison.Ordinal);
        var attested = Assert.Single(world.Scheduler.Run(() => new AttestationBook(world.Ledger).ListAsync("artifact-1.1", default)));
        Assert.False(attested.Passed);
        Assert.Contains("check checkout failed", attested.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Instances_are_asked_before_any_traffic_and_the_edge_with_all_of_it()
    {
        var world = World(_ => Answer(200, "Total: 3"));
        world.Deploy("1.0", Policy);
        world.UntilPhase(RolloutPhase.Completed);
        Assert.Equal([false, true], _asked.Select(one => one.Address == Edge));
        Assert.All(_asked, one => Assert.Equal(Duration.FromSeconds(10), one.Timeout));
    }

    [Fact]
    public void A_control_plane_that_ends_during_a_check_has_it_made_by_the_next()
    {
        var world = World(_ => new(Duration.FromSeconds(8), new(Duration.Zero) { Status = 500 }));
        world.Deploy("1.0", Policy);
        world.Until(() => world.Rollout.Checks.Values.Any(run => run.Outcome is null));
        world.Crash();
        world.UntilPhase(RolloutPhase.RolledBack);
        Assert.Equal("verify-failed", world.Rollout.TakenBackFor!.Code);
        Assert.Equal(2, world.Rollout.Checks["preview/checkout"].Failures);
    }

    [Fact]
    public void An_edge_that_takes_no_connection_is_no_verdict()
    {
        var isAway = true;
        var world = World(asked => asked.Address == Edge && isAway ? new(Duration.Zero, new(Duration.Zero) { Failed = NoAnswer.Unreachable }) : Answer(200, "Total: 3"));
        world.Deploy("1.0", Policy);
        world.Until(() => world.Rollout.Checks.TryGetValue("live/checkout", out var run) && run.Faults >= 3);
        Assert.Equal(RolloutPhase.Guarding, world.Rollout.Phase);
        isAway = false;
        world.UntilPhase(RolloutPhase.Completed);
    }

    [Fact]
    public void A_command_is_told_where_the_edge_is_and_its_last_words_are_kept()
    {
        var told = new List<string?>();
        var world = World(_ => Answer(200, "Total: 3"));
        world.Hooks.Scripts = hook =>
        {
            told.Add(hook.Variables.GetValueOrDefault("FAIRWAY_URL"));
            return new(Duration.FromSeconds(1), new(null, hook.Variables["FAIRWAY_MOMENT"] == "live" ? 3 : 0, "looking\norder 7 is lost\n"));
        };
        world.Deploy("1.0", Policy);
        world.UntilPhase(RolloutPhase.RolledBack);
        Assert.Equal("check orders failed with all traffic: expected exit code 0, got exit code 3 and \"order 7 is lost\"", world.Rollout.TakenBackFor!.Sentence);
        Assert.Equal(Edge, told[^1]);
    }

    private EngineWorld World(Func<ProbeRequest, InMemoryAnswer> answers)
    {
        var world = new EngineWorld();
        world.Ports = world.Ports with
        {
            EdgeAddress = () => Edge,
            Probes = new InMemoryProbes(world.Time)
            {
                Scripts = asked =>
                {
                    _asked.Add(asked);
                    return answers(asked);
                },
            },
        };
        return world.Started();
    }

    private static InMemoryAnswer Answer(int status, string body) => new(Duration.FromMilliseconds(20), new(Duration.Zero) { Status = status, Body = body });
}
