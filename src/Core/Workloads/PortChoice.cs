using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Workloads;

/// <summary>A range of TCP ports, both ends included.</summary>
public sealed record PortRange(int First, int Last)
{
    /// <summary>Whether the port lies in it.</summary>
    public bool Contains(int port) => port >= First && port <= Last;
}

/// <summary>Which port an instance is offered.</summary>
public static class PortChoice
{
    /// <summary>
    /// Ports in the order to try them: from a place that depends on instance and attempt, upwards and round. Leaves out ports that other instances hold,
    /// that the kernel gives to outgoing connections, and the one that just did not work.
    /// </summary>
    public static IEnumerable<int> Candidates(PortRange range, PortRange ephemeral, IReadOnlySet<int> taken, int? avoid, string instance, int attempt)
    {
        var size = range.Last - range.First + 1;
        if (size <= 0) yield break;
        var start = (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{instance}/{attempt}"))) % (uint)size);
        for (var step = 0; step < size; step++)
        {
            var port = range.First + (start + step) % size;
            if (!ephemeral.Contains(port) && !taken.Contains(port) && port != avoid) yield return port;
        }
    }
}
