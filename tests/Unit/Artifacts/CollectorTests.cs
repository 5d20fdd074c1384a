using System.Formats.Tar;
using System.Text;
using Fairway.Adapters.Artifacts;
using Fairway.Catalog;
using Fairway.Engine;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Artifacts;

/// <summary>
/// Garbage collection on real files beside a real engine, killed before and after each thing that it does: what an environment runs or can go back to stays, whole,
/// and nothing is gone without a record.
/// </summary>
public sealed class CollectorTests : IDisposable
{
    private static readonly RetentionPolicy KeepNothing = new() { MinimumAge = Duration.Zero, ReleasesPerService = 0 };
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-collector-").FullName;
    private readonly EngineWorld _world = new();
    private ArtifactStore _store;

    public CollectorTests() => _store = Open();

    public void Dispose()
    {
        foreach (var folder in Directory.EnumerateDirectories(_folder, "*", SearchOption.AllDirectories)) File.SetUnixFileMode(folder, (UnixFileMode)0x1C0);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Killed_at_any_moment_it_leaves_what_can_be_gone_back_to_and_a_record_of_what_is_gone(int at)
    {
        var shipped = new List<string>();
        _world.Started();
        for (var number = 0; number < 4; number++) shipped.Add(await ShipAsync($"1.{number}"));
        var unneeded = new List<string>();
        for (var number = 0; number < 3; number++) unneeded.Add(await StoreAsync($"unneeded {number}"));

        // The process ends there: nothing after it happens, not even what would clean up.
        await Assert.ThrowsAsync<Killed>(() => new ArtifactCollector(_world.Ledger, new Killing(_store, at), new(_world.Ledger), Clock).CollectAsync(KeepNothing, new("anna"), default));
        _store = Open();

        await AssertWholeAsync(shipped, unneeded);
        var (done, fault) = await new ArtifactCollector(_world.Ledger, _store, new(_world.Ledger), Clock).CollectAsync(KeepNothing, new("anna"), default);
        Assert.Null(fault);
        Assert.Empty(done!.Faults);
        Assert.Equal(shipped.Order(StringComparer.Ordinal), (await _store.ListAsync(default)).Artifacts.Select(one => one.Digest).Order(StringComparer.Ordinal));
        await AssertWholeAsync(shipped, unneeded);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_folder), entry => Path.GetFileName(entry).StartsWith('.'));
    }

    [Fact]
    public async Task A_deploy_that_began_after_the_decision_keeps_its_files()
    {
        _world.Started();
        await ShipAsync("1.0");
        var old = await StoreAsync("1.1");
        var late = new Late(_store, async () => Assert.Null(await _store.PrepareAsync(ReleaseOf("1.1", old), default)));
        var (done, _) = await new ArtifactCollector(_world.Ledger, late, new(_world.Ledger), Clock).CollectAsync(KeepNothing, new("anna"), default);
        Assert.Empty(done!.Removed);
        Assert.Null(await _store.VerifyAsync(old, default));
    }

    [Fact]
    public async Task What_is_stored_again_while_it_is_put_aside_stays_also_when_the_ledger_does_not_take_the_record()
    {
        _world.Started();
        var old = await StoreAsync("1.1");
        var (listed, _) = await _store.ListAsync(default);
        await Assert.ThrowsAsync<Killed>(() => _store.RemoveAsync(listed.Single(), async () =>
        {
            Assert.Equal(FaultKind.NotFound, (await _store.PrepareAsync(ReleaseOf("1.1", old), default))!.Kind);
            Assert.Equal(old, await StoreAsync("1.1"));
            throw new Killed();
        }, default));
        Assert.Null(await _store.VerifyAsync(old, default));
        Assert.Single((await _store.ListAsync(default)).Artifacts);
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    private static EngineClock Clock { get; } = new(TimeProvider.System);

    private ArtifactStore Open() => ArtifactStore.Open(_folder).Store!;

    private async Task AssertWholeAsync(List<string> shipped, List<string> unneeded)
    {
        foreach (var digest in shipped) Assert.Null(await _store.VerifyAsync(digest, default));
        var listed = (await _store.ListAsync(default)).Artifacts.Select(one => one.Digest).ToHashSet();
        foreach (var digest in unneeded)
        {
            // Whole, or gone and written down.
            if (listed.Contains(digest)) Assert.Null(await _store.VerifyAsync(digest, default));
            else Assert.Contains((await _world.Ledger.SearchAsync(new() { Stream = ArtifactEvent.StreamOf(digest), Limit = 5 }, default)).Records, record => ArtifactEvent.Of(record) is ArtifactEvent.Collected);
        }
    }

    private static Release ReleaseOf(string version, string artifact) => EngineWorld.Release(version) with { Artifact = artifact };

    // The world's engine has one thread and files of its own; these are the same artifacts on a disk.
    private async Task<string> ShipAsync(string version)
    {
        var digest = await StoreAsync(version);
        _world.Artifacts.Add(digest);
        _world.Answer(new RolloutObservation.DeployRequested(ReleaseOf(version, digest), EngineWorld.Service(EngineWorld.Shop), null, new("anna"), Automatic: false));
        _world.Until(() => _world.Now.State.Rollout is { Phase: RolloutPhase.Completed } rollout && rollout.Release.Version == version);
        return digest;
    }

    private async Task<string> StoreAsync(string content)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "folder/file") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
        tar.Position = 0;
        return (await _store.StoreAsync(tar, default)).Digest!;
    }

    private sealed class Killed : Exception;

    /// <summary>A shelf that is told of a removal before it begins.</summary>
    private sealed class Late(IArtifactShelf real, Func<Task> before) : IArtifactShelf
    {
        public Task<(string? Digest, Fault? Fault)> StoreImageAsync(string layout, CancellationToken cancellation) => real.StoreImageAsync(layout, cancellation);

        public Task<(ImmutableArray<StoredArtifact> Artifacts, Fault? Fault)> ListAsync(CancellationToken cancellation) => real.ListAsync(cancellation);

        public Task<Fault?> VerifyAsync(string digest, CancellationToken cancellation) => real.VerifyAsync(digest, cancellation);

        public Task<Fault?> ExportAsync(string digest, Stream tar, CancellationToken cancellation) => real.ExportAsync(digest, tar, cancellation);

        public async Task<(bool Removed, Fault? Fault)> RemoveAsync(StoredArtifact artifact, Func<Task> record, CancellationToken cancellation)
        {
            await before();
            return await real.RemoveAsync(artifact, record, cancellation);
        }
    }

    /// <summary>The world up to the moment at which the process is killed: from then on nothing is done any more, also on disk.</summary>
    private sealed class Killing(IArtifactShelf shelf, int at) : IArtifactShelf
    {
        private int _moments;

        private void Moment()
        {
            if (_moments++ >= at) throw new Killed();
        }

        public async Task<(bool Removed, Fault? Fault)> RemoveAsync(StoredArtifact artifact, Func<Task> record, CancellationToken cancellation)
        {
            Moment();
            var gone = false;
            // A process that is killed puts nothing back: that is for the next one, from what lies on disk.
            var aside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var removal = shelf.RemoveAsync(artifact, async () =>
            {
                try
                {
                    Moment();
                    await record();
                    gone = true;
                    Moment();
                }
                catch (Killed)
                {
                    aside.SetResult();
                    await never.Task;
                }
            }, cancellation);
            if (await Task.WhenAny(removal, aside.Task) == aside.Task) throw new Killed();
            Assert.True(gone);
            var done = await removal;
            Moment();
            return done;
        }

        public async Task<(ImmutableArray<StoredArtifact> Artifacts, Fault? Fault)> ListAsync(CancellationToken cancellation)
        {
            Moment();
            return await shelf.ListAsync(cancellation);
        }

        public Task<(string? Digest, Fault? Fault)> StoreImageAsync(string layout, CancellationToken cancellation) => shelf.StoreImageAsync(layout, cancellation);

        public Task<Fault?> VerifyAsync(string digest, CancellationToken cancellation) => shelf.VerifyAsync(digest, cancellation);

        public Task<Fault?> ExportAsync(string digest, Stream tar, CancellationToken cancellation) => shelf.ExportAsync(digest, tar, cancellation);
    }
}
