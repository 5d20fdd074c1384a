using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Gates;

/// <summary>What people said to each gate, by <c>environment/service</c>.</summary>
public sealed class GatesProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "gates";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>What is in force at a gate.</summary>
    public static async Task<GateRecord> LoadAsync(ILedger ledger, ServiceKey key, CancellationToken cancellation)
        => await ledger.LoadAsync(Name, key.ToString(), cancellation) is { } document ? FairwayJson.Read<GateRecord>(document) : new();

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(GateRecord.StreamPrefix, StringComparison.Ordinal) || GateEventCodec.Read(record) is not { } happened) yield break;
        var key = record.Stream[GateRecord.StreamPrefix.Length..];
        var state = load(key) is { } document ? FairwayJson.Read<GateRecord>(document) : new();
        yield return new(key, FairwayJson.Write(state.Apply(happened, record.Version)));
    }
}

/// <summary>Freezes that people set and nobody ended, by their id.</summary>
public sealed class FreezesProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "freezes";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(FreezeEvent.StreamPrefix, StringComparison.Ordinal)) yield break;
        var id = record.Stream[FreezeEvent.StreamPrefix.Length..];
        switch (FreezeEvent.Read(record))
        {
            case FreezeEvent.Added added:
                yield return new(id, FairwayJson.Write(added.Freeze));
                break;
            case FreezeEvent.Ended:
                yield return new(id, null);
                break;
            default:
                break;
        }
    }
}
