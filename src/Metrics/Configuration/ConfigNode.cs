using System.Text.Json;

namespace Fairway.Metrics.Configuration;

/// <summary>A piece of a configuration file, whatever language it is written in: the host makes it from YAML, <see cref="FromJson"/> from
/// JSON.</summary>
/// <param name="Line">From 1; zero when unknown.</param>
/// <param name="Column">From 1; zero when unknown.</param>
public abstract record ConfigNode(int Line, int Column)
{
    /// <summary>A JSON text.</summary>
    /// <exception cref="FormatException">It is none; says where.</exception>
    public static ConfigNode FromJson(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Of(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException($"no JSON: {e.Message}", e);
        }
    }

    private static ConfigNode Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new ConfigMap([.. element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Of(p.Value)))], 0, 0),
        JsonValueKind.Array => new ConfigList([.. element.EnumerateArray().Select(Of)], 0, 0),
        JsonValueKind.Null => new ConfigText("", 0, 0),
        JsonValueKind.String => new ConfigText(element.GetString()!, 0, 0),
        _ => new ConfigText(element.GetRawText(), 0, 0),
    };
}

/// <summary>A text, number or truth value, as it was written.</summary>
/// <param name="Text">Empty for nothing at all.</param>
/// <param name="Line">From 1; zero when unknown.</param>
/// <param name="Column">From 1; zero when unknown.</param>
public sealed record ConfigText(string Text, int Line, int Column) : ConfigNode(Line, Column);

/// <summary>A list.</summary>
/// <param name="Items">In order.</param>
/// <param name="Line">From 1; zero when unknown.</param>
/// <param name="Column">From 1; zero when unknown.</param>
public sealed record ConfigList(ImmutableArray<ConfigNode> Items, int Line, int Column) : ConfigNode(Line, Column);

/// <summary>Keys and values.</summary>
/// <param name="Entries">In order.</param>
/// <param name="Line">From 1; zero when unknown.</param>
/// <param name="Column">From 1; zero when unknown.</param>
public sealed record ConfigMap(ImmutableArray<KeyValuePair<string, ConfigNode>> Entries, int Line, int Column) : ConfigNode(Line, Column);

/// <summary>Something wrong in a configuration.</summary>
/// <param name="Line">From 1; zero when unknown.</param>
/// <param name="Column">From 1; zero when unknown.</param>
/// <param name="Path">Where in the file: <c>scrape_configs[0].scrape_interval</c>.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
public sealed record ConfigProblem(int Line, int Column, string Path, string Message)
{
    public override string ToString() => Line > 0 ? $"line {Line}, column {Column}: {Path}: {Message}" : $"{Path}: {Message}";
}

/// <summary>A password or token: never printed.</summary>
/// <param name="Value">In the clear.</param>
public readonly record struct Secret(string Value)
{
    public override string ToString() => "<secret>";
}
