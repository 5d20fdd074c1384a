using Fairway.Kernel;

namespace Fairway.Judgement;

/// <summary>
/// The absolute ceiling: regressed when, in the window or since the candidate has traffic, whichever is shorter, its errors reach the
/// policy's share of at least the
/// policy's number of requests. All there is when there is nothing to compare with.
/// </summary>
/// <param name="Policy">The limits.</param>
/// <param name="Requests">The candidate's requests in the window.</param>
/// <param name="Errors">Of these, errors.</param>
/// <param name="IsShared">The stable arm fails at least half as often as the ceiling allows: what fails is shared, and only the comparison
/// can tell.</param>
/// <remarks>A window, because a release that fails after a million good requests has failed too.</remarks>
internal readonly record struct Ceiling(JudgePolicy Policy, long Requests, long Errors, bool IsShared)
{
    public Verdict Verdict => IsOver && !IsShared ? Verdict.Regressed : Verdict.InsufficientEvidence;

    public Why Why
    {
        get
        {
            if (Requests < Policy.MinRequests)
                return Why.Because("too-few-requests", "{requests} of {needed} requests needed for a verdict",
                    ("requests", Requests), ("needed", Policy.MinRequests), ("errors", Errors));
            var limit = Weight.FromPercent((decimal)(Math.Clamp(Policy.MaxErrorRatio, 0, 1) * 100));
            return Why.Because(!IsOver ? "under-ceiling" : IsShared ? "shared-incident" : "error-ceiling",
                IsOver && IsShared ? "{errors} of its last {requests} requests failed, but so do those of the stable release: both are hit by the same"
                    : "{errors} of its last {requests} requests failed; the limit is {limit}",
                ("errors", Errors), ("requests", Requests), ("limit", limit));
        }
    }

    private bool IsOver => Requests >= Policy.MinRequests && Requests > 0 && (double)Errors / Requests >= Policy.MaxErrorRatio;

    public static Ceiling Of(JudgePolicy policy, ImmutableArray<RecentTick> recent)
    {
        long requests = 0, errors = 0, stableRequests = 0, stableErrors = 0;
        foreach (var one in recent)
        {
            (requests, errors) = (requests + one.Counts.Requests, errors + one.Counts.Errors);
            (stableRequests, stableErrors) = (stableRequests + one.StableRequests, stableErrors + one.StableErrors);
        }
        // Without metrics there is no comparison that could tell, so the ceiling stands alone.
        var isShared = !policy.Metrics.IsEmpty && stableRequests > 0 && stableRequests >= policy.MinRequests
            && (double)stableErrors / stableRequests >= policy.MaxErrorRatio / 2;
        return new(policy, requests, errors, isShared);
    }
}
