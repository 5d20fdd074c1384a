namespace Fairway.Judgement.Statistics;

/// <summary>
/// How evidence is weighed over alternatives and over times at which a regression may begin. Weights are fixed beforehand and sum to one,
/// so the wealth
/// <c>reserve + Σ bets</c> is an e-process: under the null it reaches 1/α with probability at most α, whenever one looks (J. Ville 1939).
/// </summary>
/// <remarks>
/// Mixture over alternatives: H. Robbins, Annals of Mathematical Statistics 41, 1970. Over beginnings, wealth is moved from a reserve into
/// the bets: a mixture over
/// change points, as in J. Shin, A. Ramdas, A. Rinaldo, "E-detectors", arXiv 2203.03532. Without it, an hour of good behaviour would have
/// to be made up for.
/// </remarks>
public static class Bets
{
    /// <summary>Part of the wealth kept back at the start.</summary>
    public const double Reserve = 0.08;

    /// <summary>Part of the reserve that is bet anew with each block.</summary>
    public const double PerBlock = 0.05;

    /// <summary>Part of the reserve that is bet anew after the candidate's share was changed.</summary>
    public const double PerShift = 0.2;

    private static readonly ImmutableArray<(int Rungs, double Weight)> Worse =
        [(2, 0.01), (4, 0.12), (7, 0.34), (10, 0.12), (14, 0.11), (28, 0.30)];

    private static readonly ImmutableArray<(int Rungs, double Weight)> Better = [(3, 0.15), (4, 0.25), (5, 0.25), (6, 0.15), (8, 0.12), (12, 0.08)];

    /// <summary>ln of each alternative's part.</summary>
    public static ImmutableArray<double> LogWeights { get; } = [.. Worse.Select(bet => Math.Log(bet.Weight))];

    /// <summary>ln of each better ratio's part in the proof of safety.</summary>
    public static ImmutableArray<double> LogSafetyWeights { get; } = [.. Better.Select(bet => Math.Log(bet.Weight))];

    /// <summary>The rung of an alternative above the tolerated ratio.</summary>
    public static int Alternative(int index, int tolerated) => Math.Min(RatioLadder.Count - 1, tolerated + Worse[index].Rungs);

    /// <summary>The rung of a ratio below the margin.</summary>
    public static int BetterThan(int index, int margin) => Math.Max(0, margin - Better[index].Rungs);
}
