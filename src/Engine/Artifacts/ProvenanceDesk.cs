using System.Text;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Artifacts;

/// <summary>Signs how artifacts were built, keeps what they are made of, and says whether it can be believed.</summary>
public sealed class ProvenanceDesk(ISigningKeys keys, IArtifactDocuments documents, AttestationBook book, EngineClock clock)
{
    private const int MostEnvelopes = 20;

    /// <summary>The keys.</summary>
    public ISigningKeys Keys => keys;

    /// <summary>Signs a build's provenance, stores the envelope and attests it.</summary>
    /// <param name="provenance">How it was built.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The envelope's digest, or why there is none.</returns>
    /// <exception cref="LedgerException">It could not be recorded.</exception>
    public async Task<(string? Envelope, Fault? Fault)> SignAsync(Provenance provenance, string by, CancellationToken cancellation)
    {
        var statement = provenance.ToStatement();
        var (signature, fault) = await keys.SignAsync(DsseEnvelope.Preauthenticate(InTotoStatement.PayloadType, statement), cancellation);
        if (signature is null) return (null, fault);
        var envelope = new DsseEnvelope(InTotoStatement.PayloadType, [.. statement], [signature]).Write();
        (var digest, fault) = await documents.StoreAsync(Encoding.UTF8.GetBytes(envelope), cancellation);
        if (digest is null) return (null, fault);
        var attestation = new Attestation(provenance.Artifact, AttestationKinds.Provenance, Passed: true, $"built by {Provenance.Builder}, signed by {signature.KeyId[..16]}", by, clock.Now)
        {
            Run = provenance.Invocation, Document = digest,
        };
        return await book.AddAsync(attestation, cancellation) is { } refused ? (null, refused) : (digest, null);
    }

    /// <summary>Stores a bill of materials and attests it.</summary>
    /// <param name="artifact">Of what.</param>
    /// <param name="document">The CycloneDX document.</param>
    /// <param name="components">How many components it names.</param>
    /// <param name="run">The pipeline run; null when it was none.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Its digest, or why there is none.</returns>
    /// <exception cref="LedgerException">It could not be recorded.</exception>
    public async Task<(string? Document, Fault? Fault)> StoreSbomAsync(string artifact, string document, int components, string? run, string by, CancellationToken cancellation)
    {
        var (digest, fault) = await documents.StoreAsync(Encoding.UTF8.GetBytes(document), cancellation);
        if (digest is null) return (null, fault);
        var attestation = new Attestation(artifact, AttestationKinds.Sbom, Passed: true, $"{components} component{(components == 1 ? "" : "s")}", by, clock.Now)
        {
            Run = run, Document = digest, Numbers = ImmutableSortedDictionary<string, double>.Empty.Add("components", components),
        };
        return await book.AddAsync(attestation, cancellation) is { } refused ? (null, refused) : (digest, null);
    }

    /// <summary>Whether an artifact's provenance can be believed. One of several envelopes that can is enough; otherwise the newest says why not.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<ProvenanceVerdict> VerifyAsync(string artifact, CancellationToken cancellation)
    {
        var envelopes = (await book.ListAsync(artifact, cancellation)).Where(one => one is { Kind: AttestationKinds.Provenance, Passed: true, Document: not null }).Reverse().Take(MostEnvelopes).ToArray();
        if (envelopes.Length == 0) return ProvenanceDecider.Decide(artifact, null, []);
        var (trusted, fault) = await keys.TrustedAsync(cancellation);
        if (fault is not null) return Unread("provenance-keys-unreadable", fault);
        ProvenanceVerdict? newest = null;
        foreach (var one in envelopes)
        {
            var (content, lost) = await documents.ReadAsync(one.Document!, cancellation);
            var verdict = lost is not null ? Unread("provenance-unreadable", lost) : ProvenanceDecider.Decide(artifact, content, trusted);
            if (verdict.Trusted) return verdict;
            newest ??= verdict;
        }
        return newest!;
    }

    /// <summary>
    /// Why an artifact must not start; null when it may. What was signed once ships only while its envelope is believed, whether anybody asks for provenance or not: an
    /// envelope that was changed or taken away is a sign that somebody was at the store. What was never signed ships unless provenance is asked for.
    /// </summary>
    /// <param name="artifact">Its digest.</param>
    /// <param name="asked">Who asks for provenance, such as the service; null when nobody does.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<Fault?> RefusalAsync(string artifact, string? asked, CancellationToken cancellation)
    {
        var verdict = await VerifyAsync(artifact, cancellation);
        if (verdict.Trusted || (verdict.IsAbsent && asked is null)) return null;
        var message = asked is null ? $"its provenance is not believed: {verdict.Why.Sentence}" : $"{asked} ships only what is signed: {verdict.Why.Sentence}";
        return verdict.Unread is { } unread ? unread with { Message = message } : new(FaultKind.Forbidden, Blame.Release, Retryable: false, message);
    }

    private static ProvenanceVerdict Unread(string code, Fault fault) => new(false, Why.Because(code, "{problem}", ("problem", fault.Message)), null) { Unread = fault };

    /// <summary>The newest document of a kind; null when there is none.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<(ReadOnlyMemory<byte>? Content, Fault? Fault)> DocumentAsync(string artifact, string kind, CancellationToken cancellation)
    {
        var newest = (await book.ListAsync(artifact, cancellation)).LastOrDefault(one => one.Kind == kind && one.Document is not null);
        if (newest is null) return (null, null);
        var (content, fault) = await documents.ReadAsync(newest.Document!, cancellation);
        return fault is null ? (content, null) : (null, fault);
    }
}
