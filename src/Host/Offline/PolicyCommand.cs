using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Policy;

namespace Fairway.Offline;

/// <summary><c>fairway policy</c>: policies tested and tried without a control plane.</summary>
public static class PolicyCommand
{
    private const string CaseFiles = "*policies.test.yaml";

    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context) => new("policy", "Test policies and try expressions. Works without a control plane.") { Test(context), Evaluate(context) };

    private static Command Test(CliContext context)
    {
        var files = new Argument<string[]>("FILE") { Description = $"Files with test cases. By default all {CaseFiles} beside the configuration.", Arity = ArgumentArity.ZeroOrMore };
        var configuration = Configuration();
        var junit = new Option<string?>("--junit") { Description = "Write the results to this file as JUnit XML too.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var command = new Command("test", "Ask the policies of fairway.yaml about each test case. Exit code 1 when an answer is not as expected.\n\n"
            + "Example: fairway policy test policies.test.yaml") { files, configuration, junit, json };
        command.SetAction(parsed =>
        {
            var policies = Policies(context, parsed.GetValue(configuration)!, out var folder);
            var results = Cases(context, parsed.GetValue(files) ?? [], folder).Select(one => one.Run(policies, CelLimits.Default)).ToImmutableArray();
            if (parsed.GetValue(junit) is { } report) Write(Path.GetFullPath(report, context.Folder), PolicyTestView.JUnit(results));
            if (parsed.GetValue(json)) context.Out.WriteLine(PolicyTestView.Json(results).ToJsonString(FairwayJson.Options));
            else context.Out.Write(PolicyTestView.Words(results, context));
            return results.All(result => result.Passed) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Evaluate(CliContext context)
    {
        var expression = new Argument<string>("EXPRESSION") { Description = "An expression of the Common Expression Language." };
        var input = new Option<string?>("--input", "-i") { Description = "YAML or JSON file with the variables' values.", HelpName = "FILE" };
        var dynamic = new Option<bool>("--dynamic") { Description = "Take any names as variables and check no types; numbers of the input are doubles." };
        var json = new Option<bool>("--json") { Description = "Print value, type and cost as JSON." };
        var command = new Command("eval", "Evaluate an expression with the variables that policies have. Exit code 1 when it ends with an error.\n\n"
            + "Example: fairway policy eval 'budget.remaining < 0.1' --input friday.yaml") { expression, input, dynamic, json };
        command.SetAction(parsed =>
        {
            var (text, isDynamic) = (parsed.GetValue(expression)!, parsed.GetValue(dynamic));
            var compilation = isDynamic ? CelProgram.Parse(text, CelDeclarations.Standard) : CelProgram.Compile(text, PolicyVariables.Declarations);
            if (compilation.Program is not { } program)
                throw new FairwayException("expression-broken", "the expression has mistakes", null, 400, [.. compilation.Issues.SelectMany(issue => Pointed(text, issue))]);
            var outcome = program.Evaluate(Bindings(context, parsed.GetValue(input), isDynamic), CelLimits.Default);
            if (parsed.GetValue(json)) context.Out.WriteLine(Described(program, outcome).ToJsonString(FairwayJson.Options));
            else if (outcome.Value is { } value) context.Out.WriteLine(value.ToString());
            if (outcome.Error is not { } error) return ExitCodes.Done;
            context.Error.WriteLine($"error: {error.Message}");
            if (error.At is { } at)
                foreach (var line in Pointed(text, new(at, ""))) context.Error.WriteLine($"       {line}");
            return ExitCodes.Failed;
        });
        return command;
    }

    private static Option<string> Configuration() => new("--config", "-c")
    {
        Description = "The configuration whose policies are tested.", HelpName = "FILE", DefaultValueFactory = _ => YamlConfiguration.DefaultName,
    };

    private static PolicySet Policies(CliContext context, string file, out string folder)
    {
        var path = Path.GetFullPath(file, context.Folder);
        var loaded = YamlConfiguration.Load(path, Environment.GetEnvironmentVariable);
        folder = loaded.Folder;
        if (loaded.Configuration is not { } configuration) throw Broken("configuration-broken", file, loaded.Diagnostics);
        if (configuration.Policies.IsEmpty) throw new FairwayException("no-policies", $"{file} has no policies", "add a section `policies`", 400);
        return PolicySet.Compile(configuration.Policies).Set;
    }

    private static ImmutableArray<PolicyCase> Cases(CliContext context, string[] files, string folder)
    {
        var found = files.Length > 0 ? [.. files.Select(file => Path.GetFullPath(file, context.Folder))]
            : Directory.Exists(folder) ? Directory.GetFiles(folder, CaseFiles).Order(StringComparer.Ordinal).ToArray() : [];
        if (found.Length == 0) throw new FairwayException("no-cases", $"there is no {CaseFiles} in {folder}", "name the files with test cases", 400);
        var cases = ImmutableArray.CreateBuilder<PolicyCase>();
        foreach (var file in found)
        {
            var shown = Path.GetRelativePath(context.Folder, file);
            var (read, diagnostics) = YamlPolicies.LoadCases(file, shown);
            if (diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)) throw Broken("cases-broken", shown, diagnostics);
            cases.AddRange(read);
        }
        return cases.ToImmutable();
    }

    private static CelBindings Bindings(CliContext context, string? file, bool isDynamic)
    {
        if (file is null) return CelBindings.Empty;
        var (data, diagnostics) = YamlPolicies.LoadData(Path.GetFullPath(file, context.Folder), file, !isDynamic);
        if (data is null) throw Broken("input-broken", file, diagnostics);
        using var json = JsonDocument.Parse(data.ToJsonString());
        var bindings = CelBindings.Empty;
        foreach (var member in json.RootElement.EnumerateObject())
        {
            var type = isDynamic ? CelType.Dyn : PolicyVariables.Declarations.Variables.GetValueOrDefault(member.Name)?.Type
                ?? throw new FairwayException("input-broken", $"{file}: {member.Name} is no variable of policies", $"they are {string.Join(", ", PolicyVariables.Declarations.Variables.Keys)}; or use --dynamic", 400);
            var value = CelValue.FromJson(member.Value, type, PolicyVariables.Declarations);
            if (value is CelError error) throw new FairwayException("input-broken", $"{file}: {member.Name}: {error.Message}", null, 400);
            bindings = bindings.With(member.Name, value);
        }
        return bindings;
    }

    private static JsonObject Described(CelProgram program, CelOutcome outcome) => new()
    {
        ["value"] = outcome.Value?.ToJson(), ["text"] = outcome.Value?.ToString(), ["type"] = outcome.Value?.Type.Text, ["checked"] = program.Type.Text,
        ["error"] = outcome.Error?.Message, ["at"] = outcome.Error?.At?.ToString(), ["cost"] = outcome.Cost,
    };

    // The line, and a mark under the place.
    private static IEnumerable<string> Pointed(string text, CelIssue issue)
    {
        if (issue.What.Length > 0) yield return $"{issue.At}: {issue.Sentence}";
        var line = text.ReplaceLineEndings("\n").Split('\n').ElementAtOrDefault(issue.At.Line - 1) ?? "";
        if (line.Length > 200) yield break;
        yield return "  " + line.Replace('\t', ' ');
        yield return "  " + new string(' ', issue.At.Column - 1) + "^";
    }

    private static FairwayException Broken(string code, string file, ImmutableArray<Diagnostic> diagnostics)
        => new(code, $"{file} has mistakes", "see `fairway validate`", 400, [.. diagnostics.Select(one => $"{one.At}: {one.Sentence}")]);

    private static void Write(string file, string content)
    {
        try
        {
            File.WriteAllText(file, content);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FairwayException("report-unwritable", $"{file} cannot be written: {failure.Message}", null, null);
        }
    }
}
