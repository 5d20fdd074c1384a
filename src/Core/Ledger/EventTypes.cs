using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Kernel;

namespace Fairway.Ledger;

/// <summary>
/// A closed set of events and their names in the ledger: the <see cref="JsonDerivedTypeAttribute"/>s of <typeparamref name="TEvent"/> are the one table, and a
/// name never goes into the data as well, because the record has it.
/// </summary>
/// <typeparam name="TEvent">The set's base.</typeparam>
public static class EventTypes<TEvent> where TEvent : class
{
    private static readonly FrozenDictionary<string, Type> TypeOf = typeof(TEvent).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(row => (string)row.TypeDiscriminator!, row => row.DerivedType, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NameOf = TypeOf.ToFrozenDictionary(row => row.Value, row => row.Key);

    /// <summary>Every name, such as <c>rollout-started.v1</c>.</summary>
    public static ImmutableArray<string> Names => TypeOf.Keys;

    /// <summary>An event's name.</summary>
    public static string Name(TEvent happened) => NameOf[happened.GetType()];

    /// <summary>An event's data.</summary>
    public static string Data(TEvent happened) => JsonSerializer.Serialize(happened, happened.GetType(), FairwayJson.Options);

    /// <summary>The event of a name and its data; null when the name is not one of these.</summary>
    /// <exception cref="JsonException">The name is known, the data is not of its shape.</exception>
    public static TEvent? Read(string name, string data)
        => TypeOf.TryGetValue(name, out var shape) ? (TEvent?)JsonSerializer.Deserialize(data, shape, FairwayJson.Options) : null;
}
