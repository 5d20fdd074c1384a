using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about release groups.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Every group, with its last run in each environment.</summary>
    public Task<IReadOnlyList<GroupInfo>> GetGroupsAsync(CancellationToken cancellation) => GetAsync("groups", WireJson.Default.IReadOnlyListGroupInfo, cancellation);

    /// <summary>The last run of a group in an environment, with every decision about it.</summary>
    public Task<GroupExplainInfo> ExplainGroupAsync(string environment, string group, CancellationToken cancellation)
        => GetAsync($"groups/{Escape(group)}/runs/{Escape(environment)}", WireJson.Default.GroupExplainInfo, cancellation);

    /// <summary>Ships a group.</summary>
    public Task<GroupAnswer> ShipGroupAsync(string group, GroupShipRequest request, CancellationToken cancellation)
        => PostAsync($"groups/{Escape(group)}/runs", request, WireJson.Default.GroupShipRequest, WireJson.Default.GroupAnswer, cancellation);

    /// <summary>A person's word about a group.</summary>
    public Task<GroupAnswer> CommandGroupAsync(string group, GroupCommandRequest request, CancellationToken cancellation)
        => PostAsync($"groups/{Escape(group)}/commands", request, WireJson.Default.GroupCommandRequest, WireJson.Default.GroupAnswer, cancellation);
}
