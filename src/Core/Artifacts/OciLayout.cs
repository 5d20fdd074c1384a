using System.Buffers;
using System.Text.Json;
using Fairway.Catalog;

namespace Fairway.Artifacts;

/// <summary>A content that an image names: a descriptor of the OCI image specification 1.1.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest">Its digest, <c>sha256:…</c>.</param>
/// <param name="Bytes">Its size.</param>
public sealed record OciDescriptor(string MediaType, string Digest, long Bytes)
{
    /// <summary>Where a layout keeps it.</summary>
    public string Path => OciLayout.Blobs + ContentDigest.Hex(Digest);
}

/// <summary>An image, or one for several platforms, as a layout holds it.</summary>
/// <param name="Root">Its manifest or its index: its digest names the image.</param>
/// <param name="Parts">Every content it is made of, the root first, each once.</param>
public sealed record OciImage(OciDescriptor Root, ImmutableArray<OciDescriptor> Parts)
{
    /// <summary>All contents together.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>
    /// The <c>index.json</c> of a layout that holds this image and nothing else. The same image gives the same bytes.
    /// </summary>
    public byte[] Index()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", OciLayout.IndexType);
            json.WriteStartArray("manifests");
            json.WriteStartObject();
            json.WriteString("mediaType", Root.MediaType);
            json.WriteString("digest", Root.Digest);
            json.WriteNumber("size", Root.Bytes);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>
/// Reads image layouts (OCI image specification 1.1, "Image Layout"). Everything that the image names must be there with the digest and the size that are said; what
/// it does not name is left out. Nothing is looked up by a path that a document says.
/// </summary>
public static class OciLayout
{
    /// <summary>The file that says that a folder is a layout.</summary>
    public const string MarkFile = "oci-layout";

    /// <summary>The file that names the image.</summary>
    public const string IndexFile = "index.json";

    /// <summary>Begin of every content's path.</summary>
    public const string Blobs = "blobs/sha256/";

    /// <summary>Media type of an index.</summary>
    public const string IndexType = "application/vnd.oci.image.index.v1+json";

    /// <summary>What the mark file of a layout that we write says.</summary>
    public const string Mark = """{"imageLayoutVersion":"1.0.0"}""";

    /// <summary>Largest document, in bytes: indexes, manifests.</summary>
    public const int LargestDocument = 4 * 1024 * 1024;

    /// <summary>Most contents of an image.</summary>
    public const int MostParts = 4096;

    private const int Deepest = 3;
    private const int MostLayers = 512;

    private static readonly string[] Manifests = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
    private static readonly string[] Indexes = [IndexType, "application/vnd.docker.distribution.manifest.list.v2+json"];
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Reads a layout.</summary>
    /// <param name="find">Digest and size of a plain file by its path; null when there is none.</param>
    /// <param name="read">Content of a file that was found.</param>
    /// <returns>The image; or what is wrong with the layout, as a sentence.</returns>
    public static (OciImage? Image, string? Problem) Read(Func<string, (string Digest, long Bytes)?> find, Func<string, byte[]?> read)
    {
        try
        {
            return (new Reading(find, read).Layout(), null);
        }
        catch (FormatException wrong)
        {
            return (null, wrong.Message);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return (null, $"a document of it has another form than it must have: {wrong.Message}");
        }
    }

    private sealed class Reading(Func<string, (string Digest, long Bytes)?> find, Func<string, byte[]?> read)
    {
        private readonly Dictionary<string, OciDescriptor> _parts = new(StringComparer.Ordinal);
        private readonly List<OciDescriptor> _order = [];

        public OciImage Layout()
        {
            using var mark = JsonDocument.Parse(Document(MarkFile), Strict);
            if (mark.RootElement.GetProperty("imageLayoutVersion").GetString() is not { } version || !version.StartsWith("1.", StringComparison.Ordinal))
                throw new FormatException("its oci-layout names a version that is not read here: 1.0.0 is");
            using var index = JsonDocument.Parse(Document(IndexFile), Strict);
            var manifests = index.RootElement.GetProperty("manifests");
            if (manifests.GetArrayLength() != 1)
                throw new FormatException($"it holds {manifests.GetArrayLength()} images, and an artifact is one: write each into a layout of its own");
            var root = Take(manifests[0]);
            if (!Manifests.Contains(root.MediaType) && !Indexes.Contains(root.MediaType)) throw new FormatException($"its image is of the type '{Shown(root.MediaType)}', which is none of an image");
            Follow(root, 1);
            return new(root, [.. _order]);
        }

