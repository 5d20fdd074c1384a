using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>
/// Writes a report as SARIF 2.1.0 (OASIS), one run. What is exempt is a result with a suppression of kind <c>external</c>, what the sources themselves allow one
/// of kind <c>inSource</c>. The same report gives the same bytes.
/// </summary>
public static class SarifWriter
{
    /// <summary>The name under which we keep fingerprints.</summary>
    public const string FingerprintName = "fairway/v1";

    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";

    /// <summary>The log, as UTF-8 text.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="version">The program's version.</param>
    public static string Write(ScanReport report, string version)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json, report, version);
            WriteInvocation(json, report);
            json.WriteString("columnKind", "utf16CodeUnits");
            var index = report.Rules.Select((rule, at) => (rule.Id, at)).ToDictionary(pair => pair.Id, pair => pair.at, StringComparer.Ordinal);
            json.WriteStartArray("results");
            foreach (var judged in report.Findings) WriteResult(json, judged, index);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    private static void WriteTool(Utf8JsonWriter json, ScanReport report, string version)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", report.Tool);
        json.WriteString("version", version);
        json.WriteStartArray("rules");
        foreach (var rule in report.Rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            WriteText(json, "shortDescription", rule.Title);
            WriteText(json, "help", rule.Mend);
            json.WriteStartObject("defaultConfiguration");
            json.WriteString("level", LevelOf(rule.Severity));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, ScanReport report)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", true);
        if (!report.Unread.IsEmpty)
        {
            json.WriteStartArray("toolExecutionNotifications");
            foreach (var unread in report.Unread)
            {
                json.WriteStartObject();
                json.WriteString("level", "warning");
                WriteText(json, "message", unread);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter json, JudgedFinding judged, Dictionary<string, int> rules)
    {
        var finding = judged.Finding;
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Rule);
        if (rules.TryGetValue(finding.Rule, out var index)) json.WriteNumber("ruleIndex", index);
        json.WriteString("level", LevelOf(finding.Severity));
        WriteText(json, "message", finding.Mend is { } mend ? $"{finding.Message} {mend}" : finding.Message);
        if (finding.Path.Length > 0) WriteLocation(json, finding);
        if (finding.Fingerprint.Length > 0)
        {
            json.WriteStartObject("partialFingerprints");
            json.WriteString(FingerprintName, finding.Fingerprint);
            json.WriteEndObject();
        }
        WriteSuppressions(json, judged);
        WriteProperties(json, judged);
        json.WriteEndObject();
    }

    private static void WriteLocation(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", string.Join('/', finding.Path.Split('/').Select(Uri.EscapeDataString)));
        json.WriteEndObject();
        if (finding.Line > 0)
        {
            json.WriteStartObject("region");
            json.WriteNumber("startLine", finding.Line);
            if (finding.Column > 0) json.WriteNumber("startColumn", finding.Column);
            if (finding.EndLine > 0) json.WriteNumber("endLine", finding.EndLine);
            if (finding.EndColumn > 0) json.WriteNumber("endColumn", finding.EndColumn);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        if (finding.Subject is { } subject)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("fullyQualifiedName", subject);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteEndArray();
    }

    // An empty list says that suppressions were looked at and there is none; absent would say that nobody knows (SARIF 2.1.0, §3.27.23).
    private static void WriteSuppressions(Utf8JsonWriter json, JudgedFinding judged)
    {
        json.WriteStartArray("suppressions");
        if (judged.Finding.Suppressed is { } inSource) WriteSuppression(json, "inSource", "accepted", inSource);
        if (judged.Exemption is { } held) WriteSuppression(json, "external", "accepted", Justify(held));
        if (judged.Expired is { } over) WriteSuppression(json, "external", "rejected", "expired: " + Justify(over));
        json.WriteEndArray();
    }

    private static void WriteSuppression(Utf8JsonWriter json, string kind, string status, string justification)
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        json.WriteString("status", status);
        json.WriteString("justification", justification);
        json.WriteEndObject();
    }

    private static string Justify(Exemption exemption)
        => $"{exemption.Reason} (owner {exemption.Owner}{(exemption.Ticket is { } ticket ? ", " + ticket : "")}, until "
            + exemption.Expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) + ")";

    private static void WriteProperties(Utf8JsonWriter json, JudgedFinding judged)
    {
        var finding = judged.Finding;
        json.WriteStartObject("properties");
        json.WriteString("severity", SeverityText.Of(finding.Severity));
        if (finding.Score is { } score) json.WriteString("security-severity", score.ToString("0.0", CultureInfo.InvariantCulture));
        if (finding.Commit is { } commit) json.WriteString("commit", commit);
        if (finding.Package is { } package) json.WriteString("package", package);
        if (!finding.Aliases.IsEmpty)
        {
            json.WriteStartArray("aliases");
            foreach (var alias in finding.Aliases) json.WriteStringValue(alias);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static string LevelOf(Severity severity) => severity switch
    {
        >= Severity.High => "error",
        Severity.Medium => "warning",
        Severity.Low or Severity.Info => "note",
    };

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
