using System.Globalization;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A service's configuration in a few lines. Secrets are named, never shown.</summary>
internal static class ServiceSettings
{
    /// <summary>Name and value, in the order people ask for; empty for a service that is not configured.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(ServiceSpec? spec)
    {
        if (spec is null) return [];
        var (workload, rollout) = (spec.Workload, spec.Rollout);
        var settings = new List<(string, string)>
        {
            ("Run", string.Join(' ', workload.Command)),
            ("Routes", string.Join(", ", spec.Routes.Select(route => $"{route.Host ?? "*"}{route.PathPrefix}"))),
            ("Instances", rollout.Instances.ToString(CultureInfo.InvariantCulture)),
            ("Strategy", Say.Apart(rollout.Strategy.ToString(), '-')),
        };
        if (rollout.Strategy == Strategy.Canary)
            settings.Add(("Steps", string.Join(" → ", rollout.Steps.Select(step => $"{step.Weight}{(step.Pause is { } pause ? pause.TotalSeconds > 0 ? $" ({Say.Span(pause.ToTimeSpan())})" : "" : " (a person)")}"))));
        settings.Add(("Guard", Say.Span(rollout.Guard.ToTimeSpan())));
        settings.Add(("Kept warm", Say.Span(rollout.KeepWarm.ToTimeSpan())));
        settings.Add(("Judged", rollout.Judge is { } judge ? string.Join(", ", judge.Metrics.Select(metric => metric.Name)) : "no"));
        if (workload.Environment.Count > 0) settings.Add(("Variables", string.Join(' ', workload.Environment.Select(pair => $"{pair.Key}={pair.Value}"))));
        if (workload.Secrets.Count > 0) settings.Add(("Secrets", string.Join(' ', workload.Secrets.Keys)));
        if (workload.MemoryBytes is { } memory) settings.Add(("Memory", Say.Short(memory / 1048576.0) + " MiB"));
        if (workload.Cpus is { } cpus) settings.Add(("CPU", cpus.ToString("0.##", CultureInfo.InvariantCulture) + " cores"));
        return settings;
    }
}
