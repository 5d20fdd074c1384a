using NodaTime;

namespace Fairway.Runtime;

/// <summary>
/// Waits between attempts that double up to a limit, with up to a quarter taken off by a hash of who waits: reproducible, and spread out.
/// </summary>
/// <param name="First">Before the second attempt.</param>
/// <param name="Longest">Never longer than this.</param>
public sealed record Backoff(Duration First, Duration Longest)
{
    /// <summary>For an effect that a port could not do just now.</summary>
    public static Backoff Effects { get; } = new(Duration.FromMilliseconds(100), Duration.FromSeconds(5));

    /// <summary>For a ledger that cannot be written.</summary>
    public static Backoff Ledger { get; } = new(Duration.FromMilliseconds(250), Duration.FromSeconds(5));

    /// <summary>For a part of the engine that ended by an error.</summary>
    public static Backoff Parts { get; } = new(Duration.FromMilliseconds(100), Duration.FromSeconds(30));

    /// <summary>The wait after attempt number <paramref name="attempt"/>, counted from 1.</summary>
    public Duration After(int attempt, string who)
    {
        var doublings = Math.Clamp(attempt - 1, 0, 30);
        var full = Math.Min(First.TotalMilliseconds * (1L << doublings), Longest.TotalMilliseconds);
        return Duration.FromMilliseconds(full * (1 - (0.25 * Share(who, attempt))));
    }

    // FNV-1a, 32 bits (RFC 9923): string.GetHashCode differs from process to process.
    private static double Share(string who, int attempt)
    {
        var hash = 2166136261u;
        foreach (var letter in who) hash = (hash ^ letter) * 16777619u;
        return ((hash ^ (uint)attempt) * 16777619u) / (double)uint.MaxValue;
    }
}
