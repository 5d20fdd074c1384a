using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Policy;

namespace Fairway.Offline;

/// <summary>Results of policy tests, for people, for programs and as JUnit XML.</summary>
internal static class PolicyTestView
{
    /// <summary>A line for each case; for one that failed also why, and what each rule said.</summary>
    public static string Words(ImmutableArray<PolicyCaseResult> results, CliContext context)
    {
        var page = Page.For(context);
        foreach (var result in results)
        {
            page.Line($"{(result.Passed ? "[green]ok  [/]" : "[red]FAIL[/]")}  {Page.Text(result.Case.Name)} [grey]{Page.Text(Said(result))}[/]");
            if (result.Passed) continue;
            page.Sentence(result.Case.At, 6, "grey");
            foreach (var problem in result.Problems) page.Sentence(problem, 6);
            foreach (var finding in result.Answer?.Against ?? [])
            {
                page.Sentence($"{finding.Rule}: {finding.Message}", 8);
                foreach (var input in finding.Inputs) page.Sentence($"{input.Name} = {input.Value}", 10, "grey");
            }
        }
        var failed = results.Count(result => !result.Passed);
        page.Line();
        page.Line(failed == 0 ? $"{results.Length} passed" : $"{failed.ToString(CultureInfo.InvariantCulture)} of {results.Length} failed");
        return page.ToString();
    }

    /// <summary>The same as JSON.</summary>
    public static JsonObject Json(ImmutableArray<PolicyCaseResult> results) => new()
    {
        ["passed"] = results.Count(result => result.Passed),
        ["failed"] = results.Count(result => !result.Passed),
        ["cases"] = new JsonArray([.. results.Select(result => new JsonObject
        {
            ["name"] = result.Case.Name, ["at"] = result.Case.At, ["passed"] = result.Passed, ["expected"] = PolicyCase.Word(result.Case.Expect),
            ["answer"] = result.Answer is { } answer ? PolicyCase.Word(answer.Verdict) : null,
            ["problems"] = new JsonArray([.. result.Problems.Select(problem => (JsonNode)problem)]),
            ["rules"] = new JsonArray([.. (result.Answer?.Findings ?? []).Select(finding => new JsonObject
            {
                ["rule"] = finding.Rule, ["verdict"] = PolicyCase.Word(finding.Verdict), ["applies"] = finding.Applies, ["message"] = finding.Message,
                ["owner"] = finding.Owner, ["error"] = finding.Error, ["cost"] = finding.Cost,
                ["inputs"] = new JsonObject(finding.Inputs.Select(input => KeyValuePair.Create(input.Name, (JsonNode?)input.Value))),
            })]),
        })]),
    };

    /// <summary>The same as JUnit XML, as build servers read it.</summary>
    public static string JUnit(ImmutableArray<PolicyCaseResult> results) => new XDocument(new XElement("testsuite",
        new XAttribute("name", "fairway policy test"), new XAttribute("tests", results.Length), new XAttribute("failures", results.Count(result => !result.Passed)),
        results.Select(result => new XElement("testcase", new XAttribute("classname", "policies"), new XAttribute("name", Plain(result.Case.Name)),
            result.Passed ? null : new XElement("failure", new XAttribute("message", Plain(string.Join("; ", result.Problems))), result.Case.At))))).ToString() + "\n";

    private static string Said(PolicyCaseResult result) => result.Answer is not { } answer ? ""
        : string.Join(", ", answer.Against.Select(finding => finding.Rule)) is { Length: > 0 } rules ? $"{PolicyCase.Word(answer.Verdict)}: {rules}" : PolicyCase.Word(answer.Verdict);

    // XML has no way to write control characters.
    private static string Plain(string text) => string.Concat(text.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '·' : letter));
}
