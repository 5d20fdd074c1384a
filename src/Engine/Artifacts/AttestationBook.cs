using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Artifacts;

/// <summary>What was found out about artifacts. Written by pipelines and scans, read by gates, verification and garbage collection.</summary>
public sealed class AttestationBook(ILedger ledger)
{
    /// <summary>
    /// Records an attestation. One of the same pipeline run that says the same is recorded once, however often it is added: a resumed run repeats itself.
    /// </summary>
    /// <returns>Null when it is recorded; otherwise what is wrong with it.</returns>
    /// <exception cref="LedgerException">It could not be stored; nothing was.</exception>
    public async Task<Fault?> AddAsync(Attestation attestation, CancellationToken cancellation)
    {
        if (attestation.Problem() is { } problem) return new(FaultKind.Invalid, Blame.Configuration, false, $"the attestation was refused: {problem}");
        var stream = ArtifactEvent.StreamOf(attestation.Artifact);
        var record = new ArtifactEvent.Attested(attestation, attestation.By, attestation.At).ToRecord();
        if (attestation.Run is null)
        {
            await ledger.AppendAlwaysAsync(stream, record, cancellation);
            return null;
        }
        while (true)
        {
            var version = await VersionAsync(stream, cancellation);
            if ((await ListAsync(attestation.Artifact, cancellation)).Any(attestation.SaysTheSame)) return null;
            if ((await ledger.AppendAsync(stream, version, [record], cancellation)).Done) return null;
        }
    }

    /// <summary>Records what somebody from outside attests of an artifact.</summary>
    /// <returns>Null when it is recorded; otherwise why not.</returns>
    /// <exception cref="LedgerException">It could not be stored; nothing was.</exception>
    public async Task<Fault?> AddFromOutsideAsync(Attestation attestation, CancellationToken cancellation)
    {
        if (attestation.Problem() is { } problem) return new(FaultKind.Invalid, Blame.Configuration, false, problem);
        var stream = ArtifactEvent.StreamOf(attestation.Artifact);
        var record = new ArtifactEvent.Attested(attestation, attestation.By, attestation.At).ToRecord();
        while (true)
        {
            var version = await VersionAsync(stream, cancellation);
            if (attestation.NotFromOutside(await ListAsync(attestation.Artifact, cancellation)) is { } barred) return new(FaultKind.Forbidden, Blame.Release, false, barred);
            if ((await ledger.AppendAsync(stream, version, [record], cancellation)).Done) return null;
        }
    }

    /// <summary>An artifact's attestations, in the order they were made; <see cref="Attestation.InForce"/> says which hold.</summary>
    public async Task<ImmutableArray<Attestation>> ListAsync(string artifact, CancellationToken cancellation)
        => [.. (await ledger.ListAsync(AttestationsProjection.Name, AttestationsProjection.PrefixOf(artifact), cancellation))
            .Select(row => FairwayJson.Read<Attestation>(row.Value))];

    // Asked for first: what is listed after it may be newer, never older.
    private async Task<long> VersionAsync(string stream, CancellationToken cancellation)
        => (await ledger.SearchAsync(new() { Stream = stream, Limit = 1 }, cancellation)).Records is [var last] ? last.Version : 0;

    /// <summary>Every artifact's attestations, by digest.</summary>
    public async Task<ImmutableDictionary<string, ImmutableArray<Attestation>>> ListAllAsync(CancellationToken cancellation)
        => (await ledger.ListAsync(AttestationsProjection.Name, "", cancellation)).Select(row => FairwayJson.Read<Attestation>(row.Value))
            .GroupBy(one => one.Artifact, StringComparer.Ordinal)
            .ToImmutableDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
}
