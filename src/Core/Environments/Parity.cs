using System.Text.Json.Nodes;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Environments;

/// <summary>One environment as a comparison sees it.</summary>
/// <param name="Settings">Its order, gate and modes.</param>
/// <param name="Services">Its services as configured.</param>
/// <param name="Serving">Version and digest that serve, by service.</param>
public sealed record ParitySide(
    EnvironmentSettings Settings, ImmutableArray<ServiceSpec> Services, ImmutableSortedDictionary<string, (string Version, string Digest)> Serving);

/// <summary>Something that differs between two environments.</summary>
/// <param name="Service">Of which service; null is of the environment itself.</param>
/// <param name="Part"><c>service</c>, <c>version</c>, <c>variables</c>, <c>secrets</c>, <c>limits</c>, <c>instances</c>, <c>routes</c>, <c>configuration</c> or <c>gates</c>.</param>
/// <param name="Name">What exactly: a variable's name, or a field as the file calls it.</param>
/// <param name="Left">In the one; null when it is not there, or is not to be shown.</param>
/// <param name="Right">In the other.</param>
public sealed record ParityDifference(string? Service, string Part, string Name, string? Left, string? Right);

/// <summary>What differs between two environments. Pure. Of variables and secrets only names are told, never values.</summary>
public static class Parity
{
    private static readonly ImmutableArray<(string Model, string File, string Part)> Fields =
    [
        ("workload.environment.", "env.", "variables"), ("workload.secrets.", "secrets.", "secrets"), ("workload.memoryBytes", "memory", "limits"), ("workload.cpus", "cpus", "limits"),
        ("rollout.instances", "instances", "instances"), ("workload.command", "run", "configuration"), ("workload.", "", "configuration"), ("routes", "routes", "routes"),
    ];

    /// <summary>Everything that differs, by service.</summary>
    public static ImmutableArray<ParityDifference> Between(ParitySide left, ParitySide right)
    {
        var found = ImmutableArray.CreateBuilder<ParityDifference>();
        foreach (var name in left.Services.Concat(right.Services).Select(spec => spec.Key.Service).Distinct(StringComparer.Ordinal))
        {
            var (one, other) = (left.Services.FirstOrDefault(spec => spec.Key.Service == name), right.Services.FirstOrDefault(spec => spec.Key.Service == name));
            if (one is null || other is null)
            {
                found.Add(new(name, "service", name, one is null ? null : "there", other is null ? null : "there"));
                continue;
            }
            var (serves, servesThere) = (left.Serving.GetValueOrDefault(name), right.Serving.GetValueOrDefault(name));
            if (serves.Digest != servesThere.Digest) found.Add(new(name, "version", "release", serves.Version, servesThere.Version));
            Compare(name, "", Of(one), Of(other), found);
        }
        Compare(null, "", JsonNode.Parse(FairwayJson.Write(left.Settings with { Name = "" })), JsonNode.Parse(FairwayJson.Write(right.Settings with { Name = "" })), found);
        return found.ToImmutable();
    }

    private static JsonObject Of(ServiceSpec spec)
    {
        var node = JsonNode.Parse(FairwayJson.Write(spec))!.AsObject();
        node.Remove("key");
        return node;
    }

    private static void Compare(string? service, string path, JsonNode? left, JsonNode? right, ImmutableArray<ParityDifference>.Builder found)
    {
        if (JsonNode.DeepEquals(left, right)) return;
        if (left is JsonObject one && right is JsonObject other)
        {
            foreach (var name in one.Select(member => member.Key).Concat(other.Select(member => member.Key)).Distinct(StringComparer.Ordinal))
                Compare(service, path.Length == 0 ? name : $"{path}.{name}", one[name], other[name], found);
            return;
        }
        if (service is null)
        {
            found.Add(new(null, "gates", path, Shown(left), Shown(right)));
            return;
        }
        foreach (var (model, file, part) in Fields)
        {
            if (!path.StartsWith(model, StringComparison.Ordinal)) continue;
            var hidden = part is "variables" or "secrets";
            found.Add(new(service, part, file + path[model.Length..], hidden ? Presence(left) : Shown(left), hidden ? Presence(right) : Shown(right)));
            return;
        }
        found.Add(new(service, "configuration", path, Shown(left), Shown(right)));
    }

    private static string? Presence(JsonNode? value) => value is null ? null : "set";

    private static string? Shown(JsonNode? value) => value is JsonValue single && single.TryGetValue<string>(out var text) ? text : value?.ToJsonString(FairwayJson.Options);
}
