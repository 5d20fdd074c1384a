using System.Formats.Tar;
using System.Text;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Tests.Contracts.Artifacts;

/// <summary>What every <see cref="IArtifacts"/> does with a tar stream.</summary>
public abstract class ArtifactsContract : IAsyncLifetime
{
    protected const UnixFileMode Plain = (UnixFileMode)0b110_100_100;
    protected const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    protected IArtifacts Artifacts { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Artifacts = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IArtifacts> OpenAsync();

    protected abstract Task CloseAsync();

    [Fact]
    public async Task The_digest_is_the_files_and_not_the_archives()
    {
        var one = await StoreAsync(Folder("sub/"), Text("sub/b", "two"), Text("a", "one", Executable), Link("l", "sub/b"));
        var other = await StoreAsync(Link("l", "sub/b", when: 7), Text("./a", "one", (UnixFileMode)0b111_111_111, owner: 1000, when: 12345), Text("sub//b", "two", (UnixFileMode)0b110_000_000));
        Assert.Equal(one, other);
        Assert.Matches("^sha256:[0-9a-f]{64}$", one);
        Assert.True(await Artifacts.ExistsAsync(one, default));
        Assert.Null(await Artifacts.PrepareAsync(ReleaseOf(one), default));
    }

    [Fact]
    public async Task Each_difference_that_matters_is_another_digest()
    {
        string[] digests =
        [
            await StoreAsync(Text("a", "one")), await StoreAsync(Text("a", "two")), await StoreAsync(Text("b", "one")), await StoreAsync(Text("a", "one", Executable)),
            await StoreAsync(Text("a", "one"), Folder("empty")), await StoreAsync(Text("a", "one"), Link("b", "a")), await StoreAsync(Text("a", "one"), Link("b", "./a")), await StoreAsync(Folder("a")),
            await StoreAsync(Text("a\nb", "")), await StoreAsync(Text("a", ""), Text("b", "")),
        ];
        Assert.Equal(digests.Length, digests.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task The_digest_stays_what_it_is_in_every_version()
        => Assert.Equal("sha256:330d31a7fa96c678d27da97db3ebfba431e1c7052e88d52fad69c402c8759dcf", await StoreAsync(Text("bin/run", "#!/bin/sh\n", Executable), Text("data", "x"), Link("link", "data"), Folder("empty")));

    [Theory]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("../out", "climbs")]
    [InlineData("a/../../out", "climbs")]
    [InlineData("a/../b", "climbs")]
    public async Task A_path_that_is_not_plainly_inside_is_refused(string path, string reason) => await RefusedAsync(reason, Text(path, "x"));

    [Theory]
    [InlineData("l", "/etc/passwd")]
    [InlineData("l", "..")]
    [InlineData("sub/l", "../../x")]
    [InlineData("a/b/l", "../../../x")]
    public async Task A_link_out_of_the_tree_is_refused(string path, string target) => await RefusedAsync($"link '{path}' leads", Link(path, target));

    [Fact]
    public async Task A_link_that_leaves_through_another_link_is_refused()
        // By its letters p/q/evil is inside; through p/q/up, which is the root, it is not.
        => await RefusedAsync("leads out of the tree", Link("p/q/up", "../.."), Link("p/q/evil", "up/../etc"));

    [Fact]
    public async Task Links_inside_the_tree_are_kept_even_when_they_lead_nowhere()
        => Assert.NotNull(await StoreAsync(Text("a/b/c", "x"), Link("a/l", "b/../../a/b/c"), Link("nowhere", "not/there")));

    [Fact]
    public async Task Links_in_a_circle_are_refused() => await RefusedAsync("circle", Link("a", "b"), Link("b", "a"));

    [Fact]
    public async Task Nothing_is_written_through_a_link() => await RefusedAsync("is not a folder", Link("d", "."), Text("d/x", "x"));

    [Fact]
    public async Task Doubled_entries_are_refused() => await RefusedAsync("twice", Text("a", "1"), Text("a", "2"));

    [Fact]
    public async Task Names_that_differ_only_in_case_are_refused() => await RefusedAsync("upper and lower case", Text("Read/me", "1"), Text("read/you", "2"));

    [Fact]
    public async Task Devices_and_pipes_are_refused()
    {
        await RefusedAsync("neither a file", new PaxTarEntry(TarEntryType.Fifo, "pipe"));
        await RefusedAsync("neither a file", new PaxTarEntry(TarEntryType.CharacterDevice, "null"));
    }

    [Fact]
    public async Task A_hard_link_to_a_file_before_it_is_a_copy_and_any_other_is_refused()
    {
        var copied = await StoreAsync(Text("a", "one", Executable), Hard("b", "a"));
        Assert.Equal(await StoreAsync(Text("a", "one", Executable), Text("b", "one", Executable)), copied);
        await RefusedAsync("hard link", Hard("b", "a"), Text("a", "one"));
        await RefusedAsync("absolute", Hard("b", "/etc/shadow"));
        await RefusedAsync("hard link", Link("l", "a"), Text("a", "1"), Hard("b", "l"));
    }

    [Fact]
    public async Task What_is_no_whole_tar_is_refused()
    {
        var whole = Tar(Text("a", new string('x', 3000))).ToArray();
        foreach (var bytes in new[] { whole[..700], whole[..2048], whole[..(whole.Length - 1024)], Encoding.ASCII.GetBytes(new string('?', 4096)), [], [0x1f, 0x8b, 8, 0] })
        {
            var (digest, fault) = await Artifacts.StoreAsync(new MemoryStream(bytes), default);
            Assert.Null(digest);
            Assert.Equal(FaultKind.Invalid, fault!.Kind);
        }
    }

    [Fact]
    public async Task An_artifact_that_is_not_there_cannot_be_prepared()
    {
        var digest = "sha256:" + new string('0', 64);
        Assert.False(await Artifacts.ExistsAsync(digest, default));
        Assert.Equal(FaultKind.NotFound, (await Artifacts.PrepareAsync(ReleaseOf(digest), default))?.Kind);
        Assert.False(await Artifacts.ExistsAsync("../../etc", default));
        Assert.Equal(FaultKind.Invalid, (await Artifacts.PrepareAsync(ReleaseOf("../../etc"), default))?.Kind);
    }

    [Fact]
    public async Task The_same_files_may_come_many_times_at_once()
    {
        var digests = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StoreAsync(Text("a", "one"), Text("b/c", "two")))));
        Assert.Single(digests.Distinct(StringComparer.Ordinal));
        Assert.Null(await Artifacts.PrepareAsync(ReleaseOf(digests[0]), default));
    }

    protected async Task<string> StoreAsync(params TarEntry[] entries)
    {
        var (digest, fault) = await Artifacts.StoreAsync(Tar(entries), default);
        Assert.Null(fault);
        return digest!;
    }

    protected async Task<Fault> RefusedAsync(string reason, params TarEntry[] entries)
    {
        var (digest, fault) = await Artifacts.StoreAsync(Tar(entries), default);
        Assert.Null(digest);
        Assert.Contains(reason, fault!.Message, StringComparison.Ordinal);
        return fault;
    }

    protected static Release ReleaseOf(string artifact) => Workloads.ProcessHouse.Shell("1.0", "true") with { Artifact = artifact };

    protected static TarEntry Text(string path, string content, UnixFileMode mode = Plain, int owner = 0, int when = 0) => new PaxTarEntry(TarEntryType.RegularFile, path)
    {
        DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)), Mode = mode, Uid = owner, ModificationTime = DateTimeOffset.FromUnixTimeSeconds(when),
    };

    protected static TarEntry Folder(string path) => new PaxTarEntry(TarEntryType.Directory, path);

    protected static TarEntry Link(string path, string target, int when = 0)
        => new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target, ModificationTime = DateTimeOffset.FromUnixTimeSeconds(when) };

    protected static TarEntry Hard(string path, string target) => new PaxTarEntry(TarEntryType.HardLink, path) { LinkName = target };

    protected static MemoryStream Tar(params TarEntry[] entries)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var entry in entries) writer.WriteEntry(entry);
        stream.Position = 0;
        return stream;
    }
}
