using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Kernel;
using Fairway.Ledger;

namespace Fairway.Access;

/// <summary>Writes access events as ledger records and reads them back.</summary>
public static class AccessEventCodec
{
    private static readonly FrozenDictionary<string, Type> TypeOf = typeof(AccessEvent).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(row => (string)row.TypeDiscriminator!, row => row.DerivedType, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NameOf = TypeOf.ToFrozenDictionary(row => row.Value, row => row.Key);

    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(AccessEvent happened)
        => new(happened.At, NameOf[happened.GetType()], happened.By.Name, null, JsonSerializer.Serialize(happened, happened.GetType(), FairwayJson.Options));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    /// <exception cref="JsonException">The type is known, the data is not of its shape.</exception>
    public static AccessEvent? Read(LedgerEvent record)
        => TypeOf.TryGetValue(record.Type, out var shape) ? (AccessEvent?)JsonSerializer.Deserialize(record.Data, shape, FairwayJson.Options) : null;
}
