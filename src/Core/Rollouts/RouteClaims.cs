using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Rollouts;

/// <summary>Whether a service's routes are another's already: one edge cannot tell the two apart, and refuses the second.</summary>
public static class RouteClaims
{
    /// <summary>Why a service may not have its routes; null when it may.</summary>
    /// <param name="wanted">As it is configured.</param>
    /// <param name="others">Every service there is; itself among them changes nothing.</param>
    public static Why? Refuse(ServiceSpec wanted, IEnumerable<ServiceState> others)
    {
        if (wanted.Routes.IsEmpty) return null;
        var own = wanted.Routes.Select(RoutePattern.Identity).ToHashSet(StringComparer.Ordinal);
        foreach (var other in others)
        {
            if (other.Key == wanted.Key) continue;
            foreach (var match in Claimed(other))
                if (own.Contains(RoutePattern.Identity(match)))
                    return Why.Because("routes-taken", "{service} and {other} both claim {route}, and one edge cannot tell them apart: give one of them another host, path or header",
                        ("service", wanted.Key), ("other", other.Key), ("route", (match.Host ?? "any host") + match.PathPrefix));
        }
        return null;
    }

    private static ImmutableArray<RouteMatch> Claimed(ServiceState state) => state switch
    {
        { Routes: { Arms.IsEmpty: false } routes, RoutesFailure: null } => routes.Matches,
        { Active: { IsRollback: false, Phase: not RolloutPhase.RollingBack } active } => active.Service.Routes,
        _ => [],
    };
}
