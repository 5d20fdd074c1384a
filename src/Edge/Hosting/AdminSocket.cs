using System.Net.Sockets;

namespace Fairway.Edge.Hosting;

/// <summary>The admin API's Unix socket: only its owner may open it, and one that a dead edge left behind is replaced.</summary>
internal sealed class AdminSocket : IDisposable
{
    private const int MaxPath = 107;
    private readonly string _path;

    private AdminSocket(string path, Socket socket)
    {
        _path = path;
        Socket = socket;
    }

    /// <summary>The listening socket's handle for the server; the server disposes it.</summary>
    public Socket Socket { get; }

    /// <summary>Binds it.</summary>
    /// <exception cref="EdgeStartException">Somebody answers there, or the path is unusable.</exception>
    public static AdminSocket Bind(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPath)
            throw new EdgeStartException($"the admin socket's path {path} is longer than {MaxPath} bytes, the most that Unix sockets allow; choose a shorter one with --admin");
        if (Answers(path)) throw new EdgeStartException($"another edge answers on {path}; stop it first, or give this one another data folder");
        var fresh = path + ".new";
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(fresh);
            socket.Bind(new UnixDomainSocketEndPoint(fresh));
            // Nobody listens yet, so there is no moment at which others could connect; the rename replaces a stale socket in one step.
            File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(fresh, path, overwrite: true);
            return new AdminSocket(path, socket);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException)
        {
            socket.Dispose();
            throw new EdgeStartException($"the admin socket {path} cannot be made: {failure.Message}; its folder must be writable and on a local disk", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Socket.Dispose();
        File.Delete(_path);
    }

    private static bool Answers(string path)
    {
        if (!File.Exists(path)) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
