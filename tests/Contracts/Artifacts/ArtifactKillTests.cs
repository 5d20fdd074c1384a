using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Fairway.Adapters.Artifacts;

namespace Fairway.Tests.Contracts.Artifacts;

/// <summary>A process that stores and removes artifacts until it is killed. Not a test by itself: <see cref="ArtifactKillTests"/> starts this program again with just this.</summary>
public sealed class ArtifactStoreProcess
{
    public const string FolderVariable = "FAIRWAY_TEST_ARTIFACT_FOLDER";

    [Fact(Explicit = true)]
    public async Task Stores_and_removes_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "started by ArtifactKillTests");
        var store = ArtifactStore.Open(Path.Combine(folder, "artifacts")).Store!;
        // Written before the bytes go, as a ledger is: unbuffered.
        await using var removed = new FileStream(ArtifactKillTests.Removed(folder), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (var number = 0; ; number++)
        {
            await ArtifactKillTests.StoreAsync(store, $"passing {number % 5}");
            foreach (var one in (await store.ListAsync(default)).Artifacts)
                await store.RemoveAsync(one, async () => await removed.WriteAsync(Encoding.ASCII.GetBytes(one.Digest + "\n")), default);
        }
    }
}

/// <summary>The store after a real kill -9 at any moment: whole artifacts or none, and none gone without a word.</summary>
public sealed class ArtifactKillTests : IDisposable
{
    private const int Kills = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-kill-").FullName;

    public void Dispose()
    {
        Process.Start("chmod", ["-R", "u+w", _folder]).WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }

    public static string Removed(string folder) => Path.Combine(folder, "removed");

    public static async Task<string> StoreAsync(ArtifactStore store, string content)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            for (var file = 0; file < 20; file++)
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"folder/{file}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes($"{content} {file}")) });
        tar.Position = 0;
        return (await store.StoreAsync(tar, default)).Digest!;
    }

    [Fact]
    public async Task Killed_at_any_moment_it_leaves_whole_artifacts_or_none()
    {
        var random = new Random(11);
        var artifacts = Path.Combine(_folder, "artifacts");
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAfterAsync(random.Next(1, 8), TimeSpan.FromMilliseconds(random.Next(0, 12)));
            var before = Directory.GetDirectories(artifacts).Select(path => Path.GetFileName(path)!).ToArray();
            var store = ArtifactStore.Open(artifacts).Store!;
            var listed = (await store.ListAsync(default)).Artifacts;
            foreach (var one in listed) Assert.Null(await store.VerifyAsync(one.Digest, default));
            // What was put aside and not written down is back; nothing half-done is left.
            foreach (var aside in before.Where(name => name.StartsWith(".aside-", StringComparison.Ordinal)))
                Assert.Contains(listed, one => aside.EndsWith(one.Digest.Replace(':', '-'), StringComparison.Ordinal));
            Assert.DoesNotContain(Directory.EnumerateDirectories(artifacts), path => Path.GetFileName(path).StartsWith('.'));
        }
    }

    private async Task KillAfterAsync(int removals, TimeSpan later)
    {
        var log = Removed(_folder);
        var before = File.Exists(log) ? new FileInfo(log).Length : 0;
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-class", typeof(ArtifactStoreProcess).FullName!, "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment[ArtifactStoreProcess.FolderVariable] = _folder;
        using var writer = Process.Start(start)!;
        var output = writer.StandardOutput.ReadToEndAsync();
        var errors = writer.StandardError.ReadToEndAsync();
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(90));
            // A line is 72 characters.
            while (!File.Exists(log) || new FileInfo(log).Length < before + (removals * 72))
            {
                Assert.False(writer.HasExited, "it ended by itself");
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
            }
            await Task.Delay(later, TimeProvider.System, patience.Token);
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync();
            await Task.WhenAll(output, errors);
        }
    }
}
