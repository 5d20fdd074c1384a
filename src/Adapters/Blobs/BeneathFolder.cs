using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Blobs;

/// <summary>
/// Opens and makes files in a folder that others write to at the same time: the kernel itself follows no link and goes nowhere outside of it (openat2(2),
/// Linux 5.6). What is made belongs to whom the folder belongs to.
/// </summary>
internal sealed unsafe partial class BeneathFolder : IDisposable
{
    private const long OpenAt2 = 437; // On every architecture.
    private const ulong NoSymbolicLinks = 0x04;
    private const ulong Beneath = 0x08;
    private const int WriteOnly = 0x1;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int NonBlocking = 0x800;
    private const int PathOnly = 0x200000;
    private const int CloseOnExec = 0x80000;
    private const int AtEmptyPath = 0x1000;
    private const int AtSymlinkNoFollow = 0x100;
    private const int RemoveFolder = 0x200;
    private static readonly int FolderOnly = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    private static readonly bool IsRoot = EffectiveUser() == 0;
    private readonly SafeFileHandle _root;
    private readonly uint _user;
    private readonly uint _group;

    /// <summary>A folder that exists.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public BeneathFolder(string path)
    {
        _root = new(Open(path, FolderOnly | PathOnly | CloseOnExec), ownsHandle: true);
        if (_root.IsInvalid) throw Failed(path);
        // statx(2): stx_uid at byte 20, stx_gid at 24.
        var block = stackalloc byte[256];
        if (StatX((int)_root.DangerousGetHandle(), "", AtEmptyPath, 0x7ff, block) != 0) throw Failed(path);
        (_user, _group) = (*(uint*)(block + 20), *(uint*)(block + 24));
    }

    /// <summary>Opens a plain file to be read; null when it is none, is gone, or lies behind a link.</summary>
    public FileStream? Read(string path)
    {
        // Non-blocking, so that a pipe of that name holds nobody up.
        var handle = At(path, NonBlocking | CloseOnExec, 0);
        if (handle.IsInvalid) return null;
        var block = stackalloc byte[256];
        // statx(2): stx_mode at byte 28; its type bits are those of a plain file.
        if (StatX((int)handle.DangerousGetHandle(), "", AtEmptyPath, 0x7ff, block) == 0 && (*(ushort*)(block + 28) & 0xF000) == 0x8000)
            return new(handle, FileAccess.Read, bufferSize: 0);
        handle.Dispose();
        return null;
    }

    /// <summary>Makes a file in the place of whatever file or link is there; folders above it are made.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileStream Write(string path, bool executable)
    {
        MakeFolders(path);
        Remove(path);
        var handle = At(path, WriteOnly | Create | Exclusive | CloseOnExec, executable ? 0b111_101_101u : 0b110_100_100u);
        if (handle.IsInvalid) throw Failed(path);
        if (IsRoot && ChangeOwner((int)handle.DangerousGetHandle(), _user, _group) != 0) throw Failed(path);
        // What the process's mask took away.
        if (ChangeMode((int)handle.DangerousGetHandle(), executable ? 0b111_101_101u : 0b110_100_100u) != 0) throw Failed(path);
        return new(handle, FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Makes a link in the place of whatever file or link is there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Link(string path, string target)
    {
        MakeFolders(path);
        Remove(path);
        using var parent = Parent(path);
        if (SymlinkAt(target, (int)parent.DangerousGetHandle(), Path.GetFileName(path)) != 0) throw Failed(path);
        if (IsRoot) ChangeOwnerAt((int)parent.DangerousGetHandle(), Path.GetFileName(path), _user, _group, AtSymlinkNoFollow);
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private void Remove(string path)
    {
        using var parent = Parent(path);
        if (UnlinkAt((int)parent.DangerousGetHandle(), Path.GetFileName(path), 0) != 0) UnlinkAt((int)parent.DangerousGetHandle(), Path.GetFileName(path), RemoveFolder);
    }

    private void MakeFolders(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var folder = path[..slash];
            using (var there = At(folder, FolderOnly | PathOnly | CloseOnExec, 0))
                if (!there.IsInvalid) continue;
            using var parent = Parent(folder);
            var name = Path.GetFileName(folder);
            // Whoever was first; if it is no folder, opening it says so.
            if (MakeFolderAt((int)parent.DangerousGetHandle(), name, 0b111_101_101u) == 0 && IsRoot)
                ChangeOwnerAt((int)parent.DangerousGetHandle(), name, _user, _group, AtSymlinkNoFollow);
        }
    }

    private SafeFileHandle Parent(string path)
    {
        var handle = At(Path.GetDirectoryName(path) is { Length: > 0 } above ? above : ".", FolderOnly | PathOnly | CloseOnExec, 0);
        return handle.IsInvalid ? throw Failed(path) : handle;
    }

    private SafeFileHandle At(string path, int flags, uint mode)
    {
        var how = new OpenHow { Flags = (ulong)flags, Mode = mode, Resolve = NoSymbolicLinks | Beneath };
        return new(unchecked((nint)SystemCall(OpenAt2, (int)_root.DangerousGetHandle(), path, &how, sizeof(OpenHow))), ownsHandle: true);
    }

    private static IOException Failed(string path) => new($"{path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long SystemCall(long number, int folder, string path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, byte* block);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(int file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeMode(int file, uint mode);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerAt(int folder, string path, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolderAt(int folder, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SymlinkAt(string target, int folder, string path);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(int folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
