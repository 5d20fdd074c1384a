using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Rollouts;

/// <summary>One service's stream: its state is always the fold of what the ledger holds.</summary>
internal sealed class ServiceStream(ServiceKey key, ILedger ledger)
{
    private const int Page = 500;

    /// <summary>The fold so far.</summary>
    public ServiceState State { get; private set; } = new() { Key = key };

    /// <summary>Position in the ledger of the stream's last record; 0 before the first.</summary>
    public long Seq { get; private set; }

    /// <summary>Reads the snapshot that the ledger keeps, and the records after it.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var document = await ledger.LoadAsync(ServicesProjection.Name, key.ToString(), cancellation);
        var (state, seq) = document is null ? (new ServiceState { Key = key }, 0) : ServicesProjection.Read(document);
        while (true)
        {
            var records = await ledger.ReadStreamAsync(key.Stream, state.Version, Page, cancellation);
            foreach (var record in records)
            {
                Invariant.Check(state.Version + 1 == record.Version, $"{key} is at version {state.Version}, and the next record is {record.Version}");
                state = ServicesProjection.Fold(state, record);
                seq = record.Seq;
            }
            if (records.Length < Page) break;
        }
        State = state;
        Seq = seq;
    }

    /// <summary>Stores a decision; false when the stream has moved on meanwhile: then load and decide again.</summary>
    /// <param name="decision">What to store; it has events.</param>
    /// <param name="isBeginning">A person's word is a beginning; what Fairway does by itself follows from what was recorded last.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<bool> AppendAsync(Decision decision, bool isBeginning, CancellationToken cancellation)
    {
        Invariant.Check(
            decision.Next.Version == State.Version + decision.Events.Length,
            $"a decision with {decision.Events.Length} events took {key} from version {State.Version} to {decision.Next.Version}");
        long? cause = isBeginning || Seq == 0 ? null : Seq;
        var result = await ledger.AppendAsync(
            key.Stream, State.Version, [.. decision.Events.Select(e => RolloutEventCodec.Write(e, RolloutEventCodec.ActorOf(e), cause))], cancellation);
        if (!result.Done) return false;
        State = decision.Next;
        Seq = result.Events[^1].Seq;
        return true;
    }
}
