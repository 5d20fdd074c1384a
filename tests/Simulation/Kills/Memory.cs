using System.Collections.Concurrent;
using Fairway.Adapters.InMemory;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Simulation;

/// <summary>
/// What all tellings of one story have in common: up to the kill they are the same to the last bit, so what follows from their records is
/// worked out once. Read models are pure, and a record's hash stands for the whole ledger up to it.
/// </summary>
internal sealed class Memory
{
    private readonly ConcurrentDictionary<(string Collection, string Hash), ImmutableArray<KeyValuePair<string, string?>>> _documents = new();
    private readonly ConcurrentDictionary<string, RolloutEvent> _events = new(StringComparer.Ordinal);

    /// <summary>The ledger opened on records, with the read models of a control plane.</summary>
    public InMemoryLedger Open(IEnumerable<LedgerEvent> records)
        => new([new Remembered(new ServicesProjection(), this), new Remembered(new RolloutsProjection(), this), new Remembered(new QuarantinesProjection(), this)], null, records);

    /// <summary>A record's event.</summary>
    /// <param name="record">As it is to be appended.</param>
    /// <param name="keeps">Whether others will ask for the same.</param>
    public RolloutEvent Read(NewEvent record, bool keeps)
    {
        if (_events.TryGetValue(record.Data, out var known) && EventTypes<RolloutEvent>.Name(known) == record.Type) return known;
        var happened = EventTypes<RolloutEvent>.Read(record.Type, record.Data) ?? throw new BrokenRuleException("codec", $"{record.Type} cannot be read");
        if (keeps) _events[record.Data] = happened;
        return happened;
    }

    private sealed class Remembered(IProjection real, Memory memory) : IProjection
    {
        public string Collection => real.Collection;

        public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
            => memory._documents.GetOrAdd((Collection, record.Hash), _ => [.. real.Apply(record, load)]);
    }
}
