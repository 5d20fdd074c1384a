using System.Diagnostics;
using System.Formats.Tar;
using Fairway.Adapters.Artifacts;
using Fairway.Artifacts;
using Fairway.Contracts.Pipelines;
using Xunit;

namespace Fairway.Tests.Contracts.Artifacts;

/// <summary>Container images in the store: whole, kept once where they share, given back as they came; and what Podman makes of them.</summary>
public sealed class ImageLayoutTests(TestImages images) : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fairway-layout-").FullName;

    private ArtifactStore Store => field ??= ArtifactStore.Open(Path.Combine(_root, "artifacts")).Store!;

    public void Dispose()
    {
        Process.Start("chmod", ["-R", "u+w", _root]).WaitForExit();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_image_is_named_by_its_manifest_and_what_images_share_is_there_once()
    {
        var one = OciFixture.Write(Path.Combine(_root, "one"), "shared layer", "one");
        var two = OciFixture.Write(Path.Combine(_root, "two"), "shared layer", "two");
        Assert.Equal((one, null), await Store.StoreImageAsync(Path.Combine(_root, "one"), default));
        Assert.Equal((two, null), await Store.StoreImageAsync(Path.Combine(_root, "two"), default));
        Assert.Equal((one, null), await Store.StoreImageAsync(Path.Combine(_root, "one"), default));
        var listed = (await Store.ListAsync(default)).Artifacts;
        Assert.Equal(new[] { one, two }.Order(StringComparer.Ordinal), listed.Select(artifact => artifact.Digest).Order(StringComparer.Ordinal));
        Assert.All(listed, artifact => Assert.True(artifact.IsImage));
        var pool = Path.Combine(_root, "artifacts", ".blobs");
        Assert.Equal(5, Directory.EnumerateFiles(pool).Count());
        Assert.Null(await Store.VerifyAsync(one, default));

        Assert.Equal((true, null), await Store.RemoveAsync(listed.Single(artifact => artifact.Digest == one), () => Task.CompletedTask, default));
        Assert.Equal(3, Directory.EnumerateFiles(pool).Count());
        Assert.Null(await Store.VerifyAsync(two, default));
    }

    [Fact]
    public async Task A_changed_byte_and_a_file_too_many_are_found_and_storing_again_mends_them()
    {
        var layout = Path.Combine(_root, "one");
        var digest = OciFixture.Write(layout, "layer", "one");
        await Store.StoreImageAsync(layout, default);
        var blob = new DirectoryInfo(Path.Combine(Store.FolderOf(digest), "blobs", "sha256")).GetFiles().MinBy(file => file.Length)!;
        blob.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await File.WriteAllBytesAsync(blob.FullName, new byte[blob.Length]);
        Assert.Contains("changed or damaged", (await Store.VerifyAsync(digest, default))!.Message, StringComparison.Ordinal);
        Assert.NotNull(await Store.ExportAsync(digest, new MemoryStream(), default));
        Assert.Equal((digest, null), await Store.StoreImageAsync(layout, default));
        Assert.Null(await Store.VerifyAsync(digest, default));

        Process.Start("chmod", ["-R", "u+w", Store.FolderOf(digest)]).WaitForExit();
        await File.WriteAllTextAsync(Path.Combine(Store.FolderOf(digest), "more"), "x");
        Assert.Contains("does not belong", (await Store.VerifyAsync(digest, default))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_and_missing_contents_are_refused_and_leave_nothing()
    {
        var layout = Path.Combine(_root, "one");
        OciFixture.Write(layout, "layer", "one");
        var blob = new DirectoryInfo(Path.Combine(layout, "blobs", "sha256")).GetFiles().MaxBy(file => file.Length)!;
        var aside = Path.Combine(_root, "aside");
        blob.MoveTo(aside);
        Assert.Contains("is not in it", (await Store.StoreImageAsync(layout, default)).Fault!.Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(layout, "blobs", "sha256", OciFixture.DigestOf(aside)), aside);
        Assert.Contains("no plain file", (await Store.StoreImageAsync(layout, default)).Fault!.Message, StringComparison.Ordinal);
        Directory.Move(Path.Combine(layout, "blobs"), Path.Combine(_root, "blobs"));
        Directory.CreateSymbolicLink(Path.Combine(layout, "blobs"), Path.Combine(_root, "blobs"));
        Assert.NotNull((await Store.StoreImageAsync(layout, default)).Fault);
        Assert.Empty((await Store.ListAsync(default)).Artifacts);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_root, "artifacts"), ".incoming-*"));
    }

    [Fact]
    public async Task What_is_larger_than_an_artifact_may_be_is_refused()
    {
        var store = ArtifactStore.Open(Path.Combine(_root, "small"), new() { TotalBytes = 100 }).Store!;
        OciFixture.Write(Path.Combine(_root, "one"), "layer", "one");
        Assert.Contains("more than", (await store.StoreImageAsync(Path.Combine(_root, "one"), default)).Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Podman_writes_what_is_stored_and_reads_what_is_given_back()
    {
        images.Need();
        var layout = Path.Combine(_root, "podman");
        TestImages.Podman("save", "--quiet", "--format", "oci-dir", "--output", layout, images.Busybox);
        var (digest, fault) = await Store.StoreImageAsync(layout, default);
        Assert.Null(fault);
        var archive = Path.Combine(_root, "image.tar");
        await using (var tar = File.Create(archive)) Assert.Null(await Store.ExportAsync(digest!, tar, default));
        var given = Path.Combine(_root, "given");
        Directory.CreateDirectory(given);
        await TarFile.ExtractToDirectoryAsync(archive, given, overwriteFiles: false);
        Assert.Equal(digest, (await ArtifactStore.Open(Path.Combine(_root, "other")).Store!.StoreImageAsync(given, default)).Digest);
        Assert.Contains(TestImages.Podman("image", "inspect", "--format", "{{.Id}}", images.Busybox), TestImages.Podman("load", "--quiet", "--input", archive), StringComparison.Ordinal);
    }
}
