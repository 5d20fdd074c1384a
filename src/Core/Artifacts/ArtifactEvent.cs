using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Ledger;
using NodaTime;

namespace Fairway.Artifacts;

/// <summary>What happened to an artifact. A closed set; the attribute list is the one table of type names.</summary>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Attested), "artifact-attested.v1")]
[JsonDerivedType(typeof(Collected), "artifact-collected.v1")]
public abstract record ArtifactEvent(string By, Instant At)
{
    /// <summary>Begin of an artifact's stream, before its digest.</summary>
    public const string StreamPrefix = "artifact/";

    /// <summary>The stream of an artifact.</summary>
    public static string StreamOf(string digest) => StreamPrefix + digest;

    /// <summary>The event as a record to append.</summary>
    public NewEvent ToRecord() => new(At, EventTypes<ArtifactEvent>.Name(this), By, null, EventTypes<ArtifactEvent>.Data(this));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    /// <exception cref="System.Text.Json.JsonException">The type is known, the data is not of its shape.</exception>
    public static ArtifactEvent? Of(LedgerEvent record) => EventTypes<ArtifactEvent>.Read(record.Type, record.Data);

    /// <summary>Something was found out about it.</summary>
    /// <param name="Attestation">What.</param>
    /// <param name="By">Who says so.</param>
    /// <param name="At">When.</param>
    public sealed record Attested(Attestation Attestation, string By, Instant At) : ArtifactEvent(By, At);

    /// <summary>Its files were removed, because nothing needs them.</summary>
    /// <param name="Bytes">Room made, in bytes.</param>
    /// <param name="Reason">Why it was removed.</param>
    /// <param name="By">Who asked.</param>
    /// <param name="At">When.</param>
    public sealed record Collected(long Bytes, string Reason, string By, Instant At) : ArtifactEvent(By, At);
}
