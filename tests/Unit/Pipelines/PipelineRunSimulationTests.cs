using Xunit;

namespace Fairway.Pipelines;

/// <summary>Runs whose runners are killed before and after everything they write and everything they do; and the mistakes that this must find.</summary>
public sealed class PipelineRunSimulationTests
{
    [Fact]
    public void Every_run_ends_whatever_happens_and_nothing_runs_early_or_ships_twice()
    {
        for (var seed = 1; seed <= 600; seed++) new SimulatedRunner(seed).Play();
    }

    /// <summary>Rules that a decider or runner could break; each must be found out within the same seeds.</summary>
    [Theory]
    [InlineData("asks twice")]
    [InlineData("signs twice")]
    [InlineData("acts before it stores")]
    [InlineData("forgets that it shipped")]
    [InlineData("never recovers")]
    [InlineData("does not ask for its turn again")]
    public void A_mistake_is_found(string name)
    {
        var mistakes = name switch
        {
            "asks twice" => new SimulatedMistakes { Next = (facts, signs, deploys) => Shipping.Next(facts with { Asked = false }, signs, deploys) },
            "signs twice" => new SimulatedMistakes { Next = (facts, signs, deploys) => Shipping.Next(facts with { Signed = facts.Signed && facts.Attested && facts.Asked }, signs, deploys) },
            "acts before it stores" => new SimulatedMistakes { ActsFirst = true },
            "forgets that it shipped" => new SimulatedMistakes { Decide = (run, seen, now) => Without<RunEvent.Shipped>(PipelineDecider.Decide(run, seen, now), run) },
            "never recovers" => new SimulatedMistakes
            {
                Decide = (run, seen, now) => PipelineDecider.Decide(run, seen is RunObservation.Recovered && run.BegunAt is not null ? new RunObservation.Tick() : seen, now),
            },
            _ => new SimulatedMistakes
            {
                Decide = (run, seen, now) => PipelineDecider.Decide(run, seen, now) is var decision && seen is RunObservation.Recovered
                    ? decision with { Effects = decision.Effects.RemoveAll(effect => effect is RunEffect.EnterGroup { Instance: "" } && run.BegunAt is not null) } : decision,
            },
        };
        var found = Record.Exception(() =>
        {
            for (var seed = 1; seed <= 600; seed++) new SimulatedRunner(seed) { Mistakes = mistakes }.Play();
        });
        Assert.IsType<BrokenPipelineRuleException>(found);
    }

    private static RunDecision Without<T>(RunDecision decision, PipelineRun run)
    {
        if (!decision.Events.Any(happened => happened is T)) return decision;
        var events = decision.Events.RemoveAll(happened => happened is T);
        return decision with { Events = events, Next = events.Aggregate(run, RunEvolver.Apply) };
    }
}
