using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Artifacts;

/// <summary>
/// Attestations by <c>digest/position in the ledger</c>, so that a prefix lists one artifact's in order: those that were recorded as such, and the last word of a
/// rollout's checks, which is in the service's stream. (Ledgers of before have the artifact's own positions, which are never higher.)
/// </summary>
public sealed class AttestationsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "attestations";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>What every document key of an artifact begins with.</summary>
    public static string PrefixOf(string digest) => digest + "/";

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (Of(record) is not { } attestation) yield break;
        yield return new(PrefixOf(attestation.Artifact) + record.Seq.ToString("D12", CultureInfo.InvariantCulture), FairwayJson.Write(attestation));
    }

    private static Attestation? Of(LedgerEvent record)
    {
        if (record.Stream.StartsWith(ArtifactEvent.StreamPrefix, StringComparison.Ordinal)) return (ArtifactEvent.Of(record) as ArtifactEvent.Attested)?.Attestation;
        return ServicesProjection.KeyOf(record.Stream) is not null && RolloutEventCodec.Read(record) is RolloutEvent.Verified verified ? Of(verified) : null;
    }

    private static Attestation Of(RolloutEvent.Verified verified)
    {
        var sentence = verified.Why.Sentence;
        return new(verified.Artifact, AttestationKinds.Verify, verified.Passed, sentence.Length <= Attestation.MaxSummary ? sentence : sentence[..(Attestation.MaxSummary - 1)] + "…", "fairway", verified.At)
        {
            Numbers = ImmutableSortedDictionary<string, double>.Empty.Add("checks", verified.Results.Length).Add("failed", verified.Results.Count(static one => !one.Finding.Passed)),
        };
    }
}
