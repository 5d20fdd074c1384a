using Fairway.Api;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Source;
using NodaTime;

namespace Fairway.Serve;

/// <summary>What gates look at outside the ledger: files beside the configuration, the metrics source, runs of pipelines.</summary>
internal static class GateWiring
{
    private const int NewestRuns = 500;

    /// <summary>What a gate keeper is told of the program around it.</summary>
    public static GateSources Sources(IConfigurationInForce configuration, Func<ServiceKey, ServiceSnapshot?> snapshot, IMetricsSource? metrics, Func<PipelineDesk> pipelines, Func<SourceDesk> source,
        MigrationDesk? migrations, ProvenanceDesk? provenance) => new()
    {
        Environment = name => configuration.Settings.FirstOrDefault(one => one.Name == name), Environments = () => configuration.Environments,
        Freezes = () => configuration.Freezes, Policies = () => configuration.Policies, Snapshot = snapshot,
        Service = key => configuration.Services.FirstOrDefault(spec => spec.Key == key), Around = Around(configuration, metrics, pipelines, source), Migrations = migrations,
        Provenance = provenance is null ? null : provenance.VerifyAsync,
    };

    private static GateSurroundings Around(IConfigurationInForce configuration, IMetricsSource? metrics, Func<PipelineDesk> pipelines, Func<SourceDesk> source) => new()
    {
        WrittenAt = path => WrittenAt(configuration.File, path),
        Origin = (run, cancellation) => OriginAsync(pipelines(), run, cancellation),
        Alerts = cancellation => metrics is not null ? metrics.AlertsAsync(cancellation) : Task.FromResult<(ImmutableArray<AlertingRule>, Fault?)>(([], NoMetrics)),
        Between = (repository, from, to, cancellation) => BetweenAsync(source(), repository, from, to, cancellation),
        Metrics = (expressions, cancellation) => metrics is not null ? metrics.AskAsync(expressions, cancellation) : Task.FromResult(NoAnswers(expressions)),
    };

    // There may be no configuration file that a path is relative to.
    private static Instant? WrittenAt(string? configuration, string path)
    {
        try
        {
            if (configuration is null && !Path.IsPathRooted(path)) return null;
            var file = new FileInfo(configuration is null ? path : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configuration))!, path));
            return file.Exists ? Instant.FromDateTimeUtc(file.LastWriteTimeUtc) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // What cannot be looked at is no proof.
            return null;
        }
    }

    private static ImmutableArray<QueryAnswer> NoAnswers(ImmutableArray<string> expressions)
        => [.. expressions.Select(_ => new QueryAnswer(null, NoMetrics))];

    private static Fault NoMetrics { get; } = new(FaultKind.NotFound, Blame.Configuration, Retryable: false, "no metrics source is set up");

    // Named with its pipeline, or by its id alone: ids are unique, and those that made what ships are among the newest.
    private static async Task<ReleaseOrigin?> OriginAsync(PipelineDesk desk, string run, CancellationToken cancellation)
    {
        var found = run.Split('/') is [var pipeline, var id] ? await desk.FindAsync(new(pipeline, id), cancellation)
            : (await desk.ListAsync(null, NewestRuns, cancellation)).FirstOrDefault(one => one.Id == run);
        return found?.Trigger is { Commit.Length: > 0 } trigger
            ? new(trigger.Commit, trigger.Ref.StartsWith("refs/heads/", StringComparison.Ordinal) ? trigger.RefName : null, trigger.Repository) : null;
    }

    // A repository that is no longer configured is not looked into.
    private static async Task<CommitRange?> BetweenAsync(SourceDesk desk, string repository, string from, string to, CancellationToken cancellation)
        => desk.Find(repository) is { } settings ? (await desk.BetweenAsync(settings, from, to, cancellation)).Range : null;
}
