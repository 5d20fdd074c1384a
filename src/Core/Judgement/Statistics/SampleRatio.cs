namespace Fairway.Judgement.Statistics;

/// <summary>
/// Whether the candidate gets the share of requests that the route table says. A mismatch is a fault of routing (or of the counting), and
/// then neither arm's figures
/// can be trusted to be about the same requests.
/// </summary>
/// <remarks>
/// Likelihood ratios of the binomial share at six tilts of its odds, against the nearer end of a tolerated factor. Requests come in clumps
/// (sticky users, retries),
/// so a tick counts for at most a few requests: an e-value to a power below one is an e-value (Jensen).
/// </remarks>
public static class SampleRatio
{
    /// <summary>Probability of calling a right split wrong.</summary>
    public const double Alpha = 0.001;

    private const double Tolerated = 1.2;
    private const double MostPerTick = 50;
    private static readonly ImmutableArray<double> Tilts = [1 / 4.0, 1 / 2.0, 1 / 1.5, 1.5, 2, 4];

    /// <summary>The log-likelihood ratios after one more tick, rounded to 1e-6.</summary>
    /// <param name="before">One per tilt, or empty.</param>
    /// <param name="share">The candidate's share by the route table, in (0, 1).</param>
    /// <param name="candidate">The candidate's requests.</param>
    /// <param name="total">Requests of both arms.</param>
    public static ImmutableArray<double> Add(ImmutableArray<double> before, double share, long candidate, long total)
    {
        if (total == 0) return before;
        var power = Math.Min(1, MostPerTick / total);
        var next = ImmutableArray.CreateBuilder<double>(Tilts.Length);
        for (var i = 0; i < Tilts.Length; i++)
        {
            var edge = BinomialLikelihood.Tilt(share, Tilts[i] < 1 ? 1 / Tolerated : Tolerated);
            var gained = power * BinomialLikelihood.LogRatio(candidate, total, BinomialLikelihood.Tilt(share, Tilts[i]), edge);
            next.Add(LogSum.Round((before.IsEmpty ? 0 : before[i]) + gained));
        }
        return next.MoveToImmutable();
    }

    /// <summary>Whether the split is proven wrong.</summary>
    public static bool IsWrong(ImmutableArray<double> logs) => !logs.IsEmpty && LogSum.Mean(logs.AsSpan()) >= -Math.Log(Alpha);
}
