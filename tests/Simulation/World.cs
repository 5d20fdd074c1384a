using System.Globalization;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;

namespace Fairway.Simulation;

/// <summary>One simulated history: the real decider in a made-up world, with made-up misfortune.</summary>
internal sealed class World
{
    private static readonly TimeSpan LivenessLimit = TimeSpan.FromHours(3);
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private readonly SimulatedLoop[] _loops;
    private readonly TrafficGenerator[] _generators;

    public World(Scenario scenario, Mutant? mutant = null, bool traces = false)
    {
        Around = new(scenario, mutant ?? Mutant.None, traces);
        Faults = scenario.Faults;
        Network = Prng.For(scenario.Seed, "network");
        People = Prng.For(scenario.Seed, "people");
        _loops = [.. scenario.Services.Select(service => new SimulatedLoop(this, service))];
        _generators = [.. scenario.Services.Select(service => new TrafficGenerator(Around, service))];
        var byKey = _loops.ToDictionary(loop => loop.Service.Key);
        Workloads.OnChange = key => byKey[key].Wake();
    }

    public Surroundings Around { get; }

    public Scenario Scenario => Around.Scenario;

    public Mutant Mutant => Around.Mutant;

    public Faults Faults { get; private set; }

    public bool IsAtRest => Around.IsAtRest;

    public VirtualTime Time => Around.Time;

    public Prng Network { get; }

    public Prng People { get; }

    public InMemoryWorkloads Workloads => Around.Workloads;

    public InMemoryTraffic Edge => Around.Edge;

    public InMemoryHooks Hooks => Around.Hooks;

    public InMemoryArtifacts Artifacts => Around.Artifacts;

    public InMemoryMigrations Migrations => Around.Migrations;

    public Safety Safety => Around.Safety;

    public long Decisions { get; set; }

    public IReadOnlyList<SimulatedLoop> Loops => _loops;

    public IReadOnlyList<string> Trace => Around.Trace;

    /// <summary>Runs the history to its quiet end; throws when a rule breaks.</summary>
    public void Run()
    {
        foreach (var loop in _loops) loop.Start();
        foreach (var generator in _generators) generator.Start();
        foreach (var input in Scenario.Inputs)
            if (input.At < Scenario.Horizon) Time.After(input.At, () => Happen(input.What));
        RunUntil(Scenario.Horizon);
        Heal();
        var limit = Time.Elapsed + LivenessLimit;
        while (!AllAtRest())
        {
            if (!Time.Step(limit))
                throw new BrokenRuleException("liveness", "no end three hours after the last fault: " + string.Join("; ", _loops.Where(loop => !loop.IsAtRest).Select(loop => loop.Explain())));
        }
        Around.IsAtRest = true;

        // Warmth and late drains end too, then nothing at all may happen any more.
        RunUntil(Time.Elapsed + TimeSpan.FromMinutes(25));
        var counts = _loops.Select(loop => loop.State.Version).ToArray();
        RunUntil(Time.Elapsed + Quiet);
        for (var i = 0; i < _loops.Length; i++)
        {
            // A stable release that goes on crashing goes on being told of.
            var isSound = _loops[i].State.StableRelease is not { } stable || Safety.IsSound(_loops[i].Service, stable.Digest);
            if (isSound && _loops[i].State.Version != counts[i])
                throw new BrokenRuleException("quiet", $"{_loops[i].State.Version - counts[i]} events in a quiet hour, last: {_loops[i].LastEvent}");
            Safety.AtRest(_loops[i].Service, _loops[i].State);
        }
    }

    public void Note(string service, string kind, string text) => Around.Note(service, kind, text);

    public bool IsTracing => Around.IsTracing;

    /// <summary>How long a message takes.</summary>
    public TimeSpan Delay() => Delay(Faults.Late);

    /// <summary>How long an effect takes to its port.</summary>
    public TimeSpan Delay(RolloutEffect effect) => Delay(effect is RolloutEffect.SetInstances ? Math.Max(Faults.Late, Faults.LateToRuntime) : Faults.Late);

    private TimeSpan Delay(double late)
        => Network.Chance(late) ? Network.LogUniform(TimeSpan.FromMilliseconds(50), Faults.LatestBy + TimeSpan.FromMilliseconds(51)) : TimeSpan.FromMilliseconds(Network.Between(1, 20));

