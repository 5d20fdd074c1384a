using System.Security.Cryptography;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes;

/// <summary>The runtime's data folder: locked for one control plane, with a name of its own that marks its processes.</summary>
internal sealed class RuntimeFolder : IDisposable
{
    private readonly FileStream _lock;

    private RuntimeFolder(string path, string space, FileStream held) => (Path, Space, _lock) = (path, space, held);

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Tells this data folder's processes and control groups from others' on the machine; made once.</summary>
    public string Space { get; }

    /// <summary>Makes the folder if need be and locks it.</summary>
    public static (RuntimeFolder? Folder, Fault? Fault) Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            // Raw output and variables of every service are in here.
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            held = Lock(System.IO.Path.Combine(path, "lock"));
            if (held is null)
                return (null, new(FaultKind.Conflict, Blame.Platform, true, $"another control plane has {path} open; stop it first, or choose another data folder"));
            var name = System.IO.Path.Combine(path, "namespace");
            var space = File.Exists(name) ? File.ReadAllText(name).Trim() : "";
            if (space.Length == 0)
            {
                space = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
                if (DurableFile.Replace(name, space + "\n") is { } fault)
                {
                    held.Dispose();
                    return (null, fault);
                }
            }

            return (new(path, space, held), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            return (null, FileFault.Of(path, failure));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream? Lock(string file)
    {
        try
        {
            // On Linux a share of None is flock(2): it goes with the process, however that ends.
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException busy) when ((busy.HResult & 0xffff) == Posix.TryAgain)
        {
            return null;
        }
    }
}
