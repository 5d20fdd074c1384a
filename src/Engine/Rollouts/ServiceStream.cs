using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
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
                state = RolloutEvolver.Apply(state, RolloutEventCodec.Read(record));
                Invariant.Check(state.Version == record.Version, $"{key} has version {state.Version} after record {record.Version} of its stream");
                seq = record.Seq;
            }
            if (records.Length < Page) break;
        }
        State = state;
        Seq = seq;
    }

    /// <summary>Stores a decision; false when the stream has moved on meanwhile: then load and decide again.</summary>
    public async Task<bool> AppendAsync(Decision decision, RolloutObservation observation, CancellationToken cancellation)
    {
        Invariant.Check(
            decision.Next.Version == State.Version + decision.Events.Length,
            $"a decision with {decision.Events.Length} events took {key} from version {State.Version} to {decision.Next.Version}");
        var actor = observation switch
        {
            RolloutObservation.DeployRequested deploy => deploy.By.Name,
            RolloutObservation.Commanded command => command.By.Name,
            _ => Actor.Fairway.Name,
        };
        // A person's word is a beginning; what Fairway does by itself follows from what was recorded last.
        long? cause = actor == Actor.Fairway.Name && Seq > 0 ? Seq : null;
        var result = await ledger.AppendAsync(
            key.Stream, State.Version, [.. decision.Events.Select(e => RolloutEventCodec.Write(e, actor, cause))], cancellation);
        if (!result.Done) return false;
        State = decision.Next;
        Seq = result.Events[^1].Seq;
        return true;
    }
}
