using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Fairway.Workloads;

/// <summary>How long an instance that ended waits until it is started again.</summary>
public static class RestartBackoff
{
    /// <summary>After the first failure.</summary>
    public static Duration First { get; } = Duration.FromMilliseconds(500);

    /// <summary>No delay is longer.</summary>
    public static Duration Longest { get; } = Duration.FromSeconds(30);

    /// <summary>Ready for this long, an instance has proved itself: its failures are forgotten.</summary>
    public static Duration ForgivenAfter { get; } = Duration.FromSeconds(60);

    /// <summary>
    /// <see cref="First"/> doubled per failure in a row up to <see cref="Longest"/>, less up to a quarter by a hash of instance and failure, so that
    /// instances that fell together do not rise together.
    /// </summary>
    /// <param name="instance">The instance's id.</param>
    /// <param name="failures">Failures in a row, 1 for the first.</param>
    public static Duration Delay(string instance, int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var doubled = failures > 16 ? Longest : First * (1L << (failures - 1));
        var whole = Duration.Min(doubled, Longest);
        return whole * (1 - 0.25 * Fraction(instance, failures));
    }

    private static double Fraction(string instance, int failures)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{instance}/{failures}"), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue;
    }
}
