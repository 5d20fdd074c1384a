using System.Text.Json.Serialization;
using Fairway.Kernel;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>One job, or one combination of its matrix.</summary>
/// <param name="Id">The job's id, with a matrix followed by <c>.</c> and a number from 1: names it in commands, events and file names.</param>
/// <param name="Label">For people, such as <c>test (20, linux)</c>.</param>
/// <param name="Combination">Its values of the matrix.</param>
public sealed record JobInstance(string Id, string Label, Combination Combination);

/// <summary>Something that happened to a run, in stream <c>pipeline/NAME/RUN</c>.</summary>
/// <param name="By">Who caused it.</param>
/// <param name="At">When.</param>
[JsonDerivedType(typeof(Queued), "pipeline-run-queued.v1")]
[JsonDerivedType(typeof(Begun), "pipeline-run-begun.v1")]
[JsonDerivedType(typeof(Planned), "pipeline-job-planned.v1")]
[JsonDerivedType(typeof(Skipped), "pipeline-job-skipped.v1")]
[JsonDerivedType(typeof(Started), "pipeline-job-started.v1")]
[JsonDerivedType(typeof(Stopping), "pipeline-job-stopping.v1")]
[JsonDerivedType(typeof(Ended), "pipeline-job-ended.v1")]
[JsonDerivedType(typeof(Interrupted), "pipeline-job-interrupted.v1")]
[JsonDerivedType(typeof(Shipped), "pipeline-job-shipped.v1")]
[JsonDerivedType(typeof(CancelAsked), "pipeline-run-cancel-asked.v1")]
[JsonDerivedType(typeof(Finished), "pipeline-run-finished.v1")]
public abstract record RunEvent(string By, Instant At)
{
    /// <summary>Begins the name of every run's stream.</summary>
    public const string StreamPrefix = "pipeline/";

    /// <summary>A run's stream.</summary>
    public static string StreamOf(string pipeline, string run) => $"{StreamPrefix}{pipeline}/{run}";

    /// <summary>As a record to append.</summary>
    public NewEvent ToRecord() => new(At, EventTypes<RunEvent>.Name(this), By, null, EventTypes<RunEvent>.Data(this));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    /// <exception cref="System.Text.Json.JsonException">The type is known, the data is not of its shape.</exception>
    public static RunEvent? Read(string type, string data) => EventTypes<RunEvent>.Read(type, data);

    /// <summary>A run was asked for.</summary>
    /// <param name="Run">Its id.</param>
    /// <param name="Pipeline">What it runs, frozen.</param>
    /// <param name="Trigger">What for.</param>
    /// <param name="Source">Digest of the files it runs on.</param>
    /// <param name="Jobs">Ids of the jobs it runs: all, or those that were named with what they need.</param>
    /// <param name="Slots">Most jobs at once.</param>
    /// <param name="UseCache">Whether results of earlier runs are taken.</param>
    /// <param name="By">Who caused it.</param>
    /// <param name="At">When.</param>
    public sealed record Queued(
        string Run, Pipeline Pipeline, PipelineTrigger Trigger, string Source, ImmutableArray<string> Jobs, int Slots, bool UseCache, string By, Instant At)
        : RunEvent(By, At);

    /// <summary>Its turn came.</summary>
    public sealed record Begun(string By, Instant At) : RunEvent(By, At);

    /// <summary>A job will run.</summary>
    public sealed record Planned(string Job, ImmutableArray<JobInstance> Instances, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>A job will not run.</summary>
    /// <param name="Job">Its id.</param>
    /// <param name="Outcome"><see cref="Outcome.Skipped"/>; or that of a job whose condition or matrix cannot be read, or that was cancelled.</param>
    /// <param name="Why">Why.</param>
    /// <param name="By">Who caused it.</param>
    /// <param name="At">When.</param>
    public sealed record Skipped(string Job, Outcome Outcome, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>An attempt began.</summary>
    public sealed record Started(string Instance, int Attempt, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>An attempt was told to stop.</summary>
    /// <param name="Instance">Which instance.</param>
    /// <param name="Attempt">Which attempt, from 1.</param>
    /// <param name="Outcome">What it will have been.</param>
    /// <param name="Why">Why.</param>
    /// <param name="By">Who caused it.</param>
    /// <param name="At">When.</param>
    public sealed record Stopping(string Instance, int Attempt, Outcome Outcome, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>An attempt ended, or an instance that will not run any more.</summary>
    /// <param name="Instance">Which instance.</param>
    /// <param name="Attempt">Which attempt, from 1.</param>
    /// <param name="Result">How it ended.</param>
    /// <param name="RetryAt">When there will be another attempt; null is never.</param>
    /// <param name="By">Who caused it.</param>
    /// <param name="At">When.</param>
    public sealed record Ended(string Instance, int Attempt, JobResult Result, Instant? RetryAt, string By, Instant At) : RunEvent(By, At);

    /// <summary>An attempt was cut off by the end of the runner and begins anew.</summary>
    public sealed record Interrupted(string Instance, int Attempt, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>A job's files became a release.</summary>
    /// <param name="Instance">Which instance.</param>
    /// <param name="Release">The release's digest; null when it failed.</param>
    /// <param name="Why">Why.</param>
    /// <param name="By">Who caused it.</param>
    /// <param name="At">When.</param>
    public sealed record Shipped(string Instance, string? Release, Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>Somebody wants it to end.</summary>
    public sealed record CancelAsked(Why Why, string By, Instant At) : RunEvent(By, At);

    /// <summary>It is over.</summary>
    public sealed record Finished(Outcome Outcome, Why Why, string By, Instant At) : RunEvent(By, At);
}
