using Fairway.Kernel;

namespace Fairway.Environments;

/// <summary>The way of a release through the environments: as <c>after</c> says, and where nothing is written, one after the other as in the file.</summary>
public static class EnvironmentOrder
{
    /// <summary>The environments that come just before another; empty for the first.</summary>
    /// <param name="all">In the order of the file.</param>
    /// <param name="name">Which.</param>
    public static ImmutableArray<string> Before(ImmutableArray<EnvironmentSettings> all, string name)
    {
        for (var i = 0; i < all.Length; i++)
            if (all[i].Name == name) return !all[i].After.IsEmpty ? all[i].After : i == 0 ? [] : [all[i - 1].Name];
        return [];
    }

    /// <summary>Why a release may not be promoted from one environment to another; null when it may.</summary>
    public static Why? Refuse(ImmutableArray<EnvironmentSettings> all, string from, string to)
    {
        if (from == to) return Why.Because("promotion-to-itself", "{environment} cannot be promoted to itself", ("environment", to));
        var before = Before(all, to);
        if (before.IsEmpty) return Why.Because("first-environment", "{environment} is the first of the order; releases are deployed there, not promoted", ("environment", to));
        if (before.Contains(from, StringComparer.Ordinal)) return null;
        return Leads(all, to, from, [])
            ? Why.Because("environment-backwards", "{from} comes after {to}; a release goes the other way", ("from", from), ("to", to))
            : Why.Because("environment-skipped", "a release reaches {to} from {before}, not from {from}: promote it there first", ("to", to),
                ("before", string.Join(" and ", before)), ("from", from));
    }

    private static bool Leads(ImmutableArray<EnvironmentSettings> all, string from, string to, HashSet<string> seen)
        => Before(all, to).Any(one => one == from || (seen.Add(one) && Leads(all, from, one, seen)));
}
