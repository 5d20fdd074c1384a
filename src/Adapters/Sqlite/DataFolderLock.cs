using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Sqlite;

/// <summary>
/// One control plane per data folder: an exclusive <c>flock(2)</c> on the file <c>lock</c>, which also holds the owner's pid for the
/// message to the next. The kernel lets go of it when the owner ends, however it ends; the file stays and means nothing by itself.
/// </summary>
public sealed partial class DataFolderLock : IDisposable
{
    private const int WouldBlock = 11;
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Takes the folder, which must exist.</summary>
    /// <exception cref="LedgerException">Another process (or another part of this one) has it, or the file cannot be written.</exception>
    public static DataFolderLock Take(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), LedgerFiles.LockName);
        FileStream? file = null;
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix; the descriptor is not inherited by programs started later.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
            return new(file);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new LedgerException(
                new(FaultKind.Conflict, Blame.Platform, true,
                    $"the data folder {Path.GetFullPath(folder)} is in use by the control plane with pid {ReadPid(path)}. Stop that one "
                        + "first, or choose another data folder"),
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw SqliteFaults.From(e, path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads without asking for a lock, which .NET's own way to open a file always does.</summary>
    private static string ReadPid(string path)
    {
        var descriptor = Open(path, 0);
        if (descriptor < 0) return "unknown";
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> text = stackalloc byte[16];
        var length = RandomAccess.Read(handle, text, 0);
        return int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? pid.ToString(CultureInfo.InvariantCulture)
            : "unknown";
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
