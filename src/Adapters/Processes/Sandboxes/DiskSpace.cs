using System.Globalization;
using System.Runtime.InteropServices;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Asks a file system how much room it has.</summary>
internal static unsafe partial class DiskSpace
{
    /// <summary>The room where a folder is; null when that cannot be told.</summary>
    public static DiskRoom? Of(string folder)
    {
        // struct statvfs (POSIX): block size, fragment size, blocks, free blocks, those that may be used; longs of the machine, and some more fields.
        var told = stackalloc ulong[32];
        return Ask(folder, told) == 0 ? new((long)(told[1] * told[4]), (long)(told[1] * told[2])) : null;
    }

    /// <summary>An amount for people.</summary>
    public static string Text(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB");

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Ask(string path, ulong* told);
}
