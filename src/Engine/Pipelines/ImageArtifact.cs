using Fairway.Artifacts;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>Container images among the artifacts of jobs.</summary>
internal static class ImageArtifact
{
    /// <summary>Keeps a layout of a workspace; one that is not whole, or is no layout, is refused.</summary>
    public static async Task<(MadeArtifact? Made, Why? Problem)> CollectAsync(IPipelineBlobs blobs, string workspace, JobArtifact wanted, CancellationToken cancellation)
    {
        var (tree, fault) = await blobs.CollectAsync(workspace, [wanted.Image!], cancellation);
        if (tree is null) return (null, Bad(wanted, fault!.Message));
        if (tree.Entries.IsEmpty)
            return (null, wanted.Optional ? null : Why.Because("no-artifact", "artifact {name}: there is no folder {folder}", ("name", wanted.Name), ("folder", wanted.Image!)));
        var layout = Below(tree, wanted.Image!);
        var byPath = layout.Entries.Where(entry => entry.Kind != TreeEntryKind.Link).ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        // Every content was stored by its digest when it was collected: what is said of it here was measured, not told.
        var (image, problem) = OciLayout.Read(
            path => byPath.TryGetValue(path, out var entry) ? (entry.Content, entry.Bytes) : null,
            path => blobs.GetAsync(byPath[path].Content, cancellation).GetAwaiter().GetResult());
        return image is null ? (null, Bad(wanted, $"{wanted.Image} is no image layout that can be kept: {problem}"))
            : (new(wanted.Name, tree.Digest, tree.Entries.Length, tree.Bytes) { Image = image.Root.Digest, Layout = wanted.Image }, null);
    }

    /// <summary>The layout of an image that a job made, as a tree of its own.</summary>
    public static async Task<(FileTree? Layout, Fault? Fault)> LayoutAsync(IPipelineBlobs blobs, MadeArtifact image, CancellationToken cancellation)
        => await blobs.FindTreeAsync(image.Digest, cancellation) is { } tree ? (Below(tree, image.Layout!), null)
            : (null, new(FaultKind.NotFound, Blame.Platform, false, $"artifact {image.Name} ({image.Digest}) is not here any more; run again without the cache"));

    private static FileTree Below(FileTree tree, string folder)
    {
        var prefix = folder.Trim('/') is var name && name.StartsWith("./", StringComparison.Ordinal) ? name[2..] + "/" : name + "/";
        return new([.. tree.Entries.Where(entry => entry.Path.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => entry with { Path = entry.Path[prefix.Length..] })]);
    }

    private static Why Bad(JobArtifact wanted, string problem) => Why.Because("artifact", "artifact {name}: {problem}", ("name", wanted.Name), ("problem", problem));
}
