using Fairway.Ledger;

namespace Fairway.Rollouts;

/// <summary>Writes rollout events as ledger records and reads them back.</summary>
public static class RolloutEventCodec
{
    /// <summary>The event as a record to append; the type's name is the record's, not repeated in the data.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="actor">Who caused it; <see cref="ActorOf"/> knows when the event says.</param>
    /// <param name="cause">Seq of the record that led to it, if any.</param>
    public static NewEvent Write(RolloutEvent happened, string actor, long? cause)
        => new(happened.At, EventTypes<RolloutEvent>.Name(happened), actor, cause, EventTypes<RolloutEvent>.Data(happened));

    /// <summary>Who caused the event: a person where one did, else <c>fairway</c>.</summary>
    public static string ActorOf(RolloutEvent happened) => happened switch
    {
        RolloutEvent.RolloutStarted e => e.By.Name,
        RolloutEvent.Paused e => e.By.Name,
        RolloutEvent.Resumed e => e.By.Name,
        RolloutEvent.Promoted e => e.By.Name,
        RolloutEvent.GroupReleased e => e.By.Name,
        RolloutEvent.RollbackStarted e => e.By.Name,
        RolloutEvent.ReleaseRejected e => e.By.Name,
        RolloutEvent.ReleaseUnrejected e => e.By.Name,
        RolloutEvent.DeployQueued e => e.Request.By.Name,
        RolloutEvent.DeployDropped e => e.By.Name,
        RolloutEvent.ServiceConfigured e => e.By.Name,
        RolloutEvent.RetirementStarted e => e.By.Name,
        _ => "fairway",
    };

    /// <summary>The event that a record holds; null when the record is of a type that is not a rollout event.</summary>
    /// <exception cref="System.Text.Json.JsonException">The type is known, the data is not of its shape.</exception>
    public static RolloutEvent? Read(LedgerEvent record) => EventTypes<RolloutEvent>.Read(record.Type, record.Data);

    /// <summary>The state that a service's stream adds up to; records of other types are passed over.</summary>
    public static ServiceState Replay(Catalog.ServiceKey key, IEnumerable<LedgerEvent> records)
    {
        var state = new ServiceState { Key = key };
        foreach (var record in records)
            state = Read(record) is { } happened ? RolloutEvolver.Apply(state, happened) : state with { Version = record.Version };
        return state;
    }
}
