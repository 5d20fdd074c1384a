using Fairway.Kernel;

namespace Fairway.Judgement.Statistics;

/// <summary>Failures and requests of both arms in one tick. Raw counts: a conditional test needs whole events.</summary>
public readonly record struct TwoByTwo
{
    /// <summary>A table of counts.</summary>
    /// <exception cref="InvariantBrokenException">A negative count, or more errors than requests.</exception>
    public TwoByTwo(long candidateErrors, long candidateRequests, long stableErrors, long stableRequests)
    {
        Invariant.Check(candidateErrors >= 0 && candidateErrors <= candidateRequests, "the candidate's errors are among its requests");
        Invariant.Check(stableErrors >= 0 && stableErrors <= stableRequests, "the stable arm's errors are among its requests");
        (CandidateErrors, CandidateRequests, StableErrors, StableRequests) = (candidateErrors, candidateRequests, stableErrors, stableRequests);
    }

    /// <summary>eT.</summary>
    public long CandidateErrors { get; }

    /// <summary>nT.</summary>
    public long CandidateRequests { get; }

    /// <summary>eC.</summary>
    public long StableErrors { get; }

    /// <summary>nC.</summary>
    public long StableRequests { get; }

    /// <summary>e = eT + eC.</summary>
    public long Errors => CandidateErrors + StableErrors;

    /// <summary>Fewest errors the candidate can have given the totals.</summary>
    public long Lowest => Math.Max(0, Errors - StableRequests);

    /// <summary>Most errors the candidate can have given the totals.</summary>
    public long Highest => Math.Min(Errors, CandidateRequests);

    /// <summary>Mean of eT given the totals when both arms are alike (hypergeometric).</summary>
    public double Expected => (double)CandidateRequests * Errors / (CandidateRequests + StableRequests);

    /// <summary>Variance of eT given the totals when both arms are alike (hypergeometric).</summary>
    public double Variance
    {
        get
        {
            double n = CandidateRequests + StableRequests;
            return n < 2 ? 0 : Expected * (1 - Errors / n) * StableRequests / (n - 1);
        }
    }
}
