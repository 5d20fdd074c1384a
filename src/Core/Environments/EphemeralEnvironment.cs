using System.Text.Json.Serialization;
using Fairway.Access;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Environments;

/// <summary>An environment made for a time, as a copy of one in the file.</summary>
/// <param name="Name">Its own.</param>
/// <param name="From">The environment whose services it has.</param>
/// <param name="Until">When it ends by itself.</param>
/// <param name="By">Who made it.</param>
/// <param name="Reason">Why; null when nobody said.</param>
/// <param name="At">When it was made.</param>
public sealed record EphemeralEnvironment(string Name, string From, Instant Until, string By, string? Reason, Instant At)
{
    /// <summary>Since when it is being torn down; null while it lives.</summary>
    public Instant? EndingSince { get; init; }

    /// <summary>Version of its stream.</summary>
    public long Version { get; init; }
}

/// <summary>What happened to such an environment. Stream <c>environment/name</c>.</summary>
/// <param name="By">Who, and why.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Created), "environment-created.v1")]
[JsonDerivedType(typeof(Ending), "environment-ending.v1")]
[JsonDerivedType(typeof(Gone), "environment-gone.v1")]
public abstract record EnvironmentEvent(Deed By, Instant At)
{
    /// <summary>What every such stream begins with.</summary>
    public const string StreamPrefix = "environment/";

    /// <summary>Somebody made it.</summary>
    public sealed record Created(string Name, string From, Instant Until, Deed By, Instant At) : EnvironmentEvent(By, At);

    /// <summary>Its place is free; what runs in it is being stopped.</summary>
    public sealed record Ending(Deed By, Instant At) : EnvironmentEvent(By, At);

    /// <summary>Nothing of it runs or is routed any more.</summary>
    public sealed record Gone(Deed By, Instant At) : EnvironmentEvent(By, At);

    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(EnvironmentEvent happened)
        => new(happened.At, EventTypes<EnvironmentEvent>.Name(happened), happened.By.Name, null, EventTypes<EnvironmentEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    public static EnvironmentEvent? Read(LedgerEvent record) => EventTypes<EnvironmentEvent>.Read(record.Type, record.Data);

    /// <summary>The environment after one more event; null when there is none (any more).</summary>
    public static EphemeralEnvironment? Apply(EphemeralEnvironment? state, EnvironmentEvent happened, long version) => happened switch
    {
        Created e => new(e.Name, e.From, e.Until, e.By.Name, e.By.Reason, e.At) { Version = version },
        Ending e => state is null ? null : state with { EndingSince = e.At, Version = version },
        Gone => null,
        _ => throw new System.Diagnostics.UnreachableException(happened.GetType().Name),
    };
}
