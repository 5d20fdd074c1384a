namespace Fairway.Client.Wire;

/// <summary>A run of a pipeline.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Pipeline">Name of the pipeline.</param>
/// <param name="Repository">Name of the repository.</param>
/// <param name="Ref">The full ref; empty outside of git.</param>
/// <param name="Commit">The commit; empty outside of git.</param>
/// <param name="Actor">Who.</param>
/// <param name="State"><c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Why">Why it ended so; null while it goes on.</param>
/// <param name="QueuedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it ended; null while it goes on.</param>
/// <param name="Jobs">Its jobs.</param>
public sealed record PipelineRunInfo(
    string Run, string Pipeline, string Repository, string Ref, string Commit, string Actor, string State, string? Why, DateTimeOffset QueuedAt,
    DateTimeOffset? FinishedAt, IReadOnlyList<PipelineJobInfo> Jobs)
{
    /// <summary>The deployment that it was started for, as <c>environment/service</c>; null when it was another thing.</summary>
    public string? Deployed { get; init; }
}

/// <summary>A job of a run, or one combination of its matrix.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Instance">Names it in commands.</param>
/// <param name="Label">For people.</param>
/// <param name="State"><c>waiting</c>, <c>running</c>, <c>stopping</c>, or how it ended.</param>
/// <param name="Attempt">Attempts begun.</param>
/// <param name="Why">Why.</param>
/// <param name="CachedFrom">The run whose result it is; null when it ran itself.</param>
/// <param name="Tests">Tests that were run; null without test results.</param>
/// <param name="FailedTests">Tests that failed; null without test results.</param>
/// <param name="Release">Digest of the release its files became; null when they became none.</param>
public sealed record PipelineJobInfo(
    string Job, string Instance, string Label, string State, int Attempt, string? Why, string? CachedFrom, int? Tests, int? FailedTests, string? Release);

/// <summary>A pipeline that is to be started by hand.</summary>
/// <param name="Pipeline">Its name; null is the commit's only one.</param>
/// <param name="Repository">Of which repository; null is the only one.</param>
/// <param name="Ref">A branch, a tag or a commit's full hash; null is the trunk.</param>
/// <param name="Inputs">Values for the inputs it declares.</param>
/// <param name="UseCache">Whether results of earlier runs are taken; null is yes.</param>
public sealed record PipelineStartRequest(string? Pipeline, string? Repository, string? Ref, IReadOnlyDictionary<string, string>? Inputs, bool? UseCache);
