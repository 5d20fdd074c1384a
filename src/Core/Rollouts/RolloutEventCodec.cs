using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Kernel;
using Fairway.Ledger;

namespace Fairway.Rollouts;

/// <summary>Writes rollout events as ledger records and reads them back.</summary>
public static class RolloutEventCodec
{
    private static readonly FrozenDictionary<string, Type> TypeOf = typeof(RolloutEvent).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(row => (string)row.TypeDiscriminator!, row => row.DerivedType, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NameOf = TypeOf.ToFrozenDictionary(row => row.Value, row => row.Key);

    /// <summary>Every type name that can be read, such as <c>rollout-started.v1</c>.</summary>
    public static ImmutableArray<string> TypeNames => TypeOf.Keys;

    /// <summary>The event's type name, such as <c>rollout-started.v1</c>.</summary>
    public static string TypeName(RolloutEvent happened) => NameOf[happened.GetType()];

    /// <summary>The event as a record to append; the type's name is the record's, not repeated in the data.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="actor">Who caused it; <see cref="ActorOf"/> knows when the event says.</param>
    /// <param name="cause">Seq of the record that led to it, if any.</param>
    public static NewEvent Write(RolloutEvent happened, string actor, long? cause)
        => new(happened.At, TypeName(happened), actor, cause, JsonSerializer.Serialize(happened, happened.GetType(), FairwayJson.Options));

    /// <summary>Who caused the event: a person where one did, else <c>fairway</c>.</summary>
    public static string ActorOf(RolloutEvent happened) => happened switch
    {
        RolloutEvent.RolloutStarted e => e.By.Name,
        RolloutEvent.Paused e => e.By.Name,
        RolloutEvent.Resumed e => e.By.Name,
        RolloutEvent.Promoted e => e.By.Name,
        RolloutEvent.RollbackStarted e => e.By.Name,
        RolloutEvent.ReleaseRejected e => e.By.Name,
        RolloutEvent.ReleaseUnrejected e => e.By.Name,
        RolloutEvent.DeployQueued e => e.Request.By.Name,
        RolloutEvent.DeployDropped e => e.By.Name,
        RolloutEvent.ServiceConfigured e => e.By.Name,
        _ => "fairway",
    };

    /// <summary>The event that a record holds; null when the record is of a type that is not a rollout event.</summary>
    /// <exception cref="JsonException">The type is known, the data is not of its shape.</exception>
    public static RolloutEvent? Read(LedgerEvent record) => Read(record.Type, record.Data);

    /// <summary>The event of a type name and its data; null when the type is not a rollout event.</summary>
    /// <exception cref="JsonException">The type is known, the data is not of its shape.</exception>
    public static RolloutEvent? Read(string type, string data)
        => TypeOf.TryGetValue(type, out var shape) ? (RolloutEvent?)JsonSerializer.Deserialize(data, shape, FairwayJson.Options) : null;

    /// <summary>The state that a service's stream adds up to; records of other types are passed over.</summary>
    public static ServiceState Replay(Catalog.ServiceKey key, IEnumerable<LedgerEvent> records)
    {
        var state = new ServiceState { Key = key };
        foreach (var record in records)
            state = Read(record) is { } happened ? RolloutEvolver.Apply(state, happened) : state with { Version = record.Version };
        return state;
    }
}
