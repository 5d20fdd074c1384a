using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.Kernel;
using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>Gives each instance a port that nobody holds or listens on.</summary>
internal static class PortAllocator
{
    /// <summary>A free port, or why there is none.</summary>
    /// <param name="range">Where to look.</param>
    /// <param name="taken">Ports held by other instances, listening or not.</param>
    /// <param name="previous">The port of the run before: kept, so addresses stay, unless it is to be avoided or is not free.</param>
    /// <param name="avoid">That port did not work.</param>
    /// <param name="space">
    /// Spreads the choice: another control plane on this machine starts instances of the same name, and may be told of a free port that ours has
    /// not yet bound.
    /// </param>
    /// <param name="instance">Spreads the choice.</param>
    /// <param name="attempt">Spreads the choice.</param>
    public static (int Port, Fault? Fault) Choose(
        PortRange range, IReadOnlySet<int> taken, int? previous, bool avoid, string space, string instance, int attempt)
    {
        if (previous is { } before && !avoid && !taken.Contains(before) && IsFree(before)) return (before, null);
        foreach (var port in PortChoice.Candidates(range, Ephemeral(), taken, previous, $"{space}/{instance}", attempt))
            if (IsFree(port)) return (port, null);
        return (0, new(
            FaultKind.Exhausted, Blame.Platform, true,
            $"no port from {range.First} to {range.Last} is free for {instance}; stop what uses them or set another range"));
    }

    // Bound to every address, so that a listener on any of them is noticed.
    private static bool IsFree(int port)
    {
        try
        {
            using var socket = Socket.OSSupportsIPv6
                ? new Socket(SocketType.Stream, ProtocolType.Tcp)
                : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static PortRange Ephemeral()
    {
        const string Setting = "/proc/sys/net/ipv4/ip_local_port_range";
        if (!File.Exists(Setting)) return new(32768, 60999);
        var parts = File.ReadAllText(Setting).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
