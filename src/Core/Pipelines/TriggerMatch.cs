using Fairway.Kernel;
using Fairway.Pipelines.Workflows;

namespace Fairway.Pipelines;

/// <summary>Whether something that happened starts a pipeline. Pure.</summary>
public static class TriggerMatch
{
    /// <summary>Whether it does, and why.</summary>
    public static (bool Starts, Why Why) Of(PipelineTriggers on, PipelineTrigger trigger)
    {
        if (trigger.Kind is TriggerKind.Local or TriggerKind.Manual) return (true, Why.Because("asked-for", "{actor} asked for it", ("actor", trigger.Actor)));
        if (trigger.Kind == TriggerKind.Deployed) return OfDeployed(on.Deployed, trigger.Deployment);
        if ((trigger.Kind == TriggerKind.PullRequest ? on.PullRequest : on.Push) is not { } filter)
            return (false, Why.Because("not-triggered", "it does not run on {kind}", ("kind", trigger.Kind == TriggerKind.PullRequest ? "pull requests" : "pushes")));
        var isTag = trigger.Kind == TriggerKind.Tag;
        // Of a pull request the branch that it goes to.
        var name = trigger.Kind == TriggerKind.PullRequest ? trigger.Base : trigger.RefName;
        var (only, ignored) = isTag ? (filter.Tags, filter.TagsIgnore) : (filter.Branches, filter.BranchesIgnore);
        var (other, otherIgnored) = isTag ? (filter.Branches, filter.BranchesIgnore) : (filter.Tags, filter.TagsIgnore);
        var what = isTag ? "tag" : "branch";
        // Who names only branches does not mean tags, and the other way round.
        if (only.IsEmpty && ignored.IsEmpty && (!other.IsEmpty || !otherIgnored.IsEmpty) && trigger.Kind != TriggerKind.PullRequest)
            return (false, Why.Because("not-triggered", "it runs on {others} only", ("others", isTag ? "branches" : "tags")));
        if (!only.IsEmpty && !Selects(only, name)) return (false, Why.Because("not-triggered", "{what} {name} is not one of those it runs on", ("what", what), ("name", name)));
        if (!ignored.IsEmpty && Selects(ignored, name)) return (false, Why.Because("not-triggered", "{what} {name} is one it ignores", ("what", what), ("name", name)));
        if (!isTag && trigger.Changed is { } changed && (!filter.Paths.IsEmpty || !filter.PathsIgnore.IsEmpty))
        {
            if (!filter.Paths.IsEmpty && !changed.Any(path => Selects(filter.Paths, path)))
                return (false, Why.Because("not-triggered", "none of the {count|file} that changed is one it looks at", ("count", changed.Length)));
            if (!filter.PathsIgnore.IsEmpty && changed.Length > 0 && changed.All(path => Selects(filter.PathsIgnore, path)))
                return (false, Why.Because("not-triggered", "it ignores all of the {count|file} that changed", ("count", changed.Length)));
        }
        return (true, Why.Because("triggered", "{what} {name} is one it runs on", ("what", what), ("name", name)));
    }

    private static (bool Starts, Why Why) OfDeployed(DeployedFilter? filter, Deployment? arrival)
    {
        if (filter is null || arrival is null) return (false, Why.Because("not-triggered", "it does not run on releases that were deployed"));
        if (!filter.Environments.Contains(arrival.Environment, StringComparer.Ordinal))
            return (false, Why.Because("not-triggered", "environment {name} is not one of those it runs for", ("name", arrival.Environment)));
        return filter.Services.IsEmpty || filter.Services.Contains(arrival.Service, StringComparer.Ordinal)
            ? (true, Why.Because("triggered", "{version} of {service} serves in {environment}", ("version", arrival.Version), ("service", arrival.Service), ("environment", arrival.Environment)))
            : (false, Why.Because("not-triggered", "service {name} is not one of those it runs for", ("name", arrival.Service)));
    }

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? Problem(string pattern) => FilterPattern.Parse(pattern).Problem is { } problem ? $"is no pattern: {problem.What}" : null;

    private static bool Selects(ImmutableArray<string> patterns, string text)
        => FilterPattern.Selects(patterns.Select(pattern => FilterPattern.Parse(pattern).Pattern).OfType<FilterPattern>(), text);
}
