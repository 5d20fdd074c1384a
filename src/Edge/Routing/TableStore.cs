using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Edge.Routing;

/// <summary>
/// The table on disk: <c>table.json</c>, and <c>table.json.previous</c> that it replaced. Written to a temporary file, flushed, renamed, and the folder flushed, so
/// that a crash at any moment leaves one whole table; a checksum finds what the disk changed by itself.
/// </summary>
internal sealed partial class TableStore(string folder)
{
    private const string FileName = "table.json";
    private readonly string _current = Path.Combine(folder, FileName);
    private readonly string _previous = Path.Combine(folder, FileName + ".previous");
    private readonly string _temporary = Path.Combine(folder, FileName + ".new");

    /// <summary>The newest whole table; with notices of what could not be read. Never throws for a bad file.</summary>
    public (FencedTable Table, ImmutableArray<string> Notices) Load()
    {
        var notices = ImmutableArray.CreateBuilder<string>();
        foreach (var file in (ReadOnlySpan<string>)[_current, _previous])
        {
            if (!File.Exists(file)) continue;
            try
            {
                var table = Read(file);
                if (notices.Count > 0) notices.Add($"the table before it, version {table.Table.Version}, is in force from {file}; the control plane sends the newest when it runs");
                return (table, notices.ToImmutable());
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or InvalidDataException)
            {
                notices.Add($"{file} cannot be used: {failure.Message}{SetAside(file)}");
            }
        }
        if (notices.Count > 0) notices.Add("NO ROUTES ARE IN FORCE: every request is answered 404 until the control plane sends a table (start it with: fairway serve)");
        return (FencedTable.Empty, notices.ToImmutable());
    }

    /// <summary>Writes a table; durable when it returns.</summary>
    /// <exception cref="IOException">It could not be written; the file before it is untouched.</exception>
    public void Save(FencedTable table)
    {
        var content = FairwayJson.Write(table);
        using (var stream = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(Encoding.UTF8.GetBytes($$"""{"checksum":"{{ChecksumOf(content)}}","content":{{content}}}{{"\n"}}"""));
            stream.Flush(flushToDisk: true);
        }
        // Between the two renames there is no table.json; a crash there is answered by Load with the previous one, which was in force until now.
        if (File.Exists(_current)) File.Move(_current, _previous, overwrite: true);
        File.Move(_temporary, _current, overwrite: true);
        FlushFolder(folder);
    }

    private static FencedTable Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("checksum", out var checksum)
            || !document.RootElement.TryGetProperty("content", out var content)) throw new InvalidDataException("it is no table with a checksum");
        var text = content.GetRawText();
        if (checksum.ValueKind != JsonValueKind.String || !checksum.ValueEquals(ChecksumOf(text)))
            throw new InvalidDataException("its checksum does not fit: it was changed by something else than the edge");
        var table = FairwayJson.Read<FencedTable>(text);
        if (table.Table is null || table.Fences is null) throw new InvalidDataException("it is no table");
        return RouteTableCheck.Problems(table.Table) is [var first, ..] ? throw new InvalidDataException(first) : table;
    }

    private static string SetAside(string file)
    {
        var kept = file + ".corrupt";
        try
        {
            File.Move(file, kept, overwrite: true);
            return $"; kept as {kept}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"; it could not be set aside either: {failure.Message}";
        }
    }

    private static string ChecksumOf(string content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static void FlushFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0) throw new IOException($"cannot open {folder} to flush it: error {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Flush(descriptor) != 0) throw new IOException($"cannot flush {folder}: error {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // open(2): O_RDONLY | O_DIRECTORY | O_CLOEXEC as on x86-64; on arm64 O_DIRECTORY has another value and is left out.
    private static int ReadOnlyDirectory => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 0x90000 : 0x80000;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
