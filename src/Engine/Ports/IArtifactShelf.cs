using Fairway.Artifacts;
using Fairway.Kernel;

namespace Fairway.Ports;

/// <summary>The stored artifacts, as things to list, hand out and take away.</summary>
public interface IArtifactShelf
{
    /// <summary>
    /// Stores a container image of an OCI layout: everything that its manifest names, each content compared with its digest; contents that images share are kept once.
    /// </summary>
    /// <param name="layout">The layout's folder; nobody else writes there meanwhile.</param>
    /// <param name="cancellation">Stops; nothing is stored then.</param>
    /// <returns>The digest of its manifest, which is the artifact's; or why it was refused.</returns>
    Task<(string? Digest, Fault? Fault)> StoreImageAsync(string layout, CancellationToken cancellation);

    /// <summary>Every artifact, in no particular order; one being stored is not among them.</summary>
    Task<(ImmutableArray<StoredArtifact> Artifacts, Fault? Fault)> ListAsync(CancellationToken cancellation);

    /// <summary>Compares every byte with the digest; null when all is as it was stored.</summary>
    Task<Fault?> VerifyAsync(string digest, CancellationToken cancellation);

    /// <summary>Writes an artifact as a tar archive: the same files give the same bytes. The archive is verified first.</summary>
    Task<Fault?> ExportAsync(string digest, Stream tar, CancellationToken cancellation);

    /// <summary>
    /// Removes an artifact as a whole, unless since it was listed it was stored anew, or a deploy had it checked. It is put aside first; killed before it was
    /// written down that it goes, it is put back when the store is opened again.
    /// </summary>
    /// <param name="artifact">As it was listed.</param>
    /// <param name="record">Writes down that it goes, after it is put aside; when that throws, it is put back.</param>
    /// <param name="cancellation">Stops before it is put aside.</param>
    /// <returns>Whether it was removed.</returns>
    Task<(bool Removed, Fault? Fault)> RemoveAsync(StoredArtifact artifact, Func<Task> record, CancellationToken cancellation);
}

/// <summary>Small documents by their digest: envelopes, bills of materials, logs of scans. Each is compared with its digest whenever it is read.</summary>
public interface IArtifactDocuments
{
    /// <summary>Stores a document, durably; the same bytes once.</summary>
    Task<(string? Digest, Fault? Fault)> StoreAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>A document; a fault when it is not there or was changed.</summary>
    Task<(ReadOnlyMemory<byte> Content, Fault? Fault)> ReadAsync(string digest, CancellationToken cancellation);
}

/// <summary>The keys that sign provenance.</summary>
public interface ISigningKeys
{
    /// <summary>Every key whose signatures are trusted, the one that signs first; empty before the first signature.</summary>
    Task<(ImmutableArray<ProvenanceKey> Keys, Fault? Fault)> TrustedAsync(CancellationToken cancellation);

    /// <summary>Signs bytes with the newest key, made when there is none.</summary>
    Task<(DsseSignature? Signature, Fault? Fault)> SignAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Makes a new key that signs from now on; the one before signs no more, and what it signed stays trusted.</summary>
    Task<(ProvenanceKey? Key, Fault? Fault)> RotateAsync(CancellationToken cancellation);
}
