using System.Globalization;
using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>What came of reading a SARIF log.</summary>
/// <param name="Rules">Rules its tools name.</param>
/// <param name="Findings">Its results.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record SarifReading(ImmutableArray<ScanRule> Rules, ImmutableArray<Finding> Findings, string? Problem);

/// <summary>
/// Reads SARIF 2.1.0 logs of any scanner. At most <see cref="MaxBytes"/>, <see cref="MaxResults"/> results and 64 levels; texts are cut at 2,000 characters,
/// control characters become blanks. Results of a kind other than <c>fail</c> are left out; so is what the tool itself suppressed, but shown.
/// </summary>
public static class SarifReader
{
    /// <summary>Largest log, in bytes.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Most results of all runs together.</summary>
    public const int MaxResults = 100_000;

    private const int MaxText = 2_000;

    /// <summary>Reads a log.</summary>
    public static SarifReading Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes) return Fail($"it is larger than {MaxBytes >> 20} MiB");
        if (utf8.Span.StartsWith<byte>([0xEF, 0xBB, 0xBF])) utf8 = utf8[3..];
        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = 64, CommentHandling = JsonCommentHandling.Skip });
            return Read(document.RootElement);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return Fail($"it is no JSON: {malformed.Message}");
        }
    }

    private static SarifReading Read(JsonElement root)
    {
        if (Text(root, "version") is not { } version || !version.StartsWith("2.1", StringComparison.Ordinal))
            return Fail("it is no SARIF 2.1.0 log: \"version\" must be \"2.1.0\"");
        var rules = new Dictionary<string, ScanRule>(StringComparer.Ordinal);
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var run in Items(root, "runs"))
        {
            var driver = Child(Child(run, "tool"), "driver");
            var own = new List<(string Id, JsonElement Rule)>();
            foreach (var rule in Items(driver, "rules")) own.Add((Text(rule, "id") ?? "", rule));
            foreach (var (id, rule) in own)
                if (id.Length > 0) rules.TryAdd(id, new(id, Message(rule, "shortDescription") ?? Text(rule, "name") ?? id, OfRule(rule), Message(rule, "help") ?? ""));
            foreach (var result in Items(run, "results"))
            {
                if (findings.Count >= MaxResults) return Fail($"it has more than {MaxResults} results");
                if (Text(result, "kind") is { } kind && kind != "fail") continue;
                findings.Add(Result(result, own, rules));
            }
        }
        return new([.. rules.Values], findings.ToImmutable(), null);
    }

    private static Finding Result(JsonElement result, List<(string Id, JsonElement Rule)> own, Dictionary<string, ScanRule> rules)
    {
        var reference = Child(result, "rule");
        var id = Text(result, "ruleId") ?? Text(reference, "id") ?? "";
        var index = Number(result, "ruleIndex") ?? Number(reference, "index") ?? -1;
        if (id.Length == 0 && index >= 0 && index < own.Count) id = own[index].Id;
        if (id.Length == 0) id = "unnamed";
        // Of GitHub's convention: the score is a text in the properties, of the result or of its rule.
        var rule = index >= 0 && index < own.Count ? own[index].Rule : own.Find(candidate => candidate.Id == id).Rule;
        var score = Score(Child(result, "properties")) ?? Score(Child(rule, "properties"));
        var severity = Text(Child(result, "properties"), "severity") is { } said && SeverityText.TryParse(said, out var ours) ? ours
            : score is { } number ? SeverityText.OfScore(number)
            : Text(result, "level") is { } level && SeverityText.TryParse(level, out var leveled) ? leveled
            : rules.TryGetValue(id, out var known) ? known.Severity : Severity.Medium;
        var message = Message(result, "message") ?? Filled(result, rule) ?? id;
        var place = Child(First(result, "locations"), "physicalLocation");
        var region = Child(place, "region");
        return new(id, severity, message, PathOf(Text(Child(place, "artifactLocation"), "uri")), Number(region, "startLine") ?? 0)
        {
            Column = Number(region, "startColumn") ?? 0,
            EndLine = Number(region, "endLine") ?? 0,
            EndColumn = Number(region, "endColumn") ?? 0,
            Score = score,
            Fingerprint = Fingerprint(result),
            Suppressed = SuppressedBy(result),
            Commit = Text(Child(result, "properties"), "commit"),
            Package = Text(Child(result, "properties"), "package"),
            Subject = Text(First(First(result, "locations"), "logicalLocations"), "fullyQualifiedName"),
            Aliases = [.. Items(Child(result, "properties"), "aliases").Take(64).Where(alias => alias.ValueKind == JsonValueKind.String).Select(alias => Tame(alias.GetString()!))],
        };
    }

    private static Severity OfRule(JsonElement rule)
        => Score(Child(rule, "properties")) is { } score ? SeverityText.OfScore(score)
            : SeverityText.TryParse(Text(Child(rule, "defaultConfiguration"), "level"), out var severity) ? severity : Severity.Medium;

    // A message may be the id of one of the rule's (SARIF 2.1.0, §3.11): placeholders {0} stand for its arguments.
    private static string? Filled(JsonElement result, JsonElement rule)
    {
        var message = Child(result, "message");
        if (Text(message, "id") is not { } id || Message(Child(rule, "messageStrings"), id) is not { } text) return null;
        var at = 0;
        foreach (var argument in Items(message, "arguments").Take(32))
            text = text.Replace($"{{{at++}}}", argument.ValueKind == JsonValueKind.String ? argument.GetString() : "", StringComparison.Ordinal);
        return Tame(text);
    }

    // Accepted is the default; one under review or rejected leaves the result in force (SARIF 2.1.0, §3.35.3).
    private static string? SuppressedBy(JsonElement result)
    {
        foreach (var suppression in Items(result, "suppressions"))
            if ((Text(suppression, "status") ?? "accepted") == "accepted") return Text(suppression, "justification") is { Length: > 0 } why ? why : "suppressed by the scanner";
        return null;
    }

    private static string Fingerprint(JsonElement result)
    {
        foreach (var name in (ReadOnlySpan<string>)["partialFingerprints", "fingerprints"])
        {
            var prints = Child(result, name);
            if (prints.ValueKind != JsonValueKind.Object) continue;
            if (Text(prints, SarifWriter.FingerprintName) is { } own) return own;
            foreach (var print in prints.EnumerateObject())
                if (print.Value.ValueKind == JsonValueKind.String) return Tame(print.Value.GetString()!);
        }
        return "";
    }

    private static string PathOf(string? uri)
    {
        if (uri is null) return "";
        var path = uri.StartsWith("file://", StringComparison.Ordinal) ? uri["file://".Length..] : uri;
        return Tame(Uri.UnescapeDataString(path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path));
    }

    private static double? Score(JsonElement properties)
    {
        var score = Child(properties, "security-severity");
        var value = double.NaN;
        if (score.ValueKind == JsonValueKind.Number) value = score.GetDouble();
        else if (score.ValueKind == JsonValueKind.String && double.TryParse(score.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var read)) value = read;
        return value is >= 0 and <= 10 ? value : null;
    }

    private static string? Message(JsonElement parent, string name) => Text(Child(parent, name), "text") ?? Text(Child(parent, name), "markdown");

    private static JsonElement Child(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) ? child : default;

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name)
        => Child(parent, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;

    private static JsonElement First(JsonElement parent, string name) => Items(parent, name).FirstOrDefault();

    private static string? Text(JsonElement parent, string name)
        => Child(parent, name) is { ValueKind: JsonValueKind.String } text ? Tame(text.GetString()!) : null;

    private static int? Number(JsonElement parent, string name)
        => Child(parent, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;

    private static string Tame(string text)
    {
        if (text.Length > MaxText) text = text[..MaxText] + "…";
        return text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 ? text : string.Create(text.Length, text, static (into, from) =>
        {
            for (var at = 0; at < into.Length; at++) into[at] = char.IsControl(from[at]) ? ' ' : from[at];
        });
    }

    private static SarifReading Fail(string problem) => new([], [], problem);
}
