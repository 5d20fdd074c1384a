using System.Text.Json;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A setting that differs.</summary>
/// <param name="Path">Such as <c>workload.memoryBytes</c>.</param>
/// <param name="Before">Null where it was not.</param>
/// <param name="After">Null where it is not.</param>
public sealed record SettingChange(string Path, string? Before, string? After);

/// <summary>What differs between two releases and the settings that they were shipped with.</summary>
internal static class SettingsDiff
{
    /// <summary>Every leaf that differs, by path, and how many do not.</summary>
    public static (IReadOnlyList<SettingChange> Changes, int Same) Between(Release? before, ServiceSpec? beforeSpec, Release after, ServiceSpec afterSpec)
    {
        var (old, now) = (Leaves(before, beforeSpec), Leaves(after, afterSpec));
        var changes = old.Keys.Union(now.Keys, StringComparer.Ordinal)
            .Select(path => new SettingChange(path, old.GetValueOrDefault(path), now.GetValueOrDefault(path)))
            .Where(change => change.Before != change.After)
            .OrderBy(change => Rank(change.Path)).ThenBy(change => change.Path, StringComparer.Ordinal)
            .ToArray();
        return (changes, now.Count(leaf => old.GetValueOrDefault(leaf.Key) == leaf.Value));
    }

    // What a person looks for first.
    private static int Rank(string path) => path switch { "version" => 0, "release" => 1, "artifact" => 2, _ when path.StartsWith("workload.", StringComparison.Ordinal) => 3, _ => 4 };

    private static SortedDictionary<string, string> Leaves(Release? release, ServiceSpec? spec)
    {
        var leaves = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (release is not null)
        {
            leaves["version"] = release.Version;
            leaves["release"] = release.Digest;
            leaves["artifact"] = release.Artifact;
            Flatten(leaves, "workload", FairwayJson.Write(release.Workload));
        }
        if (spec is not null)
        {
            // The workload is the release's; what is configured now may be the next one's.
            Flatten(leaves, "routes", FairwayJson.Write(spec.Routes));
            Flatten(leaves, "traffic", FairwayJson.Write(spec.Traffic));
            Flatten(leaves, "rollout", FairwayJson.Write(spec.Rollout));
        }
        return leaves;
    }

    private static void Flatten(SortedDictionary<string, string> leaves, string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        Flatten(leaves, path, document.RootElement);
    }

    private static void Flatten(SortedDictionary<string, string> leaves, string path, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) Flatten(leaves, $"{path}.{property.Name}", property.Value);
                break;
            case JsonValueKind.Array when value.EnumerateArray().Any(item => item.ValueKind is JsonValueKind.Object or JsonValueKind.Array):
                foreach (var (item, i) in value.EnumerateArray().Select((item, i) => (item, i))) Flatten(leaves, $"{path}[{i}]", item);
                break;
            case JsonValueKind.Array:
                leaves[path] = string.Join(' ', value.EnumerateArray().Select(item => item.ToString()));
                break;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            default:
                leaves[path] = value.ToString();
                break;
        }
    }
}
