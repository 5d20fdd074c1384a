using System.Buffers.Binary;
using System.Net.Sockets;

namespace Fairway.Client;

/// <summary>
/// Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED, unix(7)): pid, uid, gid at the time of connect or listen.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="Uid">User id.</param>
public readonly record struct PeerIdentity(int Pid, uint Uid)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>The peer of a connected Unix socket.</summary>
    public static PeerIdentity Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return new(BinaryPrimitives.ReadInt32LittleEndian(credentials), BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]));
    }

    /// <summary>The user this process runs as (effective user id, proc(5)).</summary>
    public static uint OwnUid()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
            if (line.StartsWith("Uid:", StringComparison.Ordinal)) return uint.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], null);
        throw new InvalidDataException("/proc/self/status has no Uid line");
    }

    /// <summary>
    /// A socket under /tmp could have been made by anybody: commands speak only to a control plane of the same user, or of root. Root may
    /// speak to the one
    /// whose socket lies in the data folder itself.
    /// </summary>
    internal static void CheckServer(Socket socket, DataFolder folder)
    {
        var (_, peer) = Of(socket);
        if (peer == 0) return;
        var own = OwnUid();
        if (peer == own || (own == 0 && !folder.HasShortSockets)) return;
        throw new FairwayException("foreign-control-plane", $"{folder.Socket} belongs to user {peer}, not to you", "check who made it, and remove it");
    }
}
