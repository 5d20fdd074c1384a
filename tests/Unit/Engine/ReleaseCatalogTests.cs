using System.Formats.Tar;
using System.Text;
using Fairway.Catalog;
using Fairway.Runtime;

namespace Fairway.Engine;

public sealed class ReleaseCatalogTests
{
    private readonly EngineWorld _world = new();
    private readonly ReleaseCatalog _catalog;

    public ReleaseCatalogTests() => _catalog = new(_world.Ledger, _world.Artifacts, new EngineClock(_world.Time));

    [Fact]
    public void The_same_contents_are_the_same_release_whatever_it_is_called()
    {
        var first = Store("1.0", "hello");
        var second = Store("1.0-again", "hello");

        Assert.True(first.IsNew);
        Assert.False(second.IsNew);
        Assert.Equal((first.Release!.Digest, first.Release.Version), (second.Release!.Digest, second.Release.Version));
        Assert.Single(_world.Ledger.Records);
    }

    [Fact]
    public void Other_files_or_another_workload_are_another_release()
    {
        var one = Store("1", "hello").Release!;
        var two = Store("2", "bye").Release!;
        var three = Store("3", "hello", "4000").Release!;

        Assert.Distinct([one.Digest, two.Digest, three.Digest], StringComparer.Ordinal);
        Assert.Equal(one.Artifact, three.Artifact);
    }

    [Fact]
    public void A_release_is_found_by_its_digest_and_by_the_beginning_of_it()
    {
        var stored = Store(null, "hello").Release!;

        Assert.Equal(stored.Digest, _world.Scheduler.Run(() => _catalog.FindAsync("shop", stored.Digest, CancellationToken.None))!.Digest);
        Assert.Single(_world.Scheduler.Run(() => _catalog.FindAllAsync("shop", stored.Digest[..15], CancellationToken.None)));
        Assert.Equal(12, stored.Version.Length);
    }

    [Theory]
    [InlineData("sha256:0123abcd", "sha256:0123abcd")]
    [InlineData("0123abcd", "sha256:0123abcd")]
    [InlineData("0123abc", null)]
    [InlineData("0123ABCD", null)]
    [InlineData("latest", null)]
    public void A_digest_is_written_whole_or_by_eight_digits(string text, string? expected) => Assert.Equal(expected, ReleaseDigest.Parse(text));

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        var stored = _world.Scheduler.Run(() => _catalog.StoreAsync(
            EngineWorld.Service(EngineWorld.Shop), "1", new MemoryStream(Encoding.ASCII.GetBytes(new string('x', 2000))), new("anna"), CancellationToken.None));

        Assert.NotNull(stored.Fault);
        Assert.Empty(_world.Ledger.Records);
    }

    private StoredRelease Store(string? version, string text, string port = "3000")
    {
        var service = EngineWorld.Service(EngineWorld.Shop) with { Workload = new() { Command = ["shop", port] } };
        return _world.Scheduler.Run(() => _catalog.StoreAsync(service, version, Tar(text), new("anna"), CancellationToken.None));
    }

    private static MemoryStream Tar(string text)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "index.html") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        stream.Position = 0;
        return stream;
    }
}
