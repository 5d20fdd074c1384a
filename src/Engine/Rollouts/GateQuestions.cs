using Fairway.Catalog;
using Fairway.Gates;

namespace Fairway.Rollouts;

/// <summary>Asks a gate; throws what a ledger throws, and then nothing passes.</summary>
public delegate Task<GateVerdict> AskGate(GateRequest request, CancellationToken cancellation);

/// <summary>What a service's loop asks the gates.</summary>
public static class GateQuestions
{
    /// <summary>About a release that somebody wants.</summary>
    public static GateRequest Of(ServiceKey key, RolloutObservation.DeployRequested wanted, GateMoment moment)
        => Of(key, wanted.Release, wanted.By, moment) with { Automatic = wanted.Automatic, Force = wanted.Force };

    /// <summary>About a release.</summary>
    public static GateRequest Of(ServiceKey key, Release release, Actor? by, GateMoment moment) => new()
    {
        Key = key, Release = release.Digest, Version = release.Version, Artifact = release.Artifact, By = by?.Name ?? "", Person = by?.Person ?? by?.Name ?? "", Reason = by?.Reason, Roles = by?.Roles ?? [], Moment = moment,
    };

    /// <summary>About everything that may go on at the next decision; null where there are no gates.</summary>
    internal static async Task<GateView?> LookAsync(ServiceState state, AskGate? ask, CancellationToken cancellation)
    {
        if (ask is null) return null;
        var verdicts = ImmutableArray.CreateBuilder<GateVerdict>(2);
        if (state.Queued is { } queued) verdicts.Add(await ask(Of(state.Key, queued, GateMoment.Queue), cancellation));
        if (state.Active is { IsRollback: false, Phase: RolloutPhase.Preparing or RolloutPhase.Starting or RolloutPhase.Verifying } active)
            verdicts.Add(await ask(Of(state.Key, active.Release, active.By, GateMoment.Traffic), cancellation));
        return new(verdicts.ToImmutable());
    }
}
