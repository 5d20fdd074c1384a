using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>One decision while it is made: the run so far, what happened, what is to be done.</summary>
internal sealed class RunTurn(PipelineRun run, Instant now)
{
    /// <summary>Who decides what nobody asked for.</summary>
    public const string Actor = "fairway";

    // Each costs a few processes and a copy of its files while it waits.
    private const int MostAhead = 4;

    private readonly ImmutableArray<RunEvent>.Builder _events = ImmutableArray.CreateBuilder<RunEvent>();
    private readonly List<RunEffect> _effects = [];
    private readonly Dictionary<string, (long Version, InstanceState? Failed)> _failed = new(StringComparer.Ordinal);
    private (long Version, int Count) _running = (-1, 0);
    private int _ahead;
    private Why _why = run.Why ?? Why.Because("waiting", "waits for what runs");

    /// <summary>The run with what happened so far.</summary>
    public PipelineRun Run { get; private set; } = run;

    /// <summary>Now.</summary>
    public Instant Now { get; } = now;

    /// <summary>Instances whose group's turn came just now.</summary>
    public HashSet<string> Turns { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances that have a slot. Counted once for all that wait for one.</summary>
    public int Running
    {
        get
        {
            if (_running.Version != Run.Version) _running = (Run.Version, Run.Instances.Count(found => found.State.Phase is InstancePhase.Running or InstancePhase.Stopping));
            return _running.Count;
        }
    }

    /// <summary>The first instance of a job whose failure ends the others of its matrix; null when there is none. Looked for once for all of them.</summary>
    public InstanceState? FailedOf(JobState job)
    {
        if (job.Job.Matrix is not { FailFast: true }) return null;
        if (!_failed.TryGetValue(job.Job.Id, out var known) || known.Version != Run.Version)
        {
            known = (Run.Version, Run.FindJob(job.Job.Id)!.Instances!.Value.FirstOrDefault(other => other.IsOver && other.Result!.Outcome is Outcome.Failure or Outcome.TimedOut
                && !RunContexts.Forgives(job.Job.ContinueOnError, RunContexts.OfJob(Run, job.Job, other.Instance.Combination), ExpressionScopes.JobContinueOnError)));
            _failed[job.Job.Id] = known;
        }
        return known.Failed;
    }

    /// <summary>Something happens.</summary>
    public void Raise(RunEvent happened)
    {
        _events.Add(happened);
        Run = RunEvolver.Apply(Run, happened);
        if (happened is RunEvent.Finished finished) _why = finished.Why;
    }

    /// <summary>Something is to be done.</summary>
    public void Do(RunEffect effect)
    {
        if (!_effects.Contains(effect)) _effects.Add(effect);
    }

    /// <summary>An attempt lacks nothing but a slot: it is made ready meanwhile, unless enough others are.</summary>
    public void Prepare(InstanceState waiting)
    {
        if (_ahead == Math.Min(Run.Slots, MostAhead)) return;
        var effects = _effects.Count;
        Do(new RunEffect.Prepare(waiting.Instance.Id, waiting.Attempt + 1));
        if (_effects.Count > effects) _ahead++;
    }

    /// <summary>Where the run is at.</summary>
    public void Say(Why why) => _why = why;

    /// <summary>It is to end early.</summary>
    public void Cancel(string by, Why why)
    {
        if (Run.Cancelled is null) Raise(new RunEvent.CancelAsked(why, by, Now));
    }

    /// <summary>What was decided.</summary>
    public RunDecision Decision() => new(Run, _events.ToImmutable(), [.. _effects], _why);
}
