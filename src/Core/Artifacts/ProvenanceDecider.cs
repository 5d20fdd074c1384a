using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Artifacts;

/// <summary>Whether an artifact's provenance can be believed.</summary>
/// <param name="Trusted">Whether it can.</param>
/// <param name="Why">In words.</param>
/// <param name="KeyId">The key that signed it; null when none of ours did.</param>
public sealed record ProvenanceVerdict(bool Trusted, Why Why, string? KeyId)
{
    /// <summary>Whether nothing was ever signed for it. That is no forgery: whether it may ship is a matter of what the service and the gate ask for.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>What kept the envelope or the keys from being read; null when they were.</summary>
    public Fault? Unread { get; init; }
}

/// <summary>Decides whether provenance can be believed. The bytes of the artifact are another matter: the store compares them with the digest.</summary>
public static class ProvenanceDecider
{
    /// <summary>Decides on what is known of an artifact.</summary>
    /// <param name="artifact">Its digest.</param>
    /// <param name="envelope">The stored envelope; null when there is none.</param>
    /// <param name="keys">Keys that are trusted, those that do not sign any more included.</param>
    public static ProvenanceVerdict Decide(string artifact, ReadOnlyMemory<byte>? envelope, IReadOnlyCollection<ProvenanceKey> keys)
    {
        if (envelope is not { } bytes)
            return No("provenance-absent", "nothing says how {artifact} was built: build it by a pipeline, which signs it", artifact) with { IsAbsent = true };
        DsseEnvelope signed;
        try
        {
            signed = DsseEnvelope.Read(bytes);
        }
        catch (FormatException malformed)
        {
            return No("provenance-malformed", "the provenance of {artifact} cannot be read: {problem}", artifact, ("problem", malformed.Message));
        }
        if (signed.PayloadType != InTotoStatement.PayloadType) return No("provenance-malformed", "the provenance of {artifact} cannot be read: {problem}", artifact, ("problem", "it is no in-toto statement"));
        var key = keys.FirstOrDefault(key => signed.Signatures.Any(signature => key.Signed(signed, signature)));
        if (key is null)
        {
            var named = signed.Signatures.Select(signature => signature.KeyId).FirstOrDefault(id => keys.Any(known => known.Id == id));
            return named is not null
                ? No("provenance-forged", "the provenance of {artifact} names the key {key}, which did not sign it: it was changed or forged", artifact, ("key", Short(named)))
                : No("provenance-key-unknown", "the provenance of {artifact} is signed by {key}, which is no key of ours", artifact, ("key", Short(signed.Signatures[0].KeyId)));
        }
        return Read(artifact, signed, key);
    }

    private static ProvenanceVerdict Read(string artifact, DsseEnvelope signed, ProvenanceKey key)
    {
        InTotoStatement statement;
        try
        {
            statement = InTotoStatement.Read(signed.Payload.AsMemory());
        }
        catch (FormatException malformed)
        {
            return No("provenance-malformed", "the provenance of {artifact} cannot be read: {problem}", artifact, ("problem", malformed.Message));
        }
        if (statement.PredicateType != InTotoStatement.SlsaProvenance) return No("provenance-other-kind", "what is signed for {artifact} is no SLSA provenance but {type}", artifact, ("type", Plain(statement.PredicateType, 120)));
        if (!statement.Subjects.Contains(ContentDigest.Hex(artifact), StringComparer.Ordinal))
            return No("provenance-other-digest", "the provenance is of another artifact, sha256:{other}, and not of {artifact}", artifact, ("other", Plain(statement.Subjects.FirstOrDefault() ?? "?", 64)));
        // A key vouches for one builder only (SLSA v1.0, "Verifying artifacts", step 1).
        return statement.Builder == Provenance.Builder
            ? new(true, Why.Because("provenance-verified", "{artifact} was built by {builder}; signed by the key {key}",
                ("artifact", artifact), ("builder", statement.Builder), ("key", Short(key.Id))), key.Id)
            : No("provenance-other-builder", "the provenance of {artifact} names {builder} as its builder, and the key {key} vouches for {ours} alone", artifact,
                ("builder", Plain(statement.Builder ?? "nobody", 120)), ("key", Short(key.Id)), ("ours", Provenance.Builder));
    }

    private static ProvenanceVerdict No(string code, string template, string artifact, params ReadOnlySpan<(string, object)> facts)
        => new(false, Why.Because(code, template, [("artifact", artifact), .. facts]), null);

    private static string Short(string id) => id.Length == 0 ? "an unnamed key" : Plain(id, 16);

    private static string Plain(string text, int most) => new([.. text.Take(most).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