        private void Follow(OciDescriptor at, int depth)
        {
            if (depth > Deepest) throw new FormatException($"its indexes are nested more than {Deepest} deep");
            using var document = JsonDocument.Parse(Document(at.Path), Strict);
            var root = document.RootElement;
            if (root.GetProperty("schemaVersion").GetInt32() != 2) throw new FormatException($"{at.Digest} is of a schema that is not read here");
            // A document that says of itself that it is something else can be read as either by others.
            if (root.TryGetProperty("mediaType", out var said) && said.GetString() != at.MediaType) throw new FormatException($"{at.Digest} is named as {at.MediaType} and says that it is another type");
            var (isManifest, isIndex) = (root.TryGetProperty("layers", out _), root.TryGetProperty("manifests", out _));
            if (isManifest && isIndex) throw new FormatException($"{at.Digest} is a manifest and an index at once");
            if (Indexes.Contains(at.MediaType))
            {
                foreach (var child in root.GetProperty("manifests").EnumerateArray())
                {
                    if (_parts.TryGetValue(child.GetProperty("digest").GetString() ?? "", out _)) continue;
                    var taken = Take(child);
                    if (!Manifests.Contains(taken.MediaType) && !Indexes.Contains(taken.MediaType))
                        throw new FormatException($"{taken.Digest} is of the type '{Shown(taken.MediaType)}', which is none of an image");
                    Follow(taken, depth + 1);
                }
                return;
            }
            Take(root.GetProperty("config"));
            var layers = root.GetProperty("layers");
            if (layers.GetArrayLength() > MostLayers) throw new FormatException($"{at.Digest} has more than {MostLayers} layers");
            foreach (var layer in layers.EnumerateArray()) Take(layer);
        }

        private OciDescriptor Take(JsonElement descriptor)
        {
            var (type, digest, size) = (descriptor.GetProperty("mediaType").GetString(), descriptor.GetProperty("digest").GetString(), descriptor.GetProperty("size").GetInt64());
            if (!ContentDigest.IsDigest(digest)) throw new FormatException($"it names a content by '{Shown(digest ?? "")}', which is no digest of SHA-256");
            if (size < 0) throw new FormatException($"{digest} has a size below 0");
            if (string.IsNullOrEmpty(type) || type.Length > 255) throw new FormatException($"{digest} has no media type");
            if (descriptor.TryGetProperty("urls", out var urls) && urls.ValueKind == JsonValueKind.Array && urls.GetArrayLength() > 0)
                throw new FormatException($"{digest} is kept somewhere else ({type}): a layout with all of its contents is wanted");
            var part = new OciDescriptor(type, digest!, size);
            if (_parts.TryGetValue(digest!, out var known))
                return known.Bytes == size ? known : throw new FormatException($"{digest} is named with two sizes");
            if (find(part.Path) is not { } there) throw new FormatException($"{digest} ({type}) is not in it, or is no plain file");
            if (there.Bytes != size) throw new FormatException($"{digest} has {there.Bytes} bytes, and must have {size}");
            if (there.Digest != digest) throw new FormatException($"the file of {digest} has another digest: {there.Digest}");
            if (_parts.Count >= MostParts) throw new FormatException($"it has more than {MostParts} contents");
            _parts.Add(digest!, part);
            _order.Add(part);
            return part;
        }

        private byte[] Document(string path)
        {
            if (find(path) is not { } there) throw new FormatException($"it has no {path}");
            if (there.Bytes > LargestDocument) throw new FormatException($"its {path} is larger than {LargestDocument >> 20} MiB");
            return read(path) ?? throw new FormatException($"its {path} cannot be read");
        }

        private static string Shown(string text) => text.Length > 100 ? text[..100] + "…" : text;
    }
}
