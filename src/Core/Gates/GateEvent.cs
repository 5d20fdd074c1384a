using System.Text.Json.Serialization;
using Fairway.Access;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What people said to a gate. A closed set; a <see cref="GateRecord"/> is the fold of it. Stream <c>gate/environment/service</c>.</summary>
/// <param name="By">Who, why, and by which grant.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Approved), "release-approved.v1")]
[JsonDerivedType(typeof(ApprovalWithdrawn), "approval-withdrawn.v1")]
[JsonDerivedType(typeof(OverrideProposed), "gate-override-proposed.v1")]
[JsonDerivedType(typeof(OverrideConfirmed), "gate-overridden.v1")]
[JsonDerivedType(typeof(Refused), "gate-refused.v1")]
[JsonDerivedType(typeof(Attested), "service-attested.v1")]
public abstract record GateEvent(Deed By, Instant At)
{
    /// <summary>A person said yes to a release.</summary>
    public sealed record Approved(string Release, string Version, string Person, ImmutableArray<Role> Roles, Instant Until, Deed By, Instant At) : GateEvent(By, At);

    /// <summary>A person took their yes back.</summary>
    public sealed record ApprovalWithdrawn(string Release, string Version, string Person, Deed By, Instant At) : GateEvent(By, At);

    /// <summary>A person wants the rules set aside for a release.</summary>
    public sealed record OverrideProposed(string Release, string Version, string Person, Instant Until, Deed By, Instant At) : GateEvent(By, At);

    /// <summary>Another person agreed: until <paramref name="Until"/> the rules are set aside for that release.</summary>
    public sealed record OverrideConfirmed(string Release, string Version, string Person, string ProposedBy, Instant Until, Deed By, Instant At) : GateEvent(By, At);

    /// <summary>Somebody asked for a release and was refused.</summary>
    public sealed record Refused(GateVerdict Verdict, Deed By, Instant At) : GateEvent(By, At);

    /// <summary>Somebody attests something of the service here, such as that its data was backed up.</summary>
    public sealed record Attested(string Kind, bool Passed, string Summary, ImmutableSortedDictionary<string, double> Numbers, Deed By, Instant At) : GateEvent(By, At);
}

/// <summary>What is in force of what people said to one gate.</summary>
/// <param name="Version">Of its stream.</param>
public sealed record GateRecord(long Version = 0)
{
    private const int Most = 200;

    /// <summary>Approvals, the newest last; expired ones are kept until others push them out.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>Overrides, the newest last.</summary>
    public ImmutableArray<Override> Overrides { get; init; } = [];

    /// <summary>What is attested of the service, the newest of each kind, the newest last.</summary>
    public ImmutableArray<AttestedFact> Attested { get; init; } = [];

    /// <summary>The ledger stream of a gate.</summary>
    public static string StreamOf(Catalog.ServiceKey key) => $"{StreamPrefix}{key}";

    /// <summary>What every gate's stream begins with.</summary>
    public const string StreamPrefix = "gate/";

    /// <summary>The record after one more event.</summary>
    public GateRecord Apply(GateEvent happened, long version) => happened switch
    {
        GateEvent.Approved e => this with
        {
            // A yes to one release takes those to others back: nothing is approved in advance.
            Version = version, Approvals = Last(Approvals.Where(one => one.Release == e.Release && one.Person != e.Person)
                .Append(new(e.Release, e.By.Name, e.Person, e.Roles, e.By.Reason, e.At, e.Until))),
        },
        GateEvent.ApprovalWithdrawn e => this with { Version = version, Approvals = [.. Approvals.Where(one => one.Release != e.Release || one.Person != e.Person)] },
        GateEvent.OverrideProposed e => this with
        {
            Version = version, Overrides = Last(Overrides.Where(one => one.Release != e.Release || one.ConfirmedAt is not null)
                .Append(new(e.Release, e.By.Name, e.Person, e.By.Reason ?? "", e.At, e.Until))),
        },
        GateEvent.OverrideConfirmed e => this with
        {
            Version = version,
            Overrides = [.. Overrides.Select(one => one.Release == e.Release && one.ConfirmedAt is null ? one with { ConfirmedBy = e.By.Name, ConfirmedAt = e.At, Until = e.Until } : one)],
        },
        GateEvent.Refused => this with { Version = version },
        GateEvent.Attested e => this with
        {
            Version = version,
            Attested = Last(Attested.Where(one => one.Kind != e.Kind).Append(new(e.Kind, e.Passed, e.Summary, e.At) { By = e.By.Name, Numbers = e.Numbers })),
        },
        _ => throw new System.Diagnostics.UnreachableException(happened.GetType().Name),
    };

    private static ImmutableArray<T> Last<T>(IEnumerable<T> all) => [.. all.TakeLast(Most)];
}

/// <summary>Writes what people said as ledger records and reads it back.</summary>
public static class GateEventCodec
{
    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(GateEvent happened) => new(happened.At, EventTypes<GateEvent>.Name(happened), happened.By.Name, null, EventTypes<GateEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    /// <exception cref="System.Text.Json.JsonException">The type is known, the data is not of its shape.</exception>
    public static GateEvent? Read(LedgerEvent record) => EventTypes<GateEvent>.Read(record.Type, record.Data);
}
