using System.Text.Json;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Pipelines.Reports;

/// <summary>
/// SARIF 2.1.0 in numbers: results by level, without those that are suppressed. A result without a level has its rule's default, else <c>warning</c>
/// (§3.27.10).
/// </summary>
internal static class SarifReport
{
    public static void Read(byte[] content, ReportTally tally)
    {
        using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = ReportReader.Deepest });
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("runs", out var runs) || runs.ValueKind != JsonValueKind.Array)
            throw new FormatException("it is JSON, but has no runs");
        var (errors, warnings, notes) = (tally.Findings?.Errors ?? 0, tally.Findings?.Warnings ?? 0, tally.Findings?.Notes ?? 0);
        var worst = errors > 0 ? 3 : warnings > 0 ? 2 : notes > 0 ? 1 : 0;
        foreach (var run in runs.EnumerateArray())
        {
            var defaults = Defaults(run);
            foreach (var result in Items(run, "results"))
            {
                if (Items(result, "suppressions").Any() || Text(result, "kind") is { } kind && kind != "fail") continue;
                var level = Text(result, "level") ?? defaults.GetValueOrDefault(Text(result, "ruleId") ?? "", "warning");
                var rank = level switch { "error" => 3, "warning" => 2, _ => 1 };
                if (rank > worst)
                {
                    worst = rank;
                    tally.Worst = Describe(result);
                }
                switch (rank)
                {
                    case 3: errors++; break;
                    case 2: warnings++; break;
                    default: notes++; break;
                }
            }
        }
        tally.Findings = new(errors, warnings, notes);
    }

    // What a scanner writes is others' text.
    private static WorstFinding Describe(JsonElement result)
    {
        var place = Items(result, "locations").FirstOrDefault() is { ValueKind: JsonValueKind.Object } first ? Member(first, "physicalLocation") : null;
        var file = place is { } at && Member(at, "artifactLocation") is { } artifact ? Text(artifact, "uri") : null;
        var line = place is { } where && Member(where, "region") is { } region && Member(region, "startLine") is { ValueKind: JsonValueKind.Number } start && start.TryGetInt32(out var number) ? number : 0;
        var message = Member(result, "message") is { } said ? Text(said, "text") ?? "" : "";
        return new(PlainText.Of(Text(result, "ruleId") ?? "a finding", 80), PlainText.Of(message), file is null ? null : PlainText.Of(file), line);
    }

    private static Dictionary<string, string> Defaults(JsonElement run)
    {
        var defaults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Member(run, "tool") is not { } tool || Member(tool, "driver") is not { } driver) return defaults;
        foreach (var rule in Items(driver, "rules"))
            if (Text(rule, "id") is { } id && Member(rule, "defaultConfiguration") is { } configuration && Text(configuration, "level") is { } level) defaults[id] = level;
        return defaults;
    }

    private static JsonElement? Member(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
