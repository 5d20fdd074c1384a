using Fairway.Adapters.Artifacts;
using Fairway.Client.Artifacts;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Tests.Contracts.Artifacts;

/// <summary>The contract, on disk, and what the disk may do.</summary>
public sealed class ArtifactStoreTests : ArtifactsContract
{
    private readonly string _root = Directory.CreateTempSubdirectory("fairway-artifacts-").FullName;
    private ArtifactStore? _store;

    protected override Task<IArtifacts> OpenAsync() => Task.FromResult<IArtifacts>(Open());

    protected override Task CloseAsync()
    {
        Unlock(_root);
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Files_are_read_only_and_keep_whether_they_run()
    {
        var folder = _store!.FolderOf(await StoreAsync(Text("bin/run", "x", Executable), Text("data", "y"), Link("link", "data")));
        Assert.Equal(
            ((UnixFileMode)0b101_101_101, (UnixFileMode)0b100_100_100, (UnixFileMode)0b101_101_101),
            (File.GetUnixFileMode(Path.Combine(folder, "bin/run")), File.GetUnixFileMode(Path.Combine(folder, "data")), File.GetUnixFileMode(Path.Combine(folder, "bin"))));
        Assert.Equal("data", new FileInfo(Path.Combine(folder, "link")).LinkTarget);
    }

    [Fact]
    public async Task Files_changed_behind_our_back_are_found_and_replaced_by_the_next_deploy()
    {
        var digest = await StoreAsync(Text("a", "one"));
        var file = Path.Combine(_store!.FolderOf(digest), "a");
        File.SetUnixFileMode(file, Plain);
        await File.WriteAllTextAsync(file, "other");
        var reopened = Open();
        var fault = await reopened.PrepareAsync(ReleaseOf(digest), default);
        Assert.Contains("were changed or damaged", fault!.Message, StringComparison.Ordinal);
        Assert.Equal((digest, null), await reopened.StoreAsync(Tar(Text("a", "one")), default));
        Assert.Null(await reopened.PrepareAsync(ReleaseOf(digest), default));
        Assert.Equal("one", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task What_was_refused_or_cut_off_leaves_nothing_behind()
    {
        await RefusedAsync("climbs", Text("fine", "x"), Text("../climbed-out-of-an-artifact", "x"));
        await Artifacts.StoreAsync(new MemoryStream(Tar(Text("a", new string('x', 3000))).ToArray()[..2000]), default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
        Assert.False(File.Exists(Path.Combine(_root, "..", "climbed-out-of-an-artifact")));
    }

    [Fact]
    public void Leftovers_of_a_crash_are_swept()
    {
        var leftover = Directory.CreateDirectory(Path.Combine(_root, ".incoming-123", "sub"));
        File.WriteAllText(Path.Combine(leftover.FullName, "file"), "");
        leftover.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        Open();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public async Task Limits_hold_for_size_and_number()
    {
        var (store, _) = ArtifactStore.Open(_root, new() { TotalBytes = 1000, Entries = 3 });
        Assert.Contains("larger than", (await store!.StoreAsync(Tar(Text("a", new string('x', 600)), Text("b", new string('x', 600))), default)).Fault!.Message, StringComparison.Ordinal);
        Assert.Contains("more than 3", (await store.StoreAsync(Tar(Text("a/b/c", ""), Text("d", "")), default)).Fault!.Message, StringComparison.Ordinal);
        Assert.Null((await store.StoreAsync(Tar(Text("a/b/c", "")), default)).Fault);
    }

    [Fact]
    public async Task A_full_disk_is_a_fault_and_nothing_is_half_stored()
    {
        var mount = Directory.CreateDirectory(Path.Combine(_root, "small")).FullName;
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) == 0, "a small file system cannot be mounted by this user");
        try
        {
            var (store, _) = ArtifactStore.Open(mount);
            var (digest, fault) = await store!.StoreAsync(Tar(Text("a", "1"), Text("big", new string('x', 1_000_000))), default);
            Assert.Null(digest);
            Assert.Equal((FaultKind.Exhausted, Blame.Platform, true), (fault!.Kind, fault.Who, fault.Retryable));
            Assert.Empty(Directory.EnumerateFileSystemEntries(mount));
            Assert.Null((await store.StoreAsync(Tar(Text("a", "1")), default)).Fault);
        }
        finally
        {
            Unlock(mount);
            Assert.Equal(0, await RunAsync("umount", mount));
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_fault() => Assert.Equal(Blame.Platform, ArtifactStore.Open("/proc/fairway/artifacts").Fault?.Who);

    [Fact]
    public async Task A_packed_folder_is_stored_as_it_is()
    {
        var source = Directory.CreateTempSubdirectory("fairway-pack-").FullName;
        Write(source, "bin/run", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(source, "bin/run"), Executable);
        Write(source, "data/ümläut name", "x");
        Write(source, "empty-file", "");
        Directory.CreateDirectory(Path.Combine(source, "empty"));
        File.CreateSymbolicLink(Path.Combine(source, "link"), "data");
        Write(source, "node_modules/x", "ignored");
        Write(source, ".git/config", "ignored");
        Write(source, ".fairwayignore", "node_modules/\n.fairwayignore\n");
        var packed = await PackAsync(source);
        var (digest, fault) = await Artifacts.StoreAsync(new MemoryStream(packed), default);
        Assert.Null(fault);
        var folder = _store!.FolderOf(digest!);
        Assert.Equal(
            "bin bin/run data data/ümläut name empty empty-file link",
            string.Join(' ', new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(info => Path.GetRelativePath(folder, info.FullName))
                .Where(path => !path.StartsWith("link/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
        Assert.True(File.GetUnixFileMode(Path.Combine(folder, "bin/run")).HasFlag(UnixFileMode.UserExecute));
        File.SetLastWriteTimeUtc(Path.Combine(source, "data/ümläut name"), DateTime.UnixEpoch);
        Assert.Equal(packed, await PackAsync(source));
        Directory.Delete(source, recursive: true);
    }

    [Fact]
    public async Task What_cannot_be_packed_says_why_and_writes_nothing()
    {
        var source = Directory.CreateTempSubdirectory("fairway-pack-").FullName;
        Write(source, "big", new string('x', 3 * 1024 * 1024));
        Assert.Contains("the largest file is big (3 MiB)", (await ArtifactPacker.PackAsync(source, Stream.Null, 1024 * 1024, default)).Problem, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(source, "out"), "../elsewhere");
        var output = new MemoryStream();
        Assert.Contains("link out leads to ../elsewhere", (await ArtifactPacker.PackAsync(source, output, ArtifactPacker.DefaultLimit, default)).Problem, StringComparison.Ordinal);
        var hollow = Directory.CreateDirectory(Path.Combine(source, "hollow")).FullName;
        Assert.Contains("nothing to pack", (await ArtifactPacker.PackAsync(hollow, output, 1, default)).Problem, StringComparison.Ordinal);
        Assert.Contains("/no/such/folder does not exist", (await ArtifactPacker.PackAsync("/no/such/folder", output, 1, default)).Problem, StringComparison.Ordinal);
        Assert.Equal(0, output.Length);
        Directory.Delete(source, recursive: true);
    }

    private static async Task<byte[]> PackAsync(string folder)
    {
        var output = new MemoryStream();
        var result = await ArtifactPacker.PackAsync(folder, output, ArtifactPacker.DefaultLimit, default);
        Assert.Null(result.Problem);
        return output.ToArray();
    }

    private static void Write(string folder, string path, string content)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static void Unlock(string folder)
    {
        File.SetUnixFileMode(folder, Executable);
        foreach (var below in new DirectoryInfo(folder).EnumerateDirectories())
            if (below.LinkTarget is null) Unlock(below.FullName);
    }

    private ArtifactStore Open()
    {
        var (store, fault) = ArtifactStore.Open(_root);
        Assert.Null(fault);
        return _store = store!;
    }
}
