using System.Text.RegularExpressions;

namespace Fairway.Pipelines;

/// <summary>An image as it was when a job used it: a tag may be another one tomorrow, a digest never.</summary>
/// <param name="Reference">What the pipeline says, such as <c>node:22</c>.</param>
/// <param name="Digest">Digest of its manifest, <c>sha256:…</c>.</param>
/// <param name="Id">Digest of its configuration, which Podman knows it by on this machine.</param>
public sealed record PinnedImage(string Reference, string Digest, string Id)
{
    /// <summary>As a package URL of type <c>oci</c> (github.com/package-url/purl-spec), for provenance.</summary>
    public string PackageUrl
    {
        get
        {
            var name = ImageReference.Qualify(Reference);
            if (name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at) name = name[..at];
            var tag = ImageReference.TagOf(name);
            var repository = tag is null ? name : name[..^(tag.Length + 1)];
            var url = $"pkg:oci/{repository[(repository.LastIndexOf('/') + 1)..].ToLowerInvariant()}@{Uri.EscapeDataString(Digest)}?repository_url={Uri.EscapeDataString(repository)}";
            return tag is null ? url : $"{url}&tag={Uri.EscapeDataString(tag)}";
        }
    }
}

/// <summary>Names of images: <c>[host[:port]/]path[:tag][@digest]</c> (distribution specification 1.1, "Pulling manifests").</summary>
public static class ImageReference
{
    /// <summary>Longest name.</summary>
    public const int Longest = 512;

    private const string Part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";

    private static readonly Regex Form = new(
        $"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{{1,5}})?/)?{Part}(?:/{Part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?\\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>What is wrong with a name, as a sentence's end; null when nothing is.</summary>
    public static string? Problem(string name) => name.Length is 0 or > Longest || !Form.IsMatch(name) ? "is no image's name" : null;

    /// <summary>
    /// The whole name of one that was shortened as on Docker Hub: <c>node:22</c> is <c>docker.io/library/node:22</c>. One that begins with a host (it has a
    /// dot or a port, or is <c>localhost</c>) stays.
    /// </summary>
    public static string Qualify(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return "docker.io/library/" + name;
        var host = name[..slash];
        return host == "localhost" || host.AsSpan().ContainsAny('.', ':') ? name : "docker.io/" + name;
    }

    /// <summary>The tag of a name without a digest; null when it has none.</summary>
    public static string? TagOf(string name)
    {
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[(colon + 1)..] : null;
    }
}
