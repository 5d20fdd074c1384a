using System.Runtime.InteropServices;
using Fairway.Kernel;

namespace Fairway.Traffic;

/// <summary>
/// How a service's requests divide between its two arms. A user's key has a fixed position in 0 to 9,999 for one salt; the candidate takes the positions
/// under its weight. So a share is exact in the mean, a larger weight keeps every user it already had, and each salt divides users anew.
/// </summary>
/// <param name="Stable">Index of the arm that serves when the other cannot; −1 without arms.</param>
/// <param name="Candidate">Index of the arm being shifted to; −1 with fewer than two arms.</param>
/// <param name="CandidateWeight">The candidate's share.</param>
/// <param name="Seed">From the salt.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TrafficSplit(int Stable, int Candidate, Weight CandidateWeight, ulong Seed)
{
    /// <summary>Number of positions: one for each basis point.</summary>
    public const int Positions = 10_000;

    /// <summary>The split of a service: its candidate is the preview arm, or without one the last of two.</summary>
    public static TrafficSplit Of(ServiceRoutes routes)
    {
        var seed = StickyHash.Of(routes.Salt, 0);
        if (routes.Arms.Length < 2) return new(routes.Arms.Length - 1, -1, Weight.Zero, seed);
        var candidate = routes.Arms[0].Name == routes.PreviewArm ? 0 : 1;
        return new(1 - candidate, candidate, routes.Arms[candidate].Weight, seed);
    }

    /// <summary>Whether users are really divided: both arms have a share.</summary>
    public bool IsDivided => Candidate >= 0 && CandidateWeight > Weight.Zero && CandidateWeight < Weight.Full;

    /// <summary>A key's position under this split's salt, 0 to 9,999.</summary>
    public int PositionOf(ReadOnlySpan<char> key) => PositionOf(StickyHash.Of(key, Seed));

    /// <summary>The position of a uniform 64-bit number, 0 to 9,999 (D. Lemire's multiply-shift: biased by less than 10^-15).</summary>
    public static int PositionOf(ulong uniform) => (int)Math.BigMul(uniform, (ulong)Positions, out _);

    /// <summary>Index of the arm that has a position.</summary>
    public int ArmAt(int position) => position < CandidateWeight.BasisPoints ? Candidate : Stable;
}
