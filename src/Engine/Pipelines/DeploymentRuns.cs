using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Pipelines;

/// <summary>What is done for releases that arrived must be told of the program around it.</summary>
public sealed record DeploymentSources
{
    /// <summary>The pipelines of a checkout and of the configuration, those of the configuration first; and what is wrong with them.</summary>
    public required Func<string, (ImmutableArray<Pipeline> Pipelines, string? Problem)> Pipelines { get; init; }

    /// <summary>Where a service answers in an environment, and the host that requests must name.</summary>
    public required Func<ServiceSpec, (string? Url, string? Host)> Address { get; init; }

    /// <summary>Where checkouts are made for a moment.</summary>
    public required string Checkouts { get; init; }

    /// <summary>Told of a rollout's end of what a run built; told again it does nothing.</summary>
    public required Func<PipelineRun, ServiceKey, Rollout, CancellationToken, Task> Ended { get; init; }

    /// <summary>Something was attested that gates may wait for.</summary>
    public required Action Attested { get; init; }
}

/// <summary>
/// Runs the pipelines that wait for a release in an environment (<c>on: deployed</c>), once for each rollout that completed, and attests of the artifact how they went.
/// It looks at what serves, never at "a rollout ended": a run's id follows from its rollout, so one killed at any moment starts nothing twice and forgets nothing.
/// </summary>
public sealed class DeploymentRuns(RolloutEngine rollouts, PipelineDesk desk, IPipelineBlobs blobs, AttestationBook book, DeploymentSources sources, EngineClock clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private readonly Dictionary<ServiceKey, Arrival> _known = [];
    private readonly StandingProblems _problems = new();

    /// <summary>What keeps it from its work, the first of it; null is nothing. Each stands until what it is about succeeds.</summary>
    public string? Problem => _problems.First;

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var key in rollouts.Services)
            {
                // What is wrong with one service keeps no other from its pipelines, and ends no loop.
                try
                {
                    _problems.Note($"{key}", await LookAsync(key, cancellation));
                }
                catch (Exception error) when (!cancellation.IsCancellationRequested)
                {
                    _problems.Note($"{key}", LoopFault.Of(error, $"{key}").Message);
                }
            }
            await Task.Delay(LookEvery, clock.Time, cancellation);
        }
    }

    /// <summary>Attests how a run went that a deployment started; does nothing for others. Saying it again changes nothing.</summary>
    /// <exception cref="LedgerException">It could not be recorded.</exception>
    public async Task AttestAsync(PipelineRun run, CancellationToken cancellation)
    {
        if (RunAttestations.OfDeployment(run, clock.Now) is not { } attestation) return;
        _problems.Note($"pipeline {run.Pipeline.Name}", await book.AddAsync(attestation, cancellation) is { } refused ? $"pipeline {run.Pipeline.Name} is not attested: {refused.Message}" : null);
        sources.Attested();
    }

    /// <returns>Why a pipeline is not started. What may succeed later is tried again at the next look; anything else stands until the next rollout.</returns>
    private async Task<string?> LookAsync(ServiceKey key, CancellationToken cancellation)
    {
        if (rollouts.Find(key)?.Current.State.Rollout is not { IsActive: false, IsRollback: false } rollout) return null;
        if (!_known.TryGetValue(key, out var known) || known.Rollout != rollout.Id)
        {
            var built = await BuiltByAsync(rollout.Release.Artifact, cancellation);
            if (built is not null) await sources.Ended(built, key, rollout, cancellation);
            (known, var fault) = rollout.Phase == RolloutPhase.Completed ? await StartAsync(key, rollout, built, cancellation) : (new(rollout.Id, [], null), null);
            if (fault is { Retryable: true }) return fault.Message;
            if (fault is not null) known = known with { Mistake = fault.Message };
        }
        var open = ImmutableArray.CreateBuilder<RunKey>();
        foreach (var run in known.Open)
        {
            if (await desk.FindAsync(run, cancellation) is not { Outcome: not null } over) open.Add(run);
            else await AttestAsync(over, cancellation);
        }
        _known[key] = known with { Open = open.ToImmutable() };
        return known.Mistake;
    }

    private async Task<(Arrival Arrival, Fault? Fault)> StartAsync(ServiceKey key, Rollout rollout, PipelineRun? built, CancellationToken cancellation)
    {
        var folder = Path.Combine(sources.Checkouts, $"deployed-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            if (built is not null && await blobs.FindTreeAsync(built.Source, cancellation) is { } tree && await blobs.RestoreAsync(tree, folder, cancellation) is { } unfilled)
                return (new(rollout.Id, [], null), unfilled with { Message = $"the files of run {built.Id} cannot be had: {unfilled.Message}" });
            var (pipelines, mistake) = sources.Pipelines(folder);
            var trigger = TriggerOf(key, rollout, built);
            var started = ImmutableArray.CreateBuilder<RunKey>();
            Fault? unstarted = null;
            foreach (var pipeline in pipelines.DistinctBy(one => one.Name, StringComparer.Ordinal).Where(one => TriggerMatch.Of(one.On, trigger).Starts))
            {
                var run = new RunKey(pipeline.Name, IdOf(pipeline.Name, rollout));
                if (await desk.FindAsync(run, cancellation) is null
                    && (await desk.StartAsync(new(pipeline, trigger, folder) { Id = run.Run, UseCache = false }, cancellation)).Fault is { } fault)
                    unstarted = fault with { Message = $"pipeline {pipeline.Name} is not started for {rollout.Id}: {fault.Message}" };
                else
                    started.Add(run);
            }
            return (new(rollout.Id, started.ToImmutable(), mistake), unstarted);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private PipelineTrigger TriggerOf(ServiceKey key, Rollout rollout, PipelineRun? built)
    {
        var (url, host) = sources.Address(rollout.Service);
        var deployment = new Deployment(key.Environment, key.Service, rollout.Release.Digest, rollout.Release.Version, rollout.Release.Artifact, rollout.Id, url, host);
        return (built?.Trigger ?? new() { Kind = TriggerKind.Deployed, Repository = key.Service, Actor = "fairway" }) with
        {
            Kind = TriggerKind.Deployed, Actor = rollout.By.Name, Deployment = deployment, Inputs = ImmutableSortedDictionary<string, string>.Empty,
        };
    }

    // Provenance names it as "pipeline/run"; the newest build counts.
    private async Task<PipelineRun?> BuiltByAsync(string artifact, CancellationToken cancellation)
        => (await book.ListAsync(artifact, cancellation)).LastOrDefault(one => one is { Kind: AttestationKinds.Provenance, Run: not null })?.Run?.Split('/') is [var pipeline, var run]
            ? await desk.FindAsync(new(pipeline, run), cancellation) : null;

    private static string IdOf(string pipeline, Rollout rollout)
        => rollout.StartedAt.ToDateTimeUtc().ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture)
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rollout.Id}\n{pipeline}")))[..6];

    /// <summary>A rollout that was seen to be over.</summary>
    /// <param name="Rollout">Its id.</param>
    /// <param name="Open">Its runs that are not over.</param>
    /// <param name="Mistake">Why a pipeline is not started, where trying again does not help; null is nothing.</param>
    private sealed record Arrival(string Rollout, ImmutableArray<RunKey> Open, string? Mistake);
}
