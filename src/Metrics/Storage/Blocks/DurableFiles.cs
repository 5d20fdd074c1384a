using System.Runtime.InteropServices;

namespace Fairway.Metrics.Storage;

/// <summary>Files and folders that are whole or not there, whatever crashes.</summary>
internal static class DurableFiles
{
    private const string Unfinished = ".tmp";

    /// <summary>The name under which something is made before it gets its own.</summary>
    public static string UnfinishedPath(string path) => path + Unfinished;

    /// <summary>Gives a folder that was made under its unfinished name its own.</summary>
    public static void FinishFolder(string path)
    {
        FlushFolder(UnfinishedPath(path));
        Directory.Move(UnfinishedPath(path), path);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a file that was written and flushed under its unfinished name its own.</summary>
    public static void FinishFile(string path)
    {
        File.Move(UnfinishedPath(path), path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Deletes a folder; a crash in the middle leaves what the next start sweeps away.</summary>
    public static void DeleteFolder(string path)
    {
        var going = path.EndsWith(Unfinished, StringComparison.Ordinal) ? path : UnfinishedPath(path);
        if (going != path)
        {
            if (Directory.Exists(going)) Directory.Delete(going, recursive: true);
            Directory.Move(path, going);
        }

        Directory.Delete(going, recursive: true);
    }

    /// <summary>Sweeps away what a crash left unfinished.</summary>
    public static void Sweep(string folder)
    {
        foreach (var path in Directory.EnumerateDirectories(folder, "*" + Unfinished)) Directory.Delete(path, recursive: true);
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Unfinished)) File.Delete(path);
    }

    /// <summary>Flushes a folder: the names in it.</summary>
    public static void FlushFolder(string path)
    {
        // A folder has no handle in .NET.
        var descriptor = Open(path, 0);
        if (descriptor < 0) throw new IOException($"{path}: cannot be opened to be flushed (error {Marshal.GetLastPInvokeError()})");
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0) throw new IOException($"{path}: cannot be flushed (error {error})");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
