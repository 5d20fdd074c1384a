using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Kernel;

namespace Fairway.Offline;

/// <summary>
/// <c>fairway validate [FILE]</c>: says everything that is wrong with a configuration. Exit code 0 when it can be used, 2 when not.
/// </summary>
public static class ValidateCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file")
        {
            Description = "The configuration, or - for standard input.",
            DefaultValueFactory = _ => YamlConfiguration.DefaultName,
        };
        var json = new Option<bool>("--json") { Description = "Write the result as one JSON object." };
        var strict = new Option<bool>("--strict") { Description = "Count warnings as errors." };
        var command = new Command("validate",
            "Check fairway.yaml and everything it includes, and show all mistakes with their places.") { file, json, strict };
        command.SetAction(parsed =>
        {
            var loaded = Load(parsed.GetValue(file)!);
            var valid = loaded.Configuration is not null && !(parsed.GetValue(strict) && loaded.Diagnostics.Length > 0);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(Describe(loaded, valid).ToJsonString(FairwayJson.Options));
            else Write(output, parsed.GetValue(file)!, loaded, valid);
            return valid ? 0 : 2;
        });
        return command;
    }

    private static LoadedConfiguration Load(string file)
    {
        if (file != "-") return YamlConfiguration.Load(file, Environment.GetEnvironmentVariable);
        using var input = Console.OpenStandardInput();
        using var content = new MemoryStream();
        input.CopyTo(content);
        return YamlConfiguration.Parse(content.ToArray(), "(standard input)", Environment.GetEnvironmentVariable);
    }

    private static void Write(TextWriter output, string file, LoadedConfiguration loaded, bool valid)
    {
        var colour = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        output.Write(DiagnosticText.Write(loaded.Diagnostics, colour));
        if (!loaded.Diagnostics.IsEmpty) output.WriteLine(DiagnosticText.Summary(loaded.Diagnostics));
        if (loaded.Configuration is { } configuration && valid)
            output.WriteLine($"{file} is valid: {Listing("service", configuration.Services)} in {Listing("environment", configuration.Environments)}");
    }

    private static string Listing(string noun, ImmutableArray<string> names)
        => $"{names.Length} {noun}{(names.Length == 1 ? "" : "s")} ({string.Join(", ", names)})";

    private static JsonObject Describe(LoadedConfiguration loaded, bool valid) => new()
    {
        ["valid"] = valid,
        ["errors"] = loaded.Diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error),
        ["warnings"] = loaded.Diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning),
        ["digest"] = loaded.Configuration?.Digest,
        ["environments"] = Names(loaded.Configuration?.Environments),
        ["services"] = Names(loaded.Configuration?.Services),
        ["files"] = Names(loaded.Files),
        ["diagnostics"] = new JsonArray([.. loaded.Diagnostics.Select(Describe)]),
    };

    private static JsonArray Names(ImmutableArray<string>? names) => new([.. (names ?? []).Select(name => (JsonNode)name)]);

    private static JsonObject Describe(Diagnostic diagnostic)
    {
        var described = Place(diagnostic.At);
        described["severity"] = diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning";
        described["code"] = diagnostic.Code.Id;
        described["message"] = diagnostic.Sentence;
        described["what"] = diagnostic.What;
        described["expected"] = diagnostic.Expected;
        described["didYouMean"] = diagnostic.DidYouMean;
        described["related"] = new JsonArray([.. diagnostic.Related.Select(related =>
        {
            var place = Place(related.At);
            place["text"] = related.Text;
            return place;
        })]);
        return described;
    }

    private static JsonObject Place(SourcePosition at)
        => new() { ["file"] = at.File.Name, ["line"] = at.Line, ["column"] = at.Column, ["length"] = at.Length };
}
