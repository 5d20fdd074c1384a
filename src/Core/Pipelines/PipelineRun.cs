using Fairway.Kernel;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>Where one job, or one combination of its matrix, is.</summary>
public enum InstancePhase
{
    /// <summary>It waits: for a slot, its group's turn, or the pause before another attempt.</summary>
    Waiting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It was told to stop.</summary>
    Stopping,

    /// <summary>It is over.</summary>
    Ended,
}

/// <summary>One job, or one combination of its matrix, in a run.</summary>
public sealed record InstanceState(JobInstance Instance)
{
    /// <summary>Where it is.</summary>
    public InstancePhase Phase { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts that failed by themselves.</summary>
    public int Failures { get; init; }

    /// <summary>When the present attempt began.</summary>
    public Instant StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>Not before this.</summary>
    public Instant? RetryAt { get; init; }

    /// <summary>What it will have been when it has stopped.</summary>
    public Outcome? StopAs { get; init; }

    /// <summary>How it ended, or the last attempt.</summary>
    public JobResult? Result { get; init; }

    /// <summary>The reason that counts now.</summary>
    public Why? Why { get; init; }

    /// <summary>The release its files became.</summary>
    public string? Release { get; init; }

    /// <summary>Whether shipping is over, whatever came of it.</summary>
    public bool Shipped { get; init; }

    /// <summary>Whether it is over.</summary>
    public bool IsOver => Phase == InstancePhase.Ended;
}

/// <summary>A job in a run.</summary>
public sealed record JobState(PipelineJob Job)
{
    /// <summary>What runs of it; null before its needs have ended.</summary>
    public ImmutableArray<InstanceState>? Instances { get; init; }

    /// <summary>What it was instead of running; null when it runs.</summary>
    public Outcome? Skipped { get; init; }

    /// <summary>Why it runs or does not.</summary>
    public Why? Why { get; init; }

    /// <summary>Whether nothing of it will run any more.</summary>
    public bool IsOver => Skipped is not null || Instances is { } all && all.All(instance => instance.IsOver && (Job.Ship is null || instance.Shipped || instance.Result!.Outcome != Pipelines.Outcome.Success));

    /// <summary>How it ended: the worst of its instances; null before.</summary>
    public Outcome? Outcome => Skipped ?? (IsOver ? Worst(Instances!.Value.Select(OutcomeOf)) : null);

    /// <summary>What an instance counts as.</summary>
    public Outcome OutcomeOf(InstanceState instance)
        => Job.Ship is not null && instance is { Shipped: true, Release: null } ? Pipelines.Outcome.Failure : instance.Result!.Outcome;

    private static Outcome Worst(IEnumerable<Outcome> outcomes)
    {
        var all = outcomes.ToHashSet();
        foreach (var bad in (Outcome[])[Pipelines.Outcome.Failure, Pipelines.Outcome.TimedOut, Pipelines.Outcome.Cancelled])
            if (all.Contains(bad)) return bad;
        return Pipelines.Outcome.Success;
    }
}

/// <summary>A run: the fold of its events.</summary>
public sealed record PipelineRun
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What it runs.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>What for.</summary>
    public required PipelineTrigger Trigger { get; init; }

    /// <summary>Digest of the files it runs on.</summary>
    public required string Source { get; init; }

    /// <summary>Its jobs, in the order of the file.</summary>
    public required ImmutableArray<JobState> Jobs { get; init; }

    /// <summary>Most jobs at once.</summary>
    public required int Slots { get; init; }

    /// <summary>Whether results of earlier runs are taken.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>When it was asked for.</summary>
    public required Instant QueuedAt { get; init; }

    /// <summary>When its turn came; null while it waits.</summary>
    public Instant? BegunAt { get; init; }

    /// <summary>Why it is to end early; null when it is not.</summary>
    public Why? Cancelled { get; init; }

    /// <summary>How it ended; null while it goes on.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Why it ended so.</summary>
    public Why? Why { get; init; }

    /// <summary>When it ended.</summary>
    public Instant? FinishedAt { get; init; }

    /// <summary>Version of its stream.</summary>
    public long Version { get; init; }

    /// <summary>The run's stream.</summary>
    public string Stream => RunEvent.StreamOf(Pipeline.Name, Id);

    /// <summary>Every instance there is so far, with its job.</summary>
    public IEnumerable<(JobState Job, InstanceState State)> Instances
        => Jobs.SelectMany(job => (job.Instances ?? []).Select(state => (job, state)));

    /// <summary>A job of it; null when there is none of that id.</summary>
    public JobState? FindJob(string id) => Jobs.FirstOrDefault(job => job.Job.Id == id);

    /// <summary>An instance by its id; null when there is none.</summary>
    public (JobState Job, InstanceState State)? Find(string instance)
    {
        foreach (var found in Instances)
            if (found.State.Instance.Id == instance) return found;
        return null;
    }
}
