using Fairway.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Processes;

/// <summary>Writes small files so that a crash at any moment leaves the old or the new content, never a part.</summary>
public static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces the file with a text in UTF-8, for its owner only.</summary>
    public static Fault? Replace(string path, string content) => Replace(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Replaces the file: temporary file, fsync, rename, fsync of the folder. The folder is made when it is missing.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Of the file; of its owner only unless told otherwise.</param>
    /// <returns>Why the file is as it was; null is done.</returns>
    public static Fault? Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly)
    {
        var temporary = path + ".tmp";
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode,
            };
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            using var handle = new SafeFileHandle(Posix.Open(folder, Posix.OpenReadOnly | Posix.OpenCloseOnExec), ownsHandle: true);
            return !handle.IsInvalid && Posix.Fsync(handle) == 0 ? null : FileFault.Of(folder, "cannot be flushed to disk");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return FileFault.Of(path, failure);
        }
    }
}
