using System.Security.Cryptography;
using System.Text;

namespace Fairway.Contracts.Pipelines;

/// <summary>A small image layout, written by hand as the specification says.</summary>
public static class OciFixture
{
    /// <summary>Writes one and gives the digest of its manifest.</summary>
    /// <param name="folder">Where to; made.</param>
    /// <param name="layer">Content of its layer.</param>
    /// <param name="word">What makes its configuration another one.</param>
    public static string Write(string folder, string layer, string word)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        var configuration = Put(folder, $$$"""{"architecture":"amd64","os":"linux","config":{"Labels":{"word":"{{{word}}}"}},"rootfs":{"type":"layers","diff_ids":[]}}""", "application/vnd.oci.image.config.v1+json");
        var content = Put(folder, layer, "application/vnd.oci.image.layer.v1.tar");
        var manifest = Put(folder, $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{configuration}},"layers":[{{content}}]}""", "application/vnd.oci.image.manifest.v1+json");
        File.WriteAllText(Path.Combine(folder, "index.json"), $$"""{"schemaVersion":2,"manifests":[{{manifest}}]}""");
        return manifest[manifest.IndexOf("sha256:", StringComparison.Ordinal)..][..71];
    }

    /// <summary>A file's digest in hex.</summary>
    public static string DigestOf(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    private static string Put(string folder, string content, string type)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var hex = Convert.ToHexStringLower(SHA256.HashData(bytes));
        File.WriteAllBytes(Path.Combine(folder, "blobs", "sha256", hex), bytes);
        return $$"""{"mediaType":"{{type}}","digest":"sha256:{{hex}}","size":{{bytes.Length}}}""";
    }
}
