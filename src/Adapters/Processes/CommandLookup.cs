using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes;

/// <summary>Finds the program of a command and says beforehand, in words, why it could not be executed.</summary>
internal static class CommandLookup
{
    private const int HeadBytes = 4096;

    /// <summary>The program's absolute path, or why there is none.</summary>
    /// <param name="program">With a slash: a path, relative to the working directory. Without: looked for on PATH.</param>
    /// <param name="workingDirectory">Where the command will run.</param>
    /// <param name="searchPath">Value of PATH.</param>
    public static (string? Path, Fault? Fault) Find(string program, string workingDirectory, string searchPath)
    {
        if (program.Length == 0) return (null, Bad("the command is empty; name a program"));
        if (!program.Contains('/', StringComparison.Ordinal))
        {
            var found = searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(workingDirectory, folder, program))
                .FirstOrDefault(candidate => File.Exists(candidate) && Executable(candidate));
            return found is not null ? Check(found)
                : File.Exists(Path.Combine(workingDirectory, program))
                    ? (null, Bad($"command '{program}' is not on PATH ({searchPath}), but the artifact has such a file: write './{program}'"))
                    : (null, Bad($"command '{program}' was not found on PATH ({searchPath}); install it, or give a path such as './{program}'"));
        }

        var path = Path.GetFullPath(Path.Combine(workingDirectory, program));
        if (Directory.Exists(path)) return (null, Bad($"command {path} is a folder; name the program in it"));
        if (!File.Exists(path)) return (null, Bad($"command {path} does not exist; check the command's path and what the artifact holds"));
        return Executable(path) ? Check(path) : (null, Bad($"command {path} is not executable; run chmod +x on it before it is packed"));
    }

    private static Fault Bad(string message) => new(FaultKind.Failed, Blame.Release, false, message);

    private static bool Executable(string path)
        // access(2) lets root execute only what somebody may execute.
        => Posix.Access(path, Posix.ExecuteAccess) == 0;

    private static (string? Path, Fault? Fault) Check(string path)
    {
        var head = new byte[HeadBytes];
        int length;
        try
        {
            using var file = File.OpenHandle(path);
            length = RandomAccess.Read(file, head, 0);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return (path, null); // A program may be executable and not readable.
        }

        var problem = Problem(head.AsSpan(0, length), path);
        return problem is null ? (path, null) : (null, Bad(problem));
    }

    private static string? Problem(ReadOnlySpan<byte> head, string path)
    {
        if (head.IsEmpty) return $"command {path} is an empty file";
        if (head.StartsWith("#!"u8)) return Script(head, path);
        if (head.StartsWith("\u007fELF"u8)) return Elf(head, path);
        // Text without #! is run by the shell, as exec of a shell does. Anything else only by an interpreter that is registered with the kernel.
        return head.Contains((byte)0) && !HasForeignFormats() ? $"command {path} is neither a program for this machine nor a script (exec format error)" : null;
    }

    private static string? Script(ReadOnlySpan<byte> head, string path)
    {
        var end = head.IndexOf((byte)'\n');
        var line = Encoding.UTF8.GetString(end < 0 ? head[2..] : head[2..end]);
        var interpreter = line.Trim(' ', '\t').Split(' ', '\t')[0];
        if (interpreter.EndsWith('\r')) return $"command {path} has Windows line ends, so its interpreter '{interpreter.TrimEnd()}\\r' does not exist; convert it to Unix line ends";
        return File.Exists(interpreter) ? null : $"command {path} asks for the interpreter '{interpreter}', which does not exist here; install it or mend the first line";
    }

    // ELF, version 1.2: e_ident[4] class, [5] byte order, e_machine at 18; 64-bit program headers at e_phoff, of which type 3 names the loader.
    private static string? Elf(ReadOnlySpan<byte> head, string path)
    {
        if (head.Length < 64 || HasForeignFormats()) return null;
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]);
        ushort? ours = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 62, Architecture.Arm64 => 183, _ => null };
        var is64 = head[4] == 2;
        if (is64 && ours is not null && machine != ours) return $"command {path} is built for another kind of processor (ELF machine {machine}, here {ours}); build it for {RuntimeInformation.RuntimeIdentifier}";
        if (!is64) return null;
        var table = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (var i = 0; i < count; i++)
        {
            var at = table + (ulong)(i * size);
            if (at + 56 > (ulong)head.Length) return null;
            var entry = head[(int)at..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != 3) continue;
            var (offset, length) = (BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]));
            if (offset > (ulong)head.Length || length < 2 || length > (ulong)head.Length - offset) return null;
            var loader = Encoding.UTF8.GetString(head.Slice((int)offset, (int)length - 1));
            return File.Exists(loader) ? null : $"command {path} needs the loader {loader}, which is not on this machine; build it for this system's C library";
        }

        return null;
    }

    private static bool HasForeignFormats()
    {
        const string Formats = "/proc/sys/fs/binfmt_misc";
        return Directory.Exists(Formats) && Directory.EnumerateFiles(Formats).Any(file => Path.GetFileName(file) is not ("register" or "status"));
    }
}
