using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about gates: verdicts, approvals, overrides, freezes and promotions.</summary>
public sealed partial class FairwayClient
{
    /// <summary>What a gate would say of a release now.</summary>
    /// <param name="environment">Where.</param>
    /// <param name="service">Of which service.</param>
    /// <param name="release">Its digest, or the beginning of it; null is what waits there, or what would come next.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<GateVerdictInfo> ExplainGateAsync(string environment, string service, string? release, CancellationToken cancellation)
        => GetAsync(Query($"gates/{Escape(environment)}/{Escape(service)}", ("release", release)), WireJson.Default.GateVerdictInfo, cancellation);

    /// <summary>Approves a release for an environment, or takes that back.</summary>
    public Task<GateWordAnswer> ApproveAsync(string environment, string service, ApprovalRequest request, CancellationToken cancellation)
        => PostAsync($"gates/{Escape(environment)}/{Escape(service)}/approvals", request, WireJson.Default.ApprovalRequest, WireJson.Default.GateWordAnswer, cancellation);

    /// <summary>Proposes that a gate's rules be set aside for a release, or agrees to another person's proposal.</summary>
    public Task<GateWordAnswer> OverrideGateAsync(string environment, string service, OverrideRequest request, CancellationToken cancellation)
        => PostAsync($"gates/{Escape(environment)}/{Escape(service)}/overrides", request, WireJson.Default.OverrideRequest, WireJson.Default.GateWordAnswer, cancellation);

    /// <summary>Freezes in force and to come.</summary>
    public Task<IReadOnlyList<FreezeInfo>> GetFreezesAsync(CancellationToken cancellation) => GetAsync("freezes", WireJson.Default.IReadOnlyListFreezeInfo, cancellation);

    /// <summary>Sets a freeze.</summary>
    public Task<FreezeInfo> AddFreezeAsync(FreezeRequest request, CancellationToken cancellation)
        => PostAsync("freezes", request, WireJson.Default.FreezeRequest, WireJson.Default.FreezeInfo, cancellation);

    /// <summary>Ends a freeze.</summary>
    public Task<WhyInfo> EndFreezeAsync(string id, string? reason, CancellationToken cancellation)
        => DeleteAsync(Query($"freezes/{Escape(id)}", ("reason", reason)), WireJson.Default.WhyInfo, cancellation);

    /// <summary>Takes the release that serves in one environment to another.</summary>
    public Task<DecisionAnswer> PromoteAsync(PromotionRequest request, CancellationToken cancellation)
        => PostAsync("promotions", request, WireJson.Default.PromotionRequest, WireJson.Default.DecisionAnswer, cancellation);
}
