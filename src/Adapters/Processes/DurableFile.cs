using Fairway.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Processes;

/// <summary>Writes small files so that a crash at any moment leaves the old or the new content, never a part.</summary>
internal static class DurableFile
{
    /// <summary>Replaces the file: temporary file, fsync, rename, fsync of the folder.</summary>
    public static Fault? Replace(string path, string content)
    {
        var temporary = path + ".tmp";
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var file = new FileStream(temporary, options))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(content));
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
