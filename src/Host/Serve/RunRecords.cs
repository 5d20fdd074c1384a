using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Scanning;

namespace Fairway.Serve;

/// <summary>How what a run made was built and what it is made of, written down beside it.</summary>
/// <param name="blobs">Where the run's files are.</param>
/// <param name="provenance">Signs; null writes nothing.</param>
/// <param name="folder">For files on their way; emptied at the start.</param>
internal sealed class RunRecords(IPipelineBlobs blobs, ProvenanceDesk? provenance, string folder)
{
    /// <summary>Removes what a killed control plane left.</summary>
    public void Sweep()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>A new folder of our own, to be deleted by who asks.</summary>
    public DirectoryInfo Place() => Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N")), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>What the provenance calls a run.</summary>
    public static string Invocation(PipelineRun run) => $"{run.Pipeline.Name}/{run.Id}";

    /// <summary>Signs how something was built.</summary>
    /// <param name="run">The run that built it.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="artifact">Its digest.</param>
    /// <param name="ranIn">Images that the job which is not over yet ran in; those of the others stand in the run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be written.</exception>
    public async Task<Fault?> SignAsync(PipelineRun run, string name, string artifact, ImmutableArray<PinnedImage> ranIn, CancellationToken cancellation)
        => provenance is null ? null : (await provenance.SignAsync(ProvenanceOf(run, name, artifact, ranIn), "fairway", cancellation)).Fault;

    /// <summary>
    /// Keeps a bill of materials: of the lock files that it ships with; where there is none, of those that the run read.
    /// </summary>
    /// <param name="run">The run that built it.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="version">Which of that name.</param>
    /// <param name="artifact">Its digest.</param>
    /// <param name="shipped">Its files; null when they are not files.</param>
    /// <param name="read">Files of the run that count.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be written.</exception>
    public async Task<Fault?> DescribeAsync(
        PipelineRun run, string name, string version, string artifact, FileTree? shipped, Func<FileTree, FileTree> read, CancellationToken cancellation)
    {
        if (provenance is null) return null;
        var (packages, fault) = await LockedAsync(shipped, cancellation);
        if (fault is null && packages.IsEmpty && await blobs.FindTreeAsync(run.Source, cancellation) is { } source) (packages, fault) = await LockedAsync(read(source), cancellation);
        if (fault is not null) return fault;
        // The run names the time, so that doing it again gives the same document.
        var document = CycloneDx.Write(name, version, packages, ControlPlane.Version, run.QueuedAt);
        var components = packages.Select(package => package.Purl).Distinct(StringComparer.Ordinal).Count();
        return (await provenance.StoreSbomAsync(artifact, document, components, Invocation(run), "fairway", cancellation)).Fault;
    }

    private async Task<(ImmutableArray<Package> Packages, Fault? Fault)> LockedAsync(FileTree? tree, CancellationToken cancellation)
    {
        if (tree is null) return ([], null);
        var place = Place();
        try
        {
            var locks = new FileTree([.. tree.Entries.Where(entry => entry.Kind != TreeEntryKind.Link && entry.Bytes <= LockFile.MaxLength && IsForBill(entry.Path))]);
            return await blobs.RestoreAsync(locks, place.FullName, cancellation) is { } unfilled ? ([], unfilled) : ([.. Offline.LockedPackages.Read(place.FullName, [], cancellation).Packages], null);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static bool IsForBill(string path) => LockFile.IsOne(path) || Path.GetFileName(path) is "go.sum" or "os-release" or "go.mod" or "package.json" or "pyproject.toml";

    private static Provenance ProvenanceOf(PipelineRun run, string name, string artifact, ImmutableArray<PinnedImage> ranIn) => new(artifact, name, Invocation(run))
    {
        Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("pipeline", run.Pipeline.Name).Add("ref", run.Trigger.Ref).Add("actor", run.Trigger.Actor),
        Dependencies = [.. CommitOf(run), .. ImagesOf(run, ranIn)],
    };

    private static IEnumerable<ResolvedDependency> CommitOf(PipelineRun run) => run.Trigger.Commit.Length == 0 ? []
        : [new($"git+fairway:{run.Trigger.Repository}@{run.Trigger.Ref}", ImmutableSortedDictionary<string, string>.Empty.Add("gitCommit", run.Trigger.Commit))];

    // Whatever ran in a job of this run may have had a hand in what it built.
    private static IEnumerable<ResolvedDependency> ImagesOf(PipelineRun run, ImmutableArray<PinnedImage> ranIn)
        => run.Instances.SelectMany(found => found.State.Result?.Images ?? []).Concat(ranIn).DistinctBy(image => (image.Reference, image.Digest)).OrderBy(image => image.Reference, StringComparer.Ordinal)
            .Select(image => new ResolvedDependency(image.PackageUrl, ImmutableSortedDictionary<string, string>.Empty.Add("sha256", ContentDigest.Hex(image.Digest))));
}
