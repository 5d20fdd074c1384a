using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Fairway.Adapters.Artifacts;
using Fairway.Adapters.Git;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Scanning;

namespace Fairway.Tests.Contracts.Artifacts;

/// <summary>What the store does with artifacts that are there already, and what other programs say of what we write.</summary>
public sealed class ArtifactShelfTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fairway-shelf-").FullName;
    private readonly ArtifactStore _store;

    public ArtifactShelfTests() => _store = ArtifactStore.Open(Path.Combine(_root, "artifacts")).Store!;

    public void Dispose()
    {
        Process.Start("chmod", ["-R", "u+w", _root]).WaitForExit();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_byte_that_changed_since_the_last_deploy_is_found_at_the_next()
    {
        var digest = await StoreAsync("one");
        Assert.Null(await _store.PrepareAsync(ReleaseOf(digest), default));
        var file = Path.Combine(_store.FolderOf(digest), "a");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(file, "onE");

        Assert.Contains("changed or damaged", (await _store.PrepareAsync(ReleaseOf(digest), default))!.Message, StringComparison.Ordinal);
        Assert.Contains("changed or damaged", (await _store.VerifyAsync(digest, default))!.Message, StringComparison.Ordinal);
        Assert.NotNull(await _store.ExportAsync(digest, new MemoryStream(), default));
    }

    [Fact]
    public async Task An_archive_is_the_same_to_the_byte_and_gives_the_same_artifact()
    {
        var digest = await StoreAsync("one");
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        Assert.Null(await _store.ExportAsync(digest, first, default));
        File.SetLastAccessTimeUtc(Path.Combine(_store.FolderOf(digest), "a"), DateTime.UnixEpoch);
        Assert.Null(await _store.ExportAsync(digest, second, default));
        first.Position = 0;

        Assert.Equal(first.ToArray(), second.ToArray());
        Assert.Equal((digest, null), await ArtifactStore.Open(Path.Combine(_root, "other")).Store!.StoreAsync(first, default));
    }

    [Fact]
    public async Task What_was_stored_anew_since_it_was_listed_is_not_removed()
    {
        var digest = await StoreAsync("one");
        Directory.SetLastWriteTimeUtc(_store.FolderOf(digest), DateTime.UnixEpoch);
        var listed = Assert.Single((await _store.ListAsync(default)).Artifacts);
        await StoreAsync("one");

        Assert.Equal((false, null), await _store.RemoveAsync(listed, () => Task.CompletedTask, default));
        Assert.Equal((true, null), await _store.RemoveAsync(Assert.Single((await _store.ListAsync(default)).Artifacts), () => Task.CompletedTask, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_root, "artifacts")));
        Assert.Equal((3, FaultKind.NotFound), (listed.Bytes, (await _store.PrepareAsync(ReleaseOf(digest), default))!.Kind));
    }

    [Fact]
    public async Task Stores_and_removals_at_once_leave_whole_artifacts_or_none()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) Assert.NotNull(await StoreAsync("one"));
        }));
        var removals = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
                foreach (var one in (await _store.ListAsync(default)).Artifacts) await _store.RemoveAsync(one, () => Task.CompletedTask, default);
        }));
        await Task.WhenAll(stores.Concat(removals));

        foreach (var one in (await _store.ListAsync(default)).Artifacts) Assert.Null(await _store.VerifyAsync(one.Digest, default));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(_root, "artifacts")), entry => Path.GetFileName(entry).StartsWith('.'));
    }

    [Fact]
    public void A_removal_that_was_killed_half_way_is_swept_at_the_next_start()
    {
        var left = Directory.CreateDirectory(Path.Combine(_root, "artifacts", ".incoming-removed-1", "sub"));
        File.SetUnixFileMode(left.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        _ = ArtifactStore.Open(Path.Combine(_root, "artifacts"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_root, "artifacts")));
    }

    [Fact]
    public async Task OpenSSL_verifies_what_we_sign_and_our_key_as_PEM()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "openssl is not installed");
        var keys = new SigningKeys(Path.Combine(_root, "keys"));
        var statement = new Provenance("sha256:" + new string('a', 64), "shop", "run-1").ToStatement();
        var signed = DsseEnvelope.Preauthenticate(InTotoStatement.PayloadType, statement);
        var (signature, _) = await keys.SignAsync(signed, default);
        await File.WriteAllBytesAsync(Path.Combine(_root, "signed"), signed);
        await File.WriteAllBytesAsync(Path.Combine(_root, "signature"), [.. signature!.Bytes]);
        await File.WriteAllTextAsync(Path.Combine(_root, "key.pem"), (await keys.TrustedAsync(default)).Keys[0].Pem());

        Assert.Equal(0, await RunAsync("/usr/bin/openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"));
        await File.AppendAllTextAsync(Path.Combine(_root, "signed"), " ");
        Assert.NotEqual(0, await RunAsync("/usr/bin/openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"));
    }

    [Fact]
    public async Task A_secret_that_was_taken_out_again_is_found_in_the_history_of_git()
    {
        var token = "ghp_" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1b";
        Assert.Equal(0, await RunAsync("git", "init", "-q", "-b", "main", "."));
        await CommitAsync("fine\n");
        await CommitAsync($"fine\nkey {token}\n");
        await CommitAsync("fine\n");
        var found = new List<Finding>();
        var scan = new SecretScan(BuiltInSecretRules.Set, []);

        var (commits, _, fault) = await GitDiffs.HistoryAsync(_root, null, fragment => found.AddRange(scan.Scan(fragment, [])), default);

        Assert.Null(fault);
        Assert.Equal((3, 2, "file.txt"), (commits, Assert.Single(found).Line, found[0].Path));
        Assert.NotNull((await GitDiffs.HistoryAsync(_root, "nowhere..HEAD", _ => { }, default)).Fault);
        Assert.NotNull((await GitDiffs.HistoryAsync(_root, "--output=/tmp/x", _ => { }, default)).Fault);
    }

    private async Task CommitAsync(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_root, "file.txt"), text);
        Assert.Equal(0, await RunAsync("git", "add", "file.txt"));
        Assert.Equal(0, await RunAsync("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x"));
    }

    private async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _root, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private async Task<string> StoreAsync(string content)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "b") { LinkName = "a" });
        }
        tar.Position = 0;
        var (digest, fault) = await _store.StoreAsync(tar, default);
        Assert.Null(fault);
        return digest!;
    }

    private static Release ReleaseOf(string artifact) => new("sha256:r", "shop", "1", artifact, new() { Command = ["true"] }, default);
}
