using NodaTime;

namespace Fairway.Pipelines;

/// <summary>Pipelines and runs with defaults.</summary>
internal static class Given
{
    public static readonly Instant Start = Instant.FromUtc(2026, 1, 5, 12, 0);

    public static PipelineJob Job(string id, params string[] needs) => new() { Id = id, Needs = [.. needs], Steps = [new() { Action = new StepAction.Run("true") }] };

    public static Pipeline Pipeline(params PipelineJob[] jobs) => new() { Name = "main", Jobs = [.. jobs] };

    public static PipelineRun Run(Pipeline pipeline, int slots = 8, params string[] only) => RunEvolver.Apply(null, new RunEvent.Queued(
        "20260105-120000-abcdef", pipeline, new PipelineTrigger { Kind = TriggerKind.Push, Repository = "shop", Ref = "refs/heads/main", Commit = "0123456789abcdef", Actor = "anna" },
        "sha256:source", only.Length == 0 ? [.. pipeline.Jobs.Select(job => job.Id)] : [.. only], slots, true, "anna", Start));

    public static JobResult Result(Outcome outcome = Outcome.Success) => JobResult.Of(outcome, Kernel.Why.Because("done", "done"));
}

/// <summary>A run that is carried along by hand, with nothing of the world but time.</summary>
internal sealed class Carried(PipelineRun run)
{
    public PipelineRun Run { get; private set; } = run;

    public Instant Now { get; set; } = Given.Start;

    public List<RunEffect> Effects { get; } = [];

    public List<RunEvent> Events { get; } = [];

    public Carried Tell(RunObservation observation)
    {
        var decision = PipelineDecider.Decide(Run, observation, Now);
        Run = decision.Next;
        Events.AddRange(decision.Events);
        Effects.Clear();
        Effects.AddRange(decision.Effects);
        return this;
    }

    public Carried Tick() => Tell(new RunObservation.Tick());

    public Carried End(string instance, Outcome outcome = Outcome.Success)
        => Tell(new RunObservation.JobEnded(instance, Run.Find(instance)!.Value.State.Attempt, Given.Result(outcome)));

    public string[] Running => [.. Run.Instances.Where(found => found.State.Phase == InstancePhase.Running).Select(found => found.State.Instance.Id)];

    public InstanceState State(string instance) => Run.Find(instance)!.Value.State;
}
