using System.Text.Json.Serialization;
using Fairway.Access;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What happened to a freeze that a person set. Stream <c>freeze/id</c>.</summary>
/// <param name="By">Who, why, and by which grant.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Added), "freeze-added.v1")]
[JsonDerivedType(typeof(Ended), "freeze-ended.v1")]
public abstract record FreezeEvent(Deed By, Instant At)
{
    /// <summary>What every freeze's stream begins with.</summary>
    public const string StreamPrefix = "freeze/";

    /// <summary>A person froze something.</summary>
    public sealed record Added(Freeze Freeze, Deed By, Instant At) : FreezeEvent(By, At);

    /// <summary>A person ended it.</summary>
    public sealed record Ended(Deed By, Instant At) : FreezeEvent(By, At);

    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(FreezeEvent happened) => new(happened.At, EventTypes<FreezeEvent>.Name(happened), happened.By.Name, null, EventTypes<FreezeEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    public static FreezeEvent? Read(LedgerEvent record) => EventTypes<FreezeEvent>.Read(record.Type, record.Data);
}
