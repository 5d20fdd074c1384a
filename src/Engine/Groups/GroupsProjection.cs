using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Groups;

/// <summary>The last run of each release group in each environment, by <c>environment/group</c>.</summary>
public sealed class GroupsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "groups";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>A group's last run; null when it was never shipped there.</summary>
    public static async Task<GroupRun?> LoadAsync(ILedger ledger, string environment, string name, CancellationToken cancellation)
        => await ledger.LoadAsync(Name, $"{environment}/{name}", cancellation) is { } document ? FairwayJson.Read<GroupRun>(document) : null;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(GroupEvent.StreamPrefix, StringComparison.Ordinal) || GroupEvent.Read(record) is not { } happened) yield break;
        var key = record.Stream[GroupEvent.StreamPrefix.Length..];
        var state = load(key) is { } document ? FairwayJson.Read<GroupRun>(document) : null;
        if (GroupEvent.Apply(state, happened, record.Version) is { } next) yield return new(key, FairwayJson.Write(next));
    }
}
