using System.Text.Json;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>A Node.js program: the start script of package.json, its main file, or server.js.</summary>
internal static class Node
{
    public static DetectedService? Detect(ProjectFolder folder)
    {
        if (!folder.Has("package.json") || Parse(folder.Read("package.json")) is not { } package) return null;
        var tool = folder.Has("pnpm-lock.yaml") ? "pnpm" : folder.Has("yarn.lock") ? "yarn" : "npm";
        if (Run(folder, package, tool) is not { } run) return null;
        var name = Text(package, "name") is { Length: > 0 } named ? ProjectFolder.NameOf(named[(named.LastIndexOf('/') + 1)..])
            : folder.ServiceName;
        return new(name, "Node.js, package.json", run)
        {
            Build = Build(folder, package, tool),
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("NODE_ENV", "production"),
            Ready = folder.HealthPath(".js", ".mjs", ".cjs", ".ts", ".mts"),
        };
    }

    /// <summary>Without the package manager in between where that can be: it does not pass signals on to what it runs.</summary>
    private static string? Run(ProjectFolder folder, JsonElement package, string tool)
    {
        if (Script(package, "start") is { } start)
            return CommandWords.Split(start) is { IsValid: true, Value: ["node", ..] } ? start : $"{tool} start";
        if (Text(package, "main") is { Length: > 0 } main && folder.Has(main)) return $"node {CommandWords.Join([main])}";
        return Array.Find(["server.js", "server.mjs", "index.js", "index.mjs", "app.js"], folder.Has) is { } file ? $"node {file}" : null;
    }

    private static string? Build(ProjectFolder folder, JsonElement package, string tool)
    {
        var depends = package.TryGetProperty("dependencies", out var dependencies) && dependencies.ValueKind == JsonValueKind.Object
            && dependencies.EnumerateObject().Any();
        var develops = package.TryGetProperty("devDependencies", out var development) && development.ValueKind == JsonValueKind.Object
            && development.EnumerateObject().Any();
        var install = !depends && !develops ? null : tool switch
        {
            "npm" => folder.Has("package-lock.json") || folder.Has("npm-shrinkwrap.json") ? "npm ci" : "npm install",
            _ => $"{tool} install --frozen-lockfile",
        };
        var build = Script(package, "build") is null ? null : $"{tool} run build";
        return install is not null && build is not null ? $"{install} && {build}" : install ?? build;
    }

    private static string? Script(JsonElement package, string name)
        => package.TryGetProperty("scripts", out var scripts) && scripts.ValueKind == JsonValueKind.Object ? Text(scripts, name) : null;

    private static string? Text(JsonElement parent, string name)
        => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text ? text : null;

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
