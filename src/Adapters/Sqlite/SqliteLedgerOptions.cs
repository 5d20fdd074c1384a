using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Adapters.Sqlite;

/// <summary>How a ledger in a data folder is opened.</summary>
public sealed record SqliteLedgerOptions
{
    /// <summary>The data folder; created when it is not there.</summary>
    public required string Folder { get; init; }

    /// <summary>Told once the folder is this ledger's, before its file is opened: what may not run twice and does not need the ledger can begin.</summary>
    public Action Held { get; init; } = () => { };

    /// <summary>The read models to keep.</summary>
    public ImmutableArray<IProjection> Projections { get; init; } = [];

    /// <summary>How older records are read.</summary>
    public Upcasts Upcasts { get; init; } = Upcasts.None;

    /// <summary>
    /// A file up to this many bytes is checked whole when opened; of a larger one the newest records are, and <c>fairway audit verify</c>
    /// checks the rest.
    /// </summary>
    public long WholeCheckBytes { get; init; } = 32L << 20;

    /// <summary>Read-only connections kept, and so reads at the same time.</summary>
    public int Readers { get; init; } = 4;
}
