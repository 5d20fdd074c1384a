using System.CommandLine;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Adapters.Files;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Scanning;
using NodaTime;

namespace Fairway.Offline;

/// <summary>What every scan takes and how each one ends: judged by exemptions, printed, written as SARIF, gated by severity.</summary>
internal sealed class ScanOptions(CliContext context)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Argument<string> Path { get; } = new("PATH") { Description = "Folder or file to look at. By default the current folder.", DefaultValueFactory = _ => "." };

    public Option<string?> Sarif { get; } = new("--sarif") { Description = "Also write the result as SARIF 2.1.0 to this file.", HelpName = "FILE" };

    public Option<string> FailOn { get; } = new("--fail-on")
    {
        Description = "Exit with 1 when a finding is at least so bad: info, low, medium, high, critical, or never.", HelpName = "LEVEL", DefaultValueFactory = _ => "high",
    };

    public Option<string?> Exemptions { get; } = new("--exemptions") { Description = $"File with exemptions. By default {ExemptionYaml.DefaultPath} in PATH, where there is one.", HelpName = "FILE" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON." };

    /// <summary>What is looked at; must exist.</summary>
    public string Root(ParseResult parsed)
    {
        // A command that takes other things than a path is about the current folder.
        var root = Absolute(parsed.GetValue(Path) ?? ".");
        return Directory.Exists(root) || File.Exists(root) ? root
            : throw new FairwayException("path-missing", $"{root} does not exist", "name a folder or a file", 400);
    }

    /// <summary>A path as seen from the current folder.</summary>
    public string Absolute(string path) => System.IO.Path.GetFullPath(System.IO.Path.Combine(context.Folder, path));

    /// <summary>The text of a file that the command line names.</summary>
    public string Required(string path, string what)
    {
        var unread = new List<string>();
        var full = Absolute(path);
        if (!File.Exists(full)) throw new FairwayException("file-missing", $"the {what} {full} does not exist", "check its path", 400);
        return SourceTree.ReadText(new(path, full, new FileInfo(full).Length), SarifReader.MaxBytes, unread)
            ?? throw new FairwayException("file-unreadable", $"the {what} {full} cannot be read{(unread.Count > 0 ? ": " + unread[0] : ": it is binary")}", "name a text file", 400);
    }

    /// <summary>Judges, prints and ends a scan.</summary>
    public int Finish(ParseResult parsed, string tool, ImmutableArray<ScanRule> rules, IEnumerable<Finding> findings, List<string> unread, params ReadOnlySpan<(string Name, long Count)> looked)
    {
        var failOn = Threshold(parsed);
        var report = ScanReport.Of(tool, rules, findings, ReadExemptions(parsed), Instant.FromDateTimeOffset(context.Time.GetUtcNow())) with
        {
            Unread = [.. unread],
            Looked = looked.ToArray().ToImmutableSortedDictionary(row => row.Name, row => row.Count, StringComparer.Ordinal),
        };
        var failed = report.Fails(failOn);
        if (parsed.GetValue(Sarif) is { } file) Save(Absolute(file), SarifWriter.Write(report, Version));
        if (parsed.GetValue(Json)) context.Out.WriteLine(Describe(report, failed).ToJsonString(Indented));
        else Print(report, failed, failOn);
        return failed ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static string Version { get; } = typeof(ScanOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private Severity? Threshold(ParseResult parsed)
    {
        var text = parsed.GetValue(FailOn)!;
        if (text == "never") return null;
        return SeverityText.TryParse(text, out var severity) ? severity
            : throw new FairwayException("level-invalid", $"--fail-on {text} is no level", $"write one of {SeverityText.Words}; or never", 400);
    }

    private ImmutableArray<Exemption> ReadExemptions(ParseResult parsed)
    {
        var named = parsed.GetValue(Exemptions);
        var file = named is not null ? Absolute(named) : System.IO.Path.Combine(Root(parsed), ExemptionYaml.DefaultPath);
        if (!File.Exists(file)) return named is null ? [] : throw new FairwayException("file-missing", $"the file with exemptions {file} does not exist", "check its path", 400);
        var (exemptions, problems) = ExemptionYaml.Read(named ?? ExemptionYaml.DefaultPath, Encoding.UTF8.GetBytes(Required(file, "file with exemptions")));
        return problems.IsEmpty ? exemptions
            : throw new FairwayException("exemptions-invalid", "the exemptions cannot be used, so nothing was judged", "mend the file", 400, problems);
    }

    // Whole or not at all.
    private static void Save(string file, string text)
    {
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FairwayException("sarif-unwritten", $"{file} cannot be written: {failure.Message}", "name a file in a folder that exists and may be written", 400, inner: failure);
        }
    }

    private void Print(ScanReport report, bool failed, Severity? failOn)
    {
        foreach (var judged in report.Findings)
        {
            var finding = judged.Finding;
            var place = finding.Path.Length == 0 ? "" : finding.Line > 0 ? $"{finding.Path}:{finding.Line}" : finding.Path;
            if (finding.Commit is { } commit) place += $" ({commit[..Math.Min(12, commit.Length)]})";
            var state = judged.Exemption is { } held ? $"exempt until {held.Expires}: " : finding.Suppressed is not null ? "suppressed: " : "";
            context.Out.WriteLine($"{SeverityText.Of(finding.Severity),-8} {place}  {state}{finding.Message} [{finding.Rule}]");
            if (judged.Exemption is { } by) context.Out.WriteLine($"         {by.Reason} ({by.Owner}{(by.Ticket is { } ticket ? ", " + ticket : "")})");
            else if (finding.Suppressed is { } why) context.Out.WriteLine($"         {why}");
            else if (finding.Mend is { } mend) context.Out.WriteLine($"         {mend}");
            if (judged.Expired is { } over) context.Out.WriteLine($"         the exemption of {over.Owner} ended at {over.Expires} and does not hold any more");
        }
        foreach (var unread in report.Unread) context.Error.WriteLine($"not looked at: {unread}");
        var looked = string.Join(", ", report.Looked.Select(row => $"{row.Value} {row.Key}"));
        context.Out.WriteLine($"{report.Tool}: {report.Summary}{(looked.Length > 0 ? $"; looked at {looked}" : "")}");
        if (failed) context.Error.WriteLine($"failed: a finding is {SeverityText.Of(failOn!.Value)} or worse");
    }

    private static JsonObject Describe(ScanReport report, bool failed) => new()
    {
        ["tool"] = report.Tool,
        ["failed"] = failed,
        ["summary"] = report.Summary,
        ["numbers"] = new JsonObject(report.Numbers.Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value))),
        ["looked"] = new JsonObject(report.Looked.Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value))),
        ["unread"] = new JsonArray([.. report.Unread.Select(text => (JsonNode)text)]),
        ["findings"] = new JsonArray([.. report.Findings.Select(Describe)]),
    };

    private static JsonObject Describe(JudgedFinding judged)
    {
        var finding = judged.Finding;
        return new()
        {
            ["rule"] = finding.Rule, ["severity"] = SeverityText.Of(finding.Severity), ["message"] = finding.Message, ["path"] = finding.Path, ["line"] = finding.Line,
            ["column"] = finding.Column, ["fingerprint"] = finding.Fingerprint, ["commit"] = finding.Commit, ["package"] = finding.Package, ["subject"] = finding.Subject,
            ["score"] = finding.Score, ["aliases"] = new JsonArray([.. finding.Aliases.Select(alias => (JsonNode)alias)]), ["mend"] = finding.Mend, ["counts"] = judged.Counts,
            ["suppressed"] = finding.Suppressed, ["exemption"] = Describe(judged.Exemption), ["expiredExemption"] = Describe(judged.Expired),
        };
    }

    private static JsonObject? Describe(Exemption? exemption) => exemption is null ? null : new()
    {
        ["owner"] = exemption.Owner, ["reason"] = exemption.Reason, ["ticket"] = exemption.Ticket, ["expires"] = exemption.Expires.ToString(),
    };
}
