using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>What a run found out about the artifacts that were shipped from it. Pure.</summary>
public static class RunAttestations
{
    /// <summary>Attestations of an artifact: its tests, and each scan.</summary>
    /// <param name="run">A run that is over, or far enough.</param>
    /// <param name="artifact">Digest of the artifact.</param>
    /// <param name="at">Now.</param>
    public static ImmutableArray<Attestation> Of(PipelineRun run, string artifact, NodaTime.Instant at)
    {
        var made = ImmutableArray.CreateBuilder<Attestation>();
        var tests = run.Instances.Select(found => found.State.Result?.Reports?.Tests).OfType<TestCounts>().ToArray();
        if (tests.Length > 0)
        {
            var (total, failed, skipped) = (tests.Sum(test => test.Total), tests.Sum(test => test.Failed), tests.Sum(test => test.Skipped));
            made.Add(new(artifact, AttestationKinds.Tests, failed == 0, $"{total} tests, {failed} failed, {skipped} skipped in run {run.Id}", "fairway", at)
            {
                Run = run.Id, Numbers = Numbers(("total", total), ("failed", failed), ("skipped", skipped)),
            });
        }
        foreach (var (job, state) in run.Instances.Where(found => found.Job.Job.Scan is not null && found.State.IsOver))
        {
            var kind = job.Job.Scan switch
            {
                ScanKind.Secrets => AttestationKinds.SecretScan,
                ScanKind.Standards => AttestationKinds.StandardsScan,
                _ => AttestationKinds.DependencyScan,
            };
            var found = state.Result!.Reports?.Findings ?? new(0, 0, 0);
            var passed = state.Result.Outcome == Outcome.Success;
            made.Add(new(artifact, kind, passed, $"{Count(found.Errors, "error")} and {Count(found.Warnings, "warning")} in run {run.Id}", "fairway", at)
            {
                Run = run.Id, Numbers = Numbers(("errors", found.Errors), ("warnings", found.Warnings), ("notes", found.Notes)),
            });
        }
        return made.ToImmutable();
    }

    /// <summary>How a run went that a deployment started, as an attestation of what was deployed; null for other runs, and before the end.</summary>
    /// <param name="run">The run.</param>
    /// <param name="at">Now.</param>
    public static Attestation? OfDeployment(PipelineRun run, NodaTime.Instant at)
    {
        if (run is not { Trigger.Deployment: { } deployment, Outcome: { } outcome } || outcome == Outcome.Cancelled) return null;
        var tests = run.Instances.Select(found => found.State.Result?.Reports?.Tests).OfType<TestCounts>().ToArray();
        var how = outcome == Outcome.Success ? tests.Length == 0 ? "passed" : $"passed, {tests.Sum(test => test.Total)} tests," : $"failed: {RunWords.FirstFailure(run)};";
        return new(deployment.Artifact, AttestationKinds.PipelinePrefix + run.Pipeline.Name, outcome == Outcome.Success,
            PlainText.Of($"{run.Pipeline.Name} {how} against {deployment.Version} in {deployment.Environment}, run {run.Id}", 500), "fairway", at)
        {
            Run = $"{run.Pipeline.Name}/{run.Id}",
            Numbers = Numbers(("total", tests.Sum(test => test.Total)), ("failed", tests.Sum(test => test.Failed)), ("skipped", tests.Sum(test => test.Skipped))),
        };
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static ImmutableSortedDictionary<string, double> Numbers(params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in numbers) all[name] = value;
        return all.ToImmutable();
    }
}
