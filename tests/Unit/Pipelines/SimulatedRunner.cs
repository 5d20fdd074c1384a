using Fairway.Kernel;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>A rule of pipelines did not hold.</summary>
internal sealed class BrokenPipelineRuleException(string what) : Exception(what);

/// <summary>What a decider or a runner may get wrong; nothing by default.</summary>
internal sealed record SimulatedMistakes
{
    public Func<PipelineRun, RunObservation, Instant, RunDecision> Decide { get; init; } = PipelineDecider.Decide;

    public Func<ShipFacts, bool, bool, ShipStep> Next { get; init; } = Shipping.Next;

    public bool ActsFirst { get; init; }
}

/// <summary>
/// The decider, the rule of shipping and the groups in a small world of one seed: random graphs, failures, lost and repeated observations. Its runner can be killed
/// before and after each append, before and after each effect, and before and after each step of shipping; what was stored and what was done in the world stay.
/// </summary>
internal sealed class SimulatedRunner(int seed)
{
    private const string Stranger = "another run";
    private readonly Random _random = new(seed);
    private readonly HashSet<(string Instance, int Attempt)> _working = [];
    private readonly HashSet<(string Instance, int Attempt)> _ever = [];
    private readonly World _world = new();
    private ConcurrencyQueue _group = ConcurrencyQueue.Empty;
    private PipelineRun _stored = null!;
    private PipelineRun _run = null!;
    private Instant _now = Given.Start;
    private int _kills;

    public SimulatedMistakes Mistakes { get; init; } = new();

    public void Play()
    {
        _run = _stored = Given.Run(Make(), slots: _random.Next(1, 5));
        _kills = _random.Next(0, 9);
        var turns = 0;
        Live(() => Step(new RunObservation.Recovered()));
        for (; _stored.Outcome is null; turns++)
        {
            Check(turns < 5_000, "the run does not end");
            _now += Duration.FromSeconds(_random.Next(0, 20));
            Live(Turn);
        }
        Check(_world.Asked.Values.All(times => times == 1) && _world.Signed.Values.All(times => times == 1), "something shipped twice");
        Check(_stored.Instances.Where(found => found.State.Release is not null).All(found => _world.Made.Contains(found.State.Instance.Id)), "a release that was never made");
        Check(PipelineDecider.Decide(_stored, new RunObservation.Tick(), _now + Duration.FromDays(1)).Events.IsEmpty, "something happens after the end");
    }

    private void Turn()
    {
        if (_group.Running == Stranger && _random.Next(3) == 0) Move(_group.Leave(Stranger));
        if (_random.Next(300) == 0) Step(new RunObservation.Cancel("anna", Why.Because("cancelled", "cancelled")));
        if (_working.Count > 0 && _random.Next(3) > 0)
        {
            var (instance, attempt) = _working.ElementAt(_random.Next(_working.Count));
            _working.Remove((instance, attempt));
            var ended = new RunObservation.JobEnded(instance, attempt, Given.Result(_random.Next(4) == 0 ? Outcome.Failure : Outcome.Success));
            Step(ended);
            if (_random.Next(10) == 0) Step(ended);
        }
        else Step(new RunObservation.Tick());
    }

    // A killed runner's hands are empty; its successor begins with what is stored, in groups that know nobody.
    private void Live(Action body)
    {
        for (var next = body; ; next = () => Step(new RunObservation.Recovered()))
        {
            try
            {
                next();
                // What had begun asks first; then comes somebody else.
                if (_group.Running != Stranger && next != body) _group = _group.Enter(Stranger, "g", QueueMode.All).Next;
                break;
            }
            catch (KilledException)
            {
                _working.Clear();
                _run = _stored;
                _group = ConcurrencyQueue.Empty;
                if (_stored.BegunAt is null) _group = _group.Enter(Stranger, "g", QueueMode.All).Next;
                if (_stored.Outcome is not null) return;
            }
        }
        Check(_stored.Pipeline.Concurrency is null || _stored.BegunAt is null || _stored.Outcome is not null || _group.Running == "run", "it runs without its group's turn");
    }

    private void Danger()
    {
        if (_kills == 0 || _random.Next(25) > 0) return;
        _kills--;
        throw new KilledException();
    }

    private void Step(RunObservation observation)
    {
        if (_run.Outcome is not null) return;
        var decision = Mistakes.Decide(_run, observation, _now);
        Look(decision.Next);
        if (Mistakes.ActsFirst) Act(decision);
        Danger();
        _run = _stored = decision.Next;
        Danger();
        if (!Mistakes.ActsFirst) Act(decision);
    }

