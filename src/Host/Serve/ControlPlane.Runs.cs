using Fairway.Client;
using Fairway.Catalog;
using Fairway.Pipelines;
using Fairway.Rollouts;
using Fairway.Source;

namespace Fairway.Serve;

/// <summary>What becomes of runs that ended.</summary>
public sealed partial class ControlPlane
{
    private DeploymentRuns Deployments(DataFolder data) => new(_engine, _pipelines.Desk, _pipelines.Blobs, _attestations, new()
    {
        Pipelines = folder => CheckoutPipelines.ForDeployment(folder, _configuration.Pipelines), Address = AddressOf, Checkouts = Path.Combine(data.Path, "checkouts"),
        Attested = _engine.WakeAll, Ended = TellHostAsync,
    }, _clock);

    private async Task EndedAsync(PipelineRun run, CancellationToken cancellation)
    {
        await _deployments.AttestAsync(run, cancellation);
        await TellHostAsync(run, cancellation);
    }

    // Where requests for a service's first route go: through the edge, as everybody's do.
    private (string? Url, string? Host) AddressOf(ServiceSpec service)
        => service.Routes is [var route, ..] && EdgeAddresses is [var address, ..] ? (address.TrimEnd('/') + (route.PathPrefix == "/" ? "" : route.PathPrefix), route.Host) : (null, null);

    private Task TellHostAsync(PipelineRun built, ServiceKey key, Rollout rollout, CancellationToken cancellation)
    {
        var (state, sentence) = rollout.Phase == RolloutPhase.Completed ? (CommitState.Success, $"{rollout.Release.Version} serves in {key.Environment}") : (CommitState.Failure, rollout.Why.Sentence);
        return _source.Desk.PlanStatusAsync(built.Trigger.Repository, built.Trigger.Commit, built.Trigger.RefName, state, sentence, null, $"{key.Environment}/{key.Service}", cancellation);
    }

    /// <summary>Each pipeline has a status of its own; the usual one has the host's plain context.</summary>
    private Task TellHostAsync(PipelineRun run, CancellationToken cancellation)
    {
        var (state, sentence) = PipelineStarter.Verdict(run);
        var part = run.Pipeline.Name == PipelineReader.MainName ? null : run.Pipeline.Name;
        return _source.Desk.PlanStatusAsync(run.Trigger.Repository, run.Trigger.Commit, run.Trigger.RefName, state, sentence, null, part, cancellation);
    }
}
