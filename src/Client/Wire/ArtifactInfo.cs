namespace Fairway.Client.Wire;

/// <summary>Something that was found out about an artifact.</summary>
/// <param name="Kind">Such as <c>tests</c> or <c>scan/secrets</c>.</param>
/// <param name="Passed">Whether it was found good.</param>
/// <param name="Summary">In a sentence.</param>
/// <param name="By">Who says so.</param>
/// <param name="At">When.</param>
/// <param name="Numbers">What was counted.</param>
/// <param name="Run">The pipeline run; null when it was none.</param>
/// <param name="Document">Digest of the document with the details; null when there is none.</param>
public sealed record AttestationInfo(
    string Kind, bool Passed, string Summary, string By, DateTimeOffset At, IReadOnlyDictionary<string, double> Numbers, string? Run, string? Document);

/// <summary>Body of <c>POST /api/artifacts/{digest}/attestations</c> and <c>POST /api/services/{environment}/{service}/attestations</c>.</summary>
/// <param name="Kind">What was looked at: lower-case words joined by <c>-</c> and <c>/</c>, such as <c>scan/licences</c>, <c>backup</c> or <c>restore-drill</c>.</param>
/// <param name="Passed">Whether it was found good.</param>
/// <param name="Summary">In a sentence of at most 1,000 characters; null is made from the numbers. Never a secret.</param>
/// <param name="Numbers">What was counted, by name; at most 64.</param>
public sealed record AttestationRequest(string? Kind, bool? Passed, string? Summary = null, IReadOnlyDictionary<string, double>? Numbers = null);

/// <summary>A stored artifact.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="StoredAt">When it was last stored.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Releases">Releases of it, as <c>service version</c>.</param>
/// <param name="Kept">Whether garbage collection would leave it alone.</param>
/// <param name="Why">Why it would, or would not.</param>
/// <param name="Attestations">What was found out about it, in order.</param>
public sealed record ArtifactInfo(
    string Digest, DateTimeOffset StoredAt, long Bytes, IReadOnlyList<string> Releases, bool Kept, WhyInfo Why, IReadOnlyList<AttestationInfo> Attestations)
{
    /// <summary>Whether it is a container image, and its digest that of the image's manifest.</summary>
    public bool IsImage { get; init; }
}

/// <summary>Whether an artifact is what it claims to be.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="Intact">Every byte is as it was stored.</param>
/// <param name="Damage">What is wrong with its bytes; null when nothing is.</param>
/// <param name="Trusted">Its provenance is signed by a key of ours.</param>
/// <param name="Why">Why its provenance can be believed, or not.</param>
/// <param name="Key">The key that signed it; null when none of ours did.</param>
public sealed record ArtifactVerification(string Digest, bool Intact, string? Damage, bool Trusted, WhyInfo Why, string? Key);

/// <summary>A key that signs, or signed, provenance.</summary>
/// <param name="Id">SHA-256 of its SubjectPublicKeyInfo, in hex.</param>
/// <param name="Signs">Whether it signs now.</param>
/// <param name="Pem">The public key.</param>
public sealed record ProvenanceKeyInfo(string Id, bool Signs, string Pem);

/// <summary>Asks for a garbage collection.</summary>
/// <param name="DryRun">Remove nothing, only say what would be.</param>
/// <param name="MinimumAgeSeconds">Younger ones are kept; null is 7 days.</param>
/// <param name="ReleasesPerService">Newest releases of each service that are kept; null is 10.</param>
public sealed record CollectRequest(bool DryRun, long? MinimumAgeSeconds = null, int? ReleasesPerService = null);

/// <summary>What is decided about an artifact.</summary>
/// <param name="Digest">Which.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Removes">Whether nobody needs it.</param>
/// <param name="Why">Why.</param>
public sealed record CollectDecision(string Digest, long Bytes, bool Removes, WhyInfo Why);

/// <summary>What a garbage collection did, or would do.</summary>
/// <param name="DryRun">Nothing was removed.</param>
/// <param name="Decisions">A decision for each artifact.</param>
/// <param name="Removed">Digests that were removed.</param>
/// <param name="Problems">What could not be removed.</param>
public sealed record CollectInfo(bool DryRun, IReadOnlyList<CollectDecision> Decisions, IReadOnlyList<string> Removed, IReadOnlyList<string> Problems);

/// <summary>Keeps an artifact from garbage collection, or no longer.</summary>
/// <param name="Pinned">Whether it is to be kept.</param>
/// <param name="Reason">Why.</param>
public sealed record PinRequest(bool Pinned, string Reason);