    private void Act(RunDecision decision)
    {
        foreach (var effect in decision.Effects)
        {
            Danger();
            Do(effect);
            Danger();
        }
    }

    private void Do(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Start start:
                Check(_ever.Add((start.Instance, start.Attempt)), $"{start} twice");
                _working.Add((start.Instance, start.Attempt));
                break;
            case RunEffect.Stop stop when _working.Remove((stop.Instance, stop.Attempt)):
                Step(new RunObservation.JobEnded(stop.Instance, stop.Attempt, Given.Result(Outcome.Cancelled)));
                break;
            case RunEffect.EnterGroup { Instance: "" }:
                Move(_group.Enter("run", "g", QueueMode.All));
                break;
            case RunEffect.LeaveGroup { Instance: "" }:
                Move(_group.Leave("run"));
                break;
            case RunEffect.Ship ship when !_run.Find(ship.Instance)!.Value.State.Shipped:
                Ship(ship.Instance);
                break;
            default:
                break;
        }
    }

    private void Move((ConcurrencyQueue Next, ImmutableArray<QueueChange> Changes) moved)
    {
        _group = moved.Next;
        if (moved.Changes.Any(change => change is QueueChange.Granted { Holder: "run" })) Step(new RunObservation.TurnCame(""));
    }

    // As the control plane ships: it looks at what is there, does one step, and looks again.
    private void Ship(string instance)
    {
        for (var steps = 0; ; steps++)
        {
            Check(steps < 10, "shipping does not end");
            var facts = new ShipFacts(_world.Made.Contains(instance), _world.Attested.Contains(instance), _world.Signed.ContainsKey(instance), _world.Asked.ContainsKey(instance));
            Danger();
            switch (Mistakes.Next(facts, true, true))
            {
                case ShipStep.Make:
                    _world.Made.Add(instance);
                    break;
                case ShipStep.Attest:
                    _world.Attested.Add(instance);
                    break;
                case ShipStep.Sign:
                    _world.Signed[instance] = _world.Signed.GetValueOrDefault(instance) + 1;
                    break;
                case ShipStep.Deploy:
                    _world.Asked[instance] = _world.Asked.GetValueOrDefault(instance) + 1;
                    Check(_world.Asked[instance] == 1, $"{instance} ships twice");
                    break;
                default:
                    if (_random.Next(3) > 0) Step(new RunObservation.Shipped(instance, "sha256:1", Why.Because("shipped", "shipped")));
                    return;
            }
            Danger();
        }
    }

    private Pipeline Make()
    {
        var jobs = new List<PipelineJob>();
        for (var i = 0; i < _random.Next(1, 9); i++)
        {
            var needs = jobs.Where(_ => _random.Next(3) == 0).Select(job => job.Id).ToArray();
            jobs.Add(Given.Job($"j{i}", needs) with
            {
                Matrix = _random.Next(4) == 0 ? new() { Axes = [new("n", [new("1"), new("2"), new("3")])], FailFast = _random.Next(2) == 0 } : null,
                Retry = new() { Times = _random.Next(0, 3) }, Timeout = Duration.FromSeconds(_random.Next(5, 500)),
                If = _random.Next(5) switch { 0 => "always()", 1 => "failure()", _ => null }, ContinueOnError = _random.Next(6) == 0 ? "true" : null,
                OnInterrupt = _random.Next(4) == 0 ? InterruptedPolicy.Fail : InterruptedPolicy.Restart, Ship = _random.Next(4) == 0 ? new("shop", Environment: "production") : null,
            });
        }
        return Given.Pipeline([.. jobs]) with { Concurrency = _random.Next(3) == 0 ? new("g", QueueMode.All) : null };
    }

    private void Look(PipelineRun run)
    {
        var running = run.Instances.Where(found => found.State.Phase is InstancePhase.Running or InstancePhase.Stopping).ToArray();
        Check(running.Length <= run.Slots, $"{running.Length} jobs in {run.Slots} slots");
        foreach (var (job, _) in running)
            foreach (var need in PipelineGraph.NeedsOf(run.Pipeline, job.Job)) Check(run.FindJob(need)!.IsOver, $"{job.Job.Id} runs before {need} is over");
    }

    private void Check(bool holds, string what)
    {
        if (!holds) throw new BrokenPipelineRuleException($"seed {seed}: {what}");
    }

    private sealed class KilledException : Exception;

    /// <summary>What is outside of the runner and outlives it.</summary>
    private sealed class World
    {
        public HashSet<string> Made { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Attested { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, int> Signed { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, int> Asked { get; } = new(StringComparer.Ordinal);
    }
}
