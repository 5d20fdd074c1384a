using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Serve;

/// <summary>Keeps container images that jobs made as artifacts, each with what its run found out, signed.</summary>
/// <param name="shelf">Where artifacts are.</param>
/// <param name="attestations">What is known of them.</param>
/// <param name="blobs">Where jobs' files are.</param>
/// <param name="records">How they were built.</param>
/// <param name="clock">The clock.</param>
internal sealed class PipelineImages(IArtifactShelf shelf, AttestationBook attestations, IPipelineBlobs blobs, RunRecords records, Runtime.EngineClock clock)
{
    /// <summary>Keeps an image; again changes nothing.</summary>
    /// <param name="run">The run that made it.</param>
    /// <param name="image">Which.</param>
    /// <param name="layout">Its files.</param>
    /// <param name="ranIn">Images that its job ran in.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    public async Task<Fault?> KeepAsync(PipelineRun run, MadeArtifact image, FileTree layout, ImmutableArray<PinnedImage> ranIn, CancellationToken cancellation)
    {
        var place = records.Place();
        try
        {
            if (await blobs.RestoreAsync(layout, place.FullName, cancellation) is { } unfilled) return unfilled;
            var (digest, refused) = await shelf.StoreImageAsync(place.FullName, cancellation);
            if (digest is null) return refused;
            foreach (var attestation in RunAttestations.Of(run, digest, clock.Now)) await attestations.AddAsync(attestation, cancellation);
            return await records.SignAsync(run, image.Name, digest, ranIn, cancellation)
                ?? await records.DescribeAsync(run, image.Name, digest, digest, null, source => source, cancellation);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }
}
