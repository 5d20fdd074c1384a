using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>Writes the first <c>fairway.yaml</c> of a project, with comments that say what to change.</summary>
public static partial class StarterFile
{
    private const int CommentColumn = 50;

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "null", "true", "false", "yes", "no", "on",
        "off" };

    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text for the services that were found, at least one.</summary>
    public static string Write(ImmutableArray<DetectedService> services)
    {
        var text = new StringBuilder("""
            # How Fairway ships this project. `fairway validate` checks this file, `fairway schema` prints its schema for editors.

            edge:

            """);
        Line(text, "  http: 8080", "where requests come in: a port, or host:port");
        Line(text, "  # https: 8443", "with certificate: and key: (PEM files)");
        text.Append("\nservices:\n");
        for (var i = 0; i < services.Length; i++)
        {
            if (i > 0) text.Append('\n');
            Service(text, services[i], services.Length > 1);
        }
        return text.ToString();
    }

    private static void Service(StringBuilder text, DetectedService service, bool amongOthers)
    {
        Line(text, $"  {service.Name}:", service.Found);
        if (service.Build is not null) Line(text, $"    build: {Command(service.Build)}", "run by `fairway deploy` before it packs");
        Line(text, $"    path: {Scalar(service.Path)}", "the folder that is shipped");
        Line(text, $"    run: {Command(service.Run)}", service.Web ? "must listen on $PORT" : null);
        if (service.Environment.Count > 0)
            Line(text, $"    env: {{ {string.Join(", ", service.Environment.Select(pair => $"{pair.Key}: {Scalar(pair.Value)}"))} }}",
            null);
        else Line(text, "    # env: { LOG: info }", null);
        Line(text, "    # secrets: { DB_PASSWORD: env:DB_PASSWORD }", "never stored, only where to find them");
        if (service.Web)
        {
            Line(text, "    instances: 2", "one can fail, the other serves");
            if (service.Ready is not null) Line(text, $"    ready: {Scalar(service.Ready)}", "answers 200 when it can serve");
            else Line(text, "    # ready: /healthz", "default: the port accepts a connection");
        }
        else if (amongOthers) Line(text, "    routes: []", "answers no requests");
        Line(text, "    # memory: 256Mi", "limit of one instance");
        if (service.Web && amongOthers) text.Append("    routes:\n      - path: /\n");
        else if (service.Web)
        {
            Line(text, "    # routes:", "default: every request");
            text.Append("    #   - host: shop.example.com\n");
        }
        text.Append("    rollout:\n");
        if (service.Web)
        {
            Line(text, "      strategy: canary", "or blueGreen, or rolling");
            Line(text, "      steps: [1%, 10%, 50%, 100%]", "shares of traffic, a minute at each");
        }
        else Line(text, "      strategy: rolling", null);
    }

    private static void Line(StringBuilder text, string line, string? comment)
        => text.Append(comment is null ? line : $"{line.PadRight(CommentColumn - 1)} # {OneLine(comment)}").Append('\n');

    /// <summary>A command that needs a shell is given to one by name.</summary>
    private static string Command(string command) => CommandWords.Split(command).IsValid ? Scalar(command) : $"[sh, -c, {Quoted(command)}]";

    private static string Scalar(string value)
        => Plain().IsMatch(value) && value[^1] is not (':' or ' ') && !value.Contains(": ", StringComparison.Ordinal)
            && !Words.Contains(value) ? value : Quoted(value);

    /// <summary>A JSON string is a YAML string (YAML 1.2 §1.3), but for <c>${</c>, which this file's reader would replace.</summary>
    private static string Quoted(string value) => JsonSerializer.Serialize(value.Replace("${", "$${", StringComparison.Ordinal), Quoting);

    private static string OneLine(string text) => new([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]);

    [GeneratedRegex(@"^[A-Za-z0-9./_][A-Za-z0-9 ./_:=@+$'\-]*$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Plain();
}
