namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Containers that a sandbox of processes shares the network with.</summary>
/// <param name="Enter">Command that goes before another one, which is then in their network.</param>
/// <param name="User">The user outside that is root in them, so that both may write the same files; null is this process's own.</param>
/// <param name="Files">Files of theirs that stand for this machine's: what names mean there.</param>
internal sealed record JoinedContainers(ImmutableArray<string> Enter, uint? User, ImmutableArray<(string From, string To)> Files)
{
    /// <summary>Whether the sandbox's policy says which network it has, for there is no container yet whose network it could have.</summary>
    public bool OwnNetwork { get; init; }
}
