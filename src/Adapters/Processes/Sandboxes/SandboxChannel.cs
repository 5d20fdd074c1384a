using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>
/// The pipes between this process and a sandbox. This process holds both ends of each open, so nothing blocks and nobody gets a signal; when it is killed
/// the kernel closes them, and the sandbox ends.
/// </summary>
internal sealed class SandboxChannel : IDisposable
{
    private const int Chunk = 64 * 1024;
    private readonly SafeFileHandle _control;
    private readonly SafeFileHandle _status;
    private readonly SafeFileHandle _lease;
    private readonly SafeFileHandle _output;
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(Chunk);
    private readonly List<byte> _told = [];

    private SandboxChannel(string folder)
    {
        _control = Open(folder, "control");
        _status = Open(folder, "status");
        _lease = Open(folder, "lease");
        _output = Open(folder, "output");
    }

    /// <summary>Opens the pipes of a sandbox's folder.</summary>
    /// <exception cref="IOException">They cannot be opened.</exception>
    public static SandboxChannel Open(string folder) => new(folder);

    /// <summary>Sends a command. Larger than the pipe's room, it goes on as the sandbox reads.</summary>
    /// <returns>False when the sandbox has ended.</returns>
    public async Task<bool> SendAsync(string command, Func<bool> isOver, TimeProvider time, CancellationToken cancellation)
    {
        var all = Encoding.UTF8.GetBytes(command);
        for (var sent = 0; sent < all.Length;)
        {
            var done = Write(all.AsSpan(sent));
            if (done > 0) sent += done;
            else if (isOver()) return false;
            else await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellation);
        }
        return true;
    }

    /// <summary>Waits for output or a word of the sandbox, at most so long, and hands on what is there.</summary>
    /// <returns>Whether there was anything.</returns>
    public unsafe bool Pump(Action<ReadOnlySpan<byte>> output, TimeSpan longest)
    {
        var requests = stackalloc PollRequest[2];
        requests[0] = new() { Descriptor = (int)_output.DangerousGetHandle(), Events = Posix.PollIn };
        requests[1] = new() { Descriptor = (int)_status.DangerousGetHandle(), Events = Posix.PollIn };
        if (Posix.Poll(requests, 2, (int)longest.TotalMilliseconds) <= 0) return false;
        // Output first: what a command wrote before it ended is told before its end.
        var any = false;
        for (var read = Read(_output); read > 0; read = Read(_output))
        {
            output(_chunk.AsSpan(0, read));
            any = true;
            if (read < Chunk) break;
        }
        for (var read = Read(_status); read > 0; read = Read(_status))
        {
            _told.AddRange(_chunk.AsSpan(0, read));
            any = true;
        }
        return any;
    }

    /// <summary>The next line that the sandbox told, without its end; null while it is not whole.</summary>
    public string? TakeLine()
    {
        var end = _told.IndexOf((byte)'\n');
        return end < 0 ? null : Encoding.ASCII.GetString(Take(end + 1).AsSpan(0, end));
    }

    /// <summary>So many bytes that the sandbox told; null while they are not all there.</summary>
    public byte[]? TakeBytes(int count) => _told.Count < count ? null : Take(count);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The word that tells the keeper that this is no death.
        if (!_lease.IsClosed) Write(_lease, "\n"u8);
        _control.Dispose();
        _lease.Dispose();
        _status.Dispose();
        _output.Dispose();
    }

    private byte[] Take(int count)
    {
        var taken = _told[..count].ToArray();
        _told.RemoveRange(0, count);
        return taken;
    }

    private int Write(ReadOnlySpan<byte> bytes) => Write(_control, bytes);

    private static unsafe int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes) return (int)Posix.Write(file, from, (nuint)bytes.Length);
    }

    private unsafe int Read(SafeFileHandle file)
    {
        fixed (byte* into = _chunk) return (int)Posix.Read(file, into, Chunk);
    }

    private static SafeFileHandle Open(string folder, string name)
    {
        var handle = new SafeFileHandle(Posix.Open(Path.Combine(folder, name), Posix.OpenReadWrite | Posix.OpenNonBlocking | Posix.OpenCloseOnExec), ownsHandle: true);
        return handle.IsInvalid ? throw new IOException($"{folder}/{name} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}") : handle;
    }
}