    public void CrashControlPlane(TimeSpan downFor)
    {
        Note("-", "crash", $"control plane down for {downFor.TotalSeconds:0.0} s");
        foreach (var loop in _loops) loop.Crash();
        Time.After(downFor, () =>
        {
            foreach (var loop in _loops) loop.Restart();
        });
    }

    private bool AllAtRest()
    {
        foreach (var loop in _loops)
            if (!loop.IsAtRest) return false;
        return true;
    }

    private void RunUntil(TimeSpan until)
    {
        while (Time.Step(until))
        {
        }
    }

    /// <summary>Faults stop; people are there to say what waits for a person.</summary>
    private void Heal()
    {
        Note("-", "heal", "faults stop");
        Faults = Faults.None;
        Edge.IsReachable = true;
        foreach (var loop in _loops)
        {
            loop.Restart();
            Attend(loop);
        }
    }

    private void Attend(SimulatedLoop loop)
    {
        Time.After(TimeSpan.FromMinutes(2), () =>
        {
            if (loop.State.Active is not { } active) return;
            if (active.Paused) loop.Ask(new RolloutObservation.Commanded(RolloutCommand.Resume, new("anna")));
            else if (active is { Phase: RolloutPhase.Shifting, Step: >= 0, Target.Pause: null } or { Why.Code: "waits-for-person" }) loop.Ask(new RolloutObservation.Commanded(RolloutCommand.Promote, new("anna")));
            Attend(loop);
        });
    }

    private void Happen(Input what)
    {
        switch (what)
        {
            case Input.Deploy deploy:
                var service = Scenario.Services[deploy.Service];
                Note(service.Key.Service, "deploy", $"{service.Releases[deploy.Release].Version}{(deploy.Automatic ? " automatic" : "")}{(deploy.Force ? " force" : "")} {deploy.Strategy}");
                _loops[deploy.Service].Ask(new RolloutObservation.DeployRequested(service.Releases[deploy.Release], service.Spec, deploy.Strategy, new("anna"), deploy.Automatic, deploy.Force));
                break;
            case Input.Command command:
                Note(Scenario.Services[command.Service].Key.Service, "command", command.What.ToString());
                _loops[command.Service].Ask(new RolloutObservation.Commanded(command.What, new("anna")));
                break;
            case Input.Kill kill:
                if (Instance(kill.Service, kill.Which) is { } killed)
                {
                    Note(killed.Id, "killed", killed.Phase.ToString());
                    Workloads.Kill(Scenario.Services[kill.Service].Key, killed.Id);
                }
                break;
            case Input.Flap flap:
                if (Instance(flap.Service, flap.Which) is { } flapping)
                {
                    var key = Scenario.Services[flap.Service].Key;
                    Note(flapping.Id, "unready", $"for {flap.For.TotalSeconds:0.0} s");
                    Workloads.SetReady(key, flapping.Id, false);
                    Time.After(flap.For, () => Workloads.SetReady(key, flapping.Id, true));
                }
                break;
            case Input.EdgeSilent silent:
                Note("-", "edge", $"silent for {silent.For.TotalSeconds:0.0} s");
                Edge.IsReachable = false;
                Time.After(silent.For, () => Edge.IsReachable = true);
                break;
            case Input.EdgeRestarts restarts:
                Note("-", "edge", $"restarts{(restarts.KeepsTable ? "" : " without its table")}");
                Edge.Restart(restarts.KeepsTable);
                Safety.OnEdgeRestart(restarts.KeepsTable);
                break;
            case Input.Crash crash:
                CrashControlPlane(crash.DownFor);
                break;
            case Input.ClockBack back:
                Note("-", "clock", $"{back.By.TotalSeconds:0.0} s back");
                Time.Offset -= back.By;
                break;
            default:
                throw new System.Diagnostics.UnreachableException(what.GetType().Name);
        }
    }

    private InstanceView? Instance(int service, int which)
    {
        var all = Workloads.Observe(Scenario.Services[service].Key);
        return all.Length == 0 ? null : all[which % all.Length];
    }
}
