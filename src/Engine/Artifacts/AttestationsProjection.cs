using System.Globalization;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Artifacts;

/// <summary>Attestations by <c>digest/position in the artifact's stream</c>, so that a prefix lists one artifact's in order.</summary>
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
        if (!record.Stream.StartsWith(ArtifactEvent.StreamPrefix, StringComparison.Ordinal)) yield break;
        if (ArtifactEvent.Of(record) is not ArtifactEvent.Attested attested) yield break;
        var key = PrefixOf(attested.Attestation.Artifact) + record.Version.ToString("D12", CultureInfo.InvariantCulture);
        yield return new(key, FairwayJson.Write(attested.Attestation));
    }
}
