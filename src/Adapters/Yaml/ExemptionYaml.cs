using Fairway.Kernel;
using Fairway.Configuration;
using Fairway.Scanning;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Adapters.Yaml;

/// <summary>
/// Reads exemptions: a list, or a mapping with the list under <c>exemptions</c>, each with <c>rule</c>, <c>owner</c>, <c>reason</c>, <c>expires</c> and, if wanted,
/// <c>ticket</c>, <c>path</c>, <c>package</c>, <c>subject</c>, <c>fingerprint</c>. Every mistake is told; with one, none of the file is used.
/// </summary>
public static class ExemptionYaml
{
    /// <summary>Where they are looked for when no file is named.</summary>
    public const string DefaultPath = ".fairway/exemptions.yaml";

    /// <summary>Most exemptions of a file.</summary>
    public const int Most = 10_000;

    private static readonly ImmutableHashSet<string> Names = ["rule", "owner", "reason", "expires", "ticket", "path", "package", "subject", "fingerprint"];

    /// <summary>Reads a text.</summary>
    /// <param name="name">The file, for messages.</param>
    /// <param name="bytes">Its content.</param>
    /// <returns>The exemptions, and what is wrong: file, line, sentence.</returns>
    public static (ImmutableArray<Exemption> Exemptions, ImmutableArray<string> Problems) Read(string name, byte[] bytes)
    {
        var diagnostics = new DiagnosticList();
        var problems = ImmutableArray.CreateBuilder<string>();
        var exemptions = ImmutableArray.CreateBuilder<Exemption>();
        if (ConfigurationText.Decode(name, "", bytes, diagnostics) is { } file)
        {
            var root = YamlTree.ReadAny(file, diagnostics).Root;
            var list = root is MappingNode mapping ? mapping.Find("exemptions")?.Value : root;
            if (list is SequenceNode { Items.Length: <= Most } items)
            {
                foreach (var item in items.Items)
                    if (One(item, problems) is { } exemption) exemptions.Add(exemption);
            }
            else if (list is { IsNull: false }) problems.Add($"{name}:{list.At.Line}: a list of at most {Most} exemptions was expected");
        }
        problems.InsertRange(0, diagnostics.Sorted().Select(one => $"{name}:{one.At.Line}: {one.Sentence}"));
        return problems.Count > 0 ? ([], problems.ToImmutable()) : (exemptions.ToImmutable(), []);
    }

    private static Exemption? One(ConfigurationNode node, ImmutableArray<string>.Builder problems)
    {
        var place = $"{node.At.File.Name}:{node.At.Line}";
        if (node is not MappingNode mapping)
        {
            problems.Add($"{place}: an exemption is a mapping with rule, owner, reason and expires");
            return null;
        }
        foreach (var entry in mapping.Entries.Where(entry => !Names.Contains(entry.Name)))
            problems.Add($"{node.At.File.Name}:{entry.Key.At.Line}: {entry.Name} is no part of an exemption{(NearestName.Of(entry.Name, Names) is { } near ? $"; did you mean {near}?" : "")}");
        string? Text(string name) => mapping.Find(name)?.Value is ScalarNode { IsNull: false } scalar ? scalar.Value : null;
        foreach (var name in (ReadOnlySpan<string>)["rule", "owner", "reason", "expires"])
            if (string.IsNullOrWhiteSpace(Text(name))) problems.Add($"{place}: an exemption needs {name}");
        if (Text("expires") is not { } written || Text("rule") is not { } rule || Text("owner") is not { } owner || Text("reason") is not { } reason) return null;
        if (End(written) is not { } expires)
        {
            problems.Add($"{place}: expires is {written}; write a day such as 2026-12-31 or a moment such as 2026-12-31T12:00:00Z");
            return null;
        }
        return new(rule, owner, reason, expires)
        {
            Ticket = Text("ticket"), Path = Text("path"), Package = Text("package"), Subject = Text("subject"), Fingerprint = Text("fingerprint"),
        };
    }

    // A day holds to its end, in UTC.
    private static Instant? End(string text)
    {
        var day = LocalDatePattern.Iso.Parse(text);
        if (day.Success) return day.Value.PlusDays(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
        var moment = InstantPattern.ExtendedIso.Parse(text);
        return moment.Success ? moment.Value : null;
    }
}
