using System.Text;
using Fairway.Catalog;

namespace Fairway.Artifacts;

public sealed class OciLayoutTests
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal) { ["oci-layout"] = Encoding.UTF8.GetBytes(OciLayout.Mark) };

    [Fact]
    public void An_image_is_its_manifest_with_everything_that_it_names()
    {
        var manifest = Manifest();
        Index(manifest);
        Put("not named by anything");
        var (image, problem) = Read();
        Assert.Null(problem);
        Assert.Equal((Digest(manifest), 3), (image!.Root.Digest, image.Parts.Length));
        Assert.Equal(image.Index(), Read().Image!.Index());
        _files["index.json"] = image.Index();
        Assert.Equal(image.Root, Read().Image!.Root);
    }

    [Fact]
    public void An_image_of_several_platforms_is_one()
    {
        var (one, other) = (Manifest("a"), Manifest("b"));
        var index = Put($$"""{"schemaVersion":2,"mediaType":"{{OciLayout.IndexType}}","manifests":[{{one}},{{other}},{{one}}]}""", OciLayout.IndexType);
        Index(index);
        Assert.Equal((Digest(index), 7), (Read().Image!.Root.Digest, Read().Image!.Parts.Length));
    }

    [Fact]
    public void A_content_that_is_absent_damaged_or_of_another_size_is_refused()
    {
        var manifest = Manifest();
        Index(manifest);
        var layer = _files.Keys.First(path => _files[path] is [(byte)'l', ..]);
        var whole = _files[layer];
        _files[layer] = "layeX"u8.ToArray();
        Assert.Contains("another digest", Read().Problem, StringComparison.Ordinal);
        _files[layer] = "layer and more"u8.ToArray();
        Assert.Contains("must have", Read().Problem, StringComparison.Ordinal);
        _files.Remove(layer);
        Assert.Contains("is not in it", Read().Problem, StringComparison.Ordinal);
        _files[layer] = whole;
        Assert.Null(Read().Problem);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", "0 images")]
    [InlineData("""{"schemaVersion":2,"manifests":[MANIFEST,MANIFEST]}""", "2 images")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"text/plain","digest":"sha256:../../etc/passwd","size":1}]}""", "no digest")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"text/plain","digest":"sha512:aa","size":1}]}""", "no digest")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-1}]}""", "below 0")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":5}]}""", "is not in it")]
    [InlineData("""{"schemaVersion":2,"manifests":{}}""", "another form")]
    [InlineData("""{"schemaVersion":2}""", "another form")]
    [InlineData("""{"manifests":[],"manifests":[MANIFEST]}""", "another form")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "another form")]
    [InlineData("", "another form")]
    public void A_hostile_or_broken_index_is_refused_with_a_reason(string index, string reason)
    {
        _files["index.json"] = Encoding.UTF8.GetBytes(index.Replace("MANIFEST", Manifest(), StringComparison.Ordinal));
        Assert.Contains(reason, Read().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"schemaVersion":1,"config":CONFIG,"layers":[]}""", "schema")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":CONFIG,"layers":[]}""", "another type")]
    [InlineData("""{"schemaVersion":2,"config":CONFIG,"layers":[],"manifests":[]}""", "at once")]
    [InlineData("""{"schemaVersion":2,"layers":[]}""", "another form")]
    [InlineData("""{"schemaVersion":2,"config":CONFIG,"layers":[{"mediaType":"x","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":0,"urls":["http://169.254.169.254/"]}]}""", "kept somewhere else")]
    [InlineData("""{"schemaVersion":2,"config":CONFIG,"layers":[{"mediaType":"","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":0}]}""", "no media type")]
    public void A_hostile_or_broken_manifest_is_refused_with_a_reason(string manifest, string reason)
    {
        Index(Put(manifest.Replace("CONFIG", Put("{}", "application/vnd.oci.image.config.v1+json"), StringComparison.Ordinal), ManifestType));
        Assert.Contains(reason, Read().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Indexes_in_indexes_and_many_contents_have_an_end()
    {
        var at = Manifest();
        for (var i = 0; i < 4; i++) at = Put($$"""{"schemaVersion":2,"mediaType":"{{OciLayout.IndexType}}","manifests":[{{at}}]}""", OciLayout.IndexType);
        Index(at);
        Assert.Contains("nested", Read().Problem, StringComparison.Ordinal);
        Index(Put($$"""{"schemaVersion":2,"config":{{Put("{}", "c")}},"layers":[{{string.Join(',', Enumerable.Repeat(Put("x", LayerType), 600))}}]}""", ManifestType));
        Assert.Contains("layers", Read().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_layout_is_refused()
    {
        _files.Remove("oci-layout");
        Assert.Contains("no oci-layout", Read().Problem, StringComparison.Ordinal);
        _files["oci-layout"] = """{"imageLayoutVersion":"2.0.0"}"""u8.ToArray();
        Assert.Contains("version", Read().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node:22", "docker.io/library/node:22", "pkg:oci/node@sha256%3Aab?repository_url=docker.io%2Flibrary%2Fnode&tag=22")]
    [InlineData("bitnami/redis", "docker.io/bitnami/redis", "pkg:oci/redis@sha256%3Aab?repository_url=docker.io%2Fbitnami%2Fredis")]
    [InlineData("localhost:5000/a/b:1", "localhost:5000/a/b:1", "pkg:oci/b@sha256%3Aab?repository_url=localhost%3A5000%2Fa%2Fb&tag=1")]
    [InlineData("ghcr.io/x/y:v1", "ghcr.io/x/y:v1", "pkg:oci/y@sha256%3Aab?repository_url=ghcr.io%2Fx%2Fy&tag=v1")]
    public void A_short_name_of_an_image_is_one_of_docker_hub(string name, string whole, string url)
    {
        Assert.Null(Pipelines.ImageReference.Problem(name));
        Assert.Equal(whole, Pipelines.ImageReference.Qualify(name));
        Assert.Equal(url, new Pipelines.PinnedImage(name, "sha256:ab", "c").PackageUrl);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--privileged")]
    [InlineData("a/UPPER")]
    [InlineData("a b")]
    [InlineData("a:")]
    [InlineData("a@sha256:12")]
    [InlineData("docker://a")]
    [InlineData("a\n")]
    public void What_is_no_name_of_an_image_is_refused(string name) => Assert.NotNull(Pipelines.ImageReference.Problem(name));

    private (OciImage? Image, string? Problem) Read() => OciLayout.Read(
        path => _files.TryGetValue(path, out var content) ? (ContentDigest.Of(content), content.Length) : null, path => _files[path]);

    private static string Digest(string descriptor) => descriptor[descriptor.IndexOf("sha256:", StringComparison.Ordinal)..][..71];

    private void Index(string descriptor) => _files["index.json"] = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{descriptor}}]}""");

    private string Manifest(string word = "") => Put(
        $$"""{"schemaVersion":2,"config":{{Put("{\"a\":\"" + word + "\"}", "application/vnd.oci.image.config.v1+json")}},"layers":[{{Put("layer" + word, LayerType)}}]}""", ManifestType);

    private string Put(string content, string type = "text/plain")
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var digest = ContentDigest.Of(bytes);
        _files[OciLayout.Blobs + digest[7..]] = bytes;
        return $$"""{"mediaType":"{{type}}","digest":"{{digest}}","size":{{bytes.Length}}}""";
    }
}
