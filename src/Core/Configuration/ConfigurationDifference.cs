using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>How a part of the configuration changes.</summary>
public enum PartChange
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>Fields of it are others.</summary>
    Changed,
}

/// <summary>A field that is another.</summary>
/// <param name="Path">Such as <c>workload.command[0]</c>.</param>
/// <param name="From">Before, as JSON; null when it was not there.</param>
/// <param name="To">After, as JSON; null when it is gone.</param>
public sealed record FieldDifference(string Path, string? From, string? To);

/// <summary>A part that is another.</summary>
/// <param name="Part"><c>environment/service</c>, or <c>edge</c>, <c>metrics</c>, <c>notifications</c>.</param>
/// <param name="IsService">Whether it is a service.</param>
/// <param name="Change">How.</param>
/// <param name="Fields">What of it; empty when it is new or gone.</param>
public sealed record PartDifference(string Part, bool IsService, PartChange Change, ImmutableArray<FieldDifference> Fields);

/// <summary>What is different between two configurations. Pure.</summary>
public static class ConfigurationDifference
{
    private const string Environments = "environments";

    /// <summary>Every part that differs: services first, by environment, in the order of the newer file.</summary>
    /// <param name="before">In force; null when nothing is.</param>
    /// <param name="after">What would be.</param>
    public static ImmutableArray<PartDifference> Between(FairwayConfiguration? before, FairwayConfiguration after)
    {
        var (old, now) = (before?.ToJson() ?? [], after.ToJson());
        var found = ImmutableArray.CreateBuilder<PartDifference>();
        var (oldServices, newServices) = (Services(old), Services(now));
        foreach (var (name, service) in newServices) Compare(name, true, oldServices.GetValueOrDefault(name), service, found);
        foreach (var (name, service) in oldServices)
            if (!newServices.ContainsKey(name)) Compare(name, true, service, null, found);
        foreach (var name in now.Select(part => part.Key).Concat(old.Select(part => part.Key)).Distinct(StringComparer.Ordinal))
            if (name != Environments) Compare(name, false, old[name], now[name], found);
        return found.ToImmutable();
    }

    private static Dictionary<string, JsonNode?> Services(JsonObject whole)
    {
        var services = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (environment, inside) in whole[Environments] as JsonObject ?? [])
            foreach (var (service, spec) in inside as JsonObject ?? [])
                services[$"{environment}/{service}"] = spec;
        return services;
    }

    private static void Compare(string part, bool isService, JsonNode? before, JsonNode? after, ImmutableArray<PartDifference>.Builder found)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        if (before is null || after is null)
        {
            found.Add(new(part, isService, before is null ? PartChange.Added : PartChange.Removed, []));
            return;
        }
        var fields = ImmutableArray.CreateBuilder<FieldDifference>();
        Compare("", before, after, fields);
        found.Add(new(part, isService, PartChange.Changed, fields.ToImmutable()));
    }

    private static void Compare(string path, JsonNode? before, JsonNode? after, ImmutableArray<FieldDifference>.Builder fields)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        if (before is JsonObject old && after is JsonObject now)
            foreach (var name in now.Select(member => member.Key).Concat(old.Select(member => member.Key)).Distinct(StringComparer.Ordinal))
                Compare(path.Length == 0 ? name : $"{path}.{name}", old[name], now[name], fields);
        else if (before is JsonArray first && after is JsonArray second && first.Count == second.Count)
            for (var i = 0; i < first.Count; i++) Compare(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}[{i}]"), first[i], second[i], fields);
        else fields.Add(new(path, before?.ToJsonString(Kernel.FairwayJson.Options), after?.ToJsonString(Kernel.FairwayJson.Options)));
    }
}
