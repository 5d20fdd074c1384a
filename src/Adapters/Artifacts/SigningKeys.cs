using System.Globalization;
using System.Security.Cryptography;
using Fairway.Artifacts;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Artifacts;

/// <summary>
/// Keys as PEM files in a folder of their own, <c>0001-ID.pem</c> and so on: the last one is private, readable by this user alone, and signs; of those before it
/// only the public half is kept. A key appears as a whole, by a rename after a flush, or not at all.
/// </summary>
/// <param name="folder">The folder; made when the first key is.</param>
public sealed class SigningKeys(string folder) : ISigningKeys
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private readonly Lock _turn = new();

    /// <inheritdoc/>
    public Task<(ImmutableArray<ProvenanceKey> Keys, Fault? Fault)> TrustedAsync(CancellationToken cancellation)
        => InTurnAsync<ImmutableArray<ProvenanceKey>>(() => ([.. Files().Select(PublicOf)], null), cancellation);

    /// <inheritdoc/>
    public Task<(DsseSignature? Signature, Fault? Fault)> SignAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => InTurnAsync<DsseSignature?>(() =>
    {
        if (Files() is not [var newest, ..]) newest = Make(1);
        if (!IsPrivate(newest)) newest = Make(Number(newest) + 1);
        if ((File.GetUnixFileMode(newest) & Others) != UnixFileMode.None)
        {
            return (null, new(FaultKind.Forbidden, Blame.Platform, false,
                $"{newest} can be read by others, so anybody may have signed with it; run chmod 600 on it, and then `fairway artifact keys --rotate`"));
        }
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(newest));
        var signature = key.SignData(bytes.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return (new(ProvenanceKey.Of(key.ExportSubjectPublicKeyInfo()).Id, [.. signature]), null);
    }, cancellation);

    /// <inheritdoc/>
    public Task<(ProvenanceKey? Key, Fault? Fault)> RotateAsync(CancellationToken cancellation) => InTurnAsync<ProvenanceKey?>(() =>
    {
        var before = Files();
        var made = Make(before is [var newest, ..] ? Number(newest) + 1 : 1);
        Retire(before);
        return (PublicOf(made), null);
    }, cancellation);

    // The newest first.
    private string[] Files()
    {
        if (!Directory.Exists(folder)) return [];
        foreach (var leftover in Directory.EnumerateFiles(folder, ".*.tmp")) File.Delete(leftover);
        var files = Directory.GetFiles(folder, "*.pem");
        Array.Sort(files, (one, other) => string.CompareOrdinal(other, one));
        if (files.Length > 1) Retire(files[1..]);
        return files;
    }

    private string Make(int number)
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:D4}-{ProvenanceKey.Of(key.ExportSubjectPublicKeyInfo()).Id[..16]}.pem"));
        Write(file, key.ExportPkcs8PrivateKeyPem() + "\n", OwnerOnly);
        return file;
    }

    private static void Retire(string[] files)
    {
        foreach (var file in files)
            if (IsPrivate(file)) Write(file, PublicOf(file).Pem(), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void Write(string file, string text, UnixFileMode mode)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(file)!, $".{Guid.NewGuid():N}.tmp");
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, file, overwrite: true);
    }

    private static int Number(string file)
        => int.TryParse(Path.GetFileName(file).AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new CryptographicException($"{file} is no key of ours; take it out of the folder");

    private static bool IsPrivate(string file) => File.ReadAllText(file).Contains("-----BEGIN PRIVATE KEY-----", StringComparison.Ordinal);

    private static ProvenanceKey PublicOf(string file)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(file));
        return ProvenanceKey.Of(key.ExportSubjectPublicKeyInfo());
    }

    private Task<(T? Value, Fault? Fault)> InTurnAsync<T>(Func<(T?, Fault?)> act, CancellationToken cancellation) => Task.Run(() =>
    {
        try
        {
            lock (_turn) return act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException)
        {
            // Never what a file holds: it may be a private key.
            return (default, new(FaultKind.Unavailable, Blame.Platform, failure is IOException, $"the signing keys in {folder} cannot be used: {failure.Message}"));
        }
    }, cancellation);
}
