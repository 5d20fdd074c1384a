using Fairway.Kernel;
using NodaTime;
using Xunit;

namespace Fairway.Pipelines;

/// <summary>The decider in a small world: random graphs, failures, lost and repeated observations, and runners that are killed at any moment.</summary>
public sealed class PipelineRunSimulationTests
{
    [Fact]
    public void Every_run_ends_whatever_happens_and_nothing_runs_before_what_it_needs()
    {
        for (var seed = 1; seed <= 500; seed++) new World(seed).Play();
    }

    private sealed class World(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly HashSet<(string, int)> _working = [];
        private readonly Dictionary<string, int> _shipped = new(StringComparer.Ordinal);

        public void Play()
        {
            var pipeline = Make();
            var now = Given.Start;
            var stored = Given.Run(pipeline, slots: _random.Next(1, 5));
            var run = stored;
            var kills = _random.Next(0, 6);
            Step(new RunObservation.Recovered());
            for (var turns = 0; run.Outcome is null; turns++)
            {
                Assert.True(turns < 5_000, $"seed {seed}: the run does not end");
                now += Duration.FromSeconds(_random.Next(0, 20));
                if (kills > 0 && _random.Next(20) == 0)
                {
                    // The runner is killed: what it had in hand is gone, what was stored is not.
                    kills--;
                    _working.Clear();
                    run = stored;
                    Step(new RunObservation.Recovered());
                    continue;
                }
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
            Assert.All(_shipped.Values, times => Assert.Equal(1, times));
            Assert.Empty(PipelineDecider.Decide(run, new RunObservation.Tick(), now + Duration.FromDays(1)).Events);

            void Step(RunObservation observation)
            {
                var decision = PipelineDecider.Decide(run, observation, now);
                Check(decision.Next);
                run = stored = decision.Next;
                foreach (var effect in decision.Effects) Do(effect);
            }

            void Do(RunEffect effect)
            {
                switch (effect)
                {
                    case RunEffect.Start start:
                        Assert.True(_working.Add((start.Instance, start.Attempt)), $"seed {seed}: {start} twice");
                        break;
                    case RunEffect.Stop stop when _working.Remove((stop.Instance, stop.Attempt)):
                        Step(new RunObservation.JobEnded(stop.Instance, stop.Attempt, Given.Result(Outcome.Cancelled)));
                        break;
                    case RunEffect.Ship ship when !run.Find(ship.Instance)!.Value.State.Shipped:
                        // Making a release again is no harm; that it counts twice would be.
                        _shipped[ship.Instance] = 1;
                        if (_random.Next(3) > 0) Step(new RunObservation.Shipped(ship.Instance, "sha256:1", Why.Because("shipped", "shipped")));
                        break;
                    default:
                        break;
                }
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
                    OnInterrupt = _random.Next(4) == 0 ? InterruptedPolicy.Fail : InterruptedPolicy.Restart, Ship = _random.Next(6) == 0 ? new("shop") : null,
                });
            }
            return Given.Pipeline([.. jobs]);
        }

        private void Check(PipelineRun run)
        {
            var running = run.Instances.Where(found => found.State.Phase is InstancePhase.Running or InstancePhase.Stopping).ToArray();
            Assert.True(running.Length <= run.Slots, $"seed {seed}: {running.Length} jobs in {run.Slots} slots");
            foreach (var (job, _) in running)
                Assert.All(PipelineGraph.NeedsOf(run.Pipeline, job.Job), need => Assert.True(run.FindJob(need)!.IsOver, $"seed {seed}: {job.Job.Id} runs before {need} is over"));
        }
    }
}
