using System.IO.Compression;
using Fairway.Kernel;
using Fairway.Scanning;

namespace Fairway.Adapters.Osv;

/// <summary>
/// An offline copy of the OSV database: a folder of JSON files, one JSON file, or a zip of them as osv.dev publishes it (<c>all.zip</c>). At most
/// <see cref="MostEntries"/> entries and <see cref="MostBytes"/> bytes unpacked; what is no entry is told and passed over.
/// </summary>
public static class OsvDatabase
{
    /// <summary>Most entries.</summary>
    public const int MostEntries = 2_000_000;

    /// <summary>Most bytes, unpacked.</summary>
    public const long MostBytes = 16L << 30;

    /// <summary>Reads the entries about wanted packages.</summary>
    /// <param name="path">Folder, zip or JSON file.</param>
    /// <param name="wanted">Packages.</param>
    /// <param name="unread">Where a sentence goes for each part that cannot be used.</param>
    /// <param name="cancellation">Stops half-way.</param>
    /// <returns>The entries and how many were looked at; or why there are none.</returns>
    public static (ImmutableArray<OsvEntry> Entries, long Looked, Fault? Fault) Read(
        string path, IEnumerable<Package> wanted, ICollection<string> unread, CancellationToken cancellation)
    {
        var names = wanted.Select(package => (package.Kind, package.ComparedName)).ToHashSet();
        var entries = ImmutableArray.CreateBuilder<OsvEntry>();
        var (looked, bytes) = (0L, 0L);
        try
        {
            foreach (var (name, open, length) in Sources(path))
            {
                cancellation.ThrowIfCancellationRequested();
                if (++looked > MostEntries || (bytes += length) > MostBytes) return ([], looked, Invalid($"{path} is larger than a vulnerability database may be"));
                if (length > OsvEntry.MaxBytes)
                {
                    unread.Add($"{name}: it is larger than {OsvEntry.MaxBytes >> 20} MiB");
                    continue;
                }
                try
                {
                    if (OsvEntry.Read(Content(open), (kind, package) => names.Contains((kind, package))) is { } entry) entries.Add(entry);
                }
                catch (FormatException malformed)
                {
                    if (unread.Count < 100) unread.Add($"{name}: it is no OSV entry: {malformed.Message}");
                }
            }
            return looked == 0 ? ([], 0, Invalid($"{path} holds no OSV entries; name a folder of JSON files or a zip of osv.dev")) : (entries.ToImmutable(), looked, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return ([], looked, Invalid($"the vulnerability database {path} cannot be read: {failure.Message}"));
        }
    }

    private static IEnumerable<(string Name, Func<Stream> Open, long Length)> Sources(string path)
    {
        if (Directory.Exists(path))
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (var file in Directory.EnumerateFiles(path, "*.json", options)) yield return (file, () => File.OpenRead(file), new FileInfo(file).Length);
            foreach (var file in Directory.EnumerateFiles(path, "*.zip", options))
                foreach (var source in Zipped(file)) yield return source;
        }
        else if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) yield return (path, () => File.OpenRead(path), new FileInfo(path).Length);
        else
            foreach (var source in Zipped(path)) yield return source;
    }

    private static IEnumerable<(string Name, Func<Stream> Open, long Length)> Zipped(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
            if (entry.FullName.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) yield return (entry.FullName, entry.Open, entry.Length);
    }

    // The length that a zip claims may be a lie.
    private static ReadOnlyMemory<byte> Content(Func<Stream> open)
    {
        using var stream = open();
        using var content = new MemoryStream();
        var buffer = new byte[32 << 10];
        int read;
        while (content.Length <= OsvEntry.MaxBytes && (read = stream.Read(buffer)) > 0) content.Write(buffer, 0, read);
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    private static Fault Invalid(string message) => new(FaultKind.Invalid, Blame.Configuration, false, message);
}
