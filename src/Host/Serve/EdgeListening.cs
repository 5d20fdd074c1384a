using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Client;
using Fairway.Configuration;

namespace Fairway.Serve;

/// <summary>
/// Where the edge listens, kept in the data folder from the last good configuration: a control plane that finds a broken file starts the
/// edge where it was.
/// </summary>
internal static class EdgeListening
{
    /// <summary>The edge's part of the command line.</summary>
    public static ImmutableArray<string> Of(ConfigurationFile? configuration, DataFolder data)
    {
        var file = Path.Combine(data.Path, "edge.listen.json");
        if (configuration?.Edge is { } edge)
        {
            var line = EdgeCommand.Listening(edge, configuration.Folder);
            File.WriteAllText(file + ".new", JsonSerializer.Serialize([.. line], EdgeListeningJson.Default.StringArray));
            File.Move(file + ".new", file, overwrite: true);
            return line;
        }
        try
        {
            if (File.Exists(file) && JsonSerializer.Deserialize(File.ReadAllText(file), EdgeListeningJson.Default.StringArray) is { } kept) return [.. kept];
        }
        catch (JsonException damaged)
        {
            throw new ControlPlaneStartException(
                $"{file} is damaged ({damaged.Message}), so it is not known where the edge listened; mend fairway.yaml, which says it too, or remove the file to listen on the usual port",
                Client.ExitCodes.Failed, inner: damaged);
        }
        return EdgeCommand.Listening(new EdgeSettings(), data.Path);
    }
}

/// <summary>Made at compile time: it is read and written while a control plane starts.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class EdgeListeningJson : JsonSerializerContext;
