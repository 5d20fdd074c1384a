using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.Rules.Templates;

/// <summary>What templates can call: Go's own functions, and those of Prometheus (prometheus.io/docs, "Template reference").</summary>
internal static class TemplateFunctions
{
    /// <summary>By name: the least and the most arguments, and what it does.</summary>
    public static readonly FrozenDictionary<string, (int Least, int Most, Func<TemplateWorld, List<object?>, object?> Run)> All =
        new Dictionary<string, (int, int, Func<TemplateWorld, List<object?>, object?>)>(StringComparer.Ordinal)
        {
            ["and"] = (1, int.MaxValue, (_, a) => a[^1]),
            ["or"] = (1, int.MaxValue, (_, a) => a[^1]),
            ["not"] = (1, 1, (_, a) => !GoFormat.IsTrue(a[0])),
            ["eq"] = (2, int.MaxValue, (_, a) => a.Skip(1).Any(b => Compare(a[0], b) == 0)),
            ["ne"] = (2, 2, (_, a) => Compare(a[0], a[1]) != 0),
            ["lt"] = (2, 2, (_, a) => Order(a) < 0),
            ["le"] = (2, 2, (_, a) => Order(a) <= 0),
            ["gt"] = (2, 2, (_, a) => Order(a) > 0),
            ["ge"] = (2, 2, (_, a) => Order(a) >= 0),
            ["len"] = (1, 1, (_, a) => Length(a[0])),
            ["index"] = (1, int.MaxValue, (_, a) => a.Skip(1).Aggregate(a[0], Index)),
            ["print"] = (0, int.MaxValue, (_, a) => Printed(a, always: false)),
            ["println"] = (0, int.MaxValue, (_, a) => Printed(a, always: true) + "\n"),
            ["printf"] = (1, int.MaxValue, (_, a) => GoFormat.Printf(Text(a[0]), [.. a.Skip(1)])),
            ["html"] = (1, int.MaxValue, (_, a) => WebUtility.HtmlEncode(Printed(a, always: false))),
            ["js"] = (1, int.MaxValue, (_, a) => System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(Printed(a, always: false))),
            ["urlquery"] = (1, int.MaxValue, (_, a) => Escaped(Printed(a, always: false))),
            ["query"] = (1, 1, (world, a) => world.Query(Text(a[0])).ToArray<object?>()),
            ["first"] = (1, 1, (_, a) => List(a[0]) is [var first, ..] ? first : throw new TemplateException("first() called on vector with no elements")),
            ["label"] = (2, 2, (_, a) => Sample(a[1]).Labels.GetValueOrDefault(Text(a[0]), "")),
            ["value"] = (1, 1, (_, a) => Sample(a[0]).Value),
            ["strvalue"] = (1, 1, (_, a) => Sample(a[0]).Labels.GetValueOrDefault("__value__", "")),
            ["sortByLabel"] = (2, 2, (_, a) => List(a[1]).OrderBy(s => Sample(s).Labels.GetValueOrDefault(Text(a[0]), ""), StringComparer.Ordinal).ToArray()),
            ["args"] = (0, int.MaxValue, (_, a) => a.Select((value, i) => (Key: $"arg{i.ToString(CultureInfo.InvariantCulture)}", value)).ToDictionary(p => p.Key, p => p.value, StringComparer.Ordinal)),
            ["match"] = (2, 2, (_, a) => Pattern("(?s:.*)(?:" + Text(a[0]) + ")(?s:.*)").Matches(Text(a[1]))),
            ["reReplaceAll"] = (3, 3, (_, a) => Pattern(Text(a[0])).ReplaceAll(Text(a[2]), Text(a[1]))),
            ["title"] = (1, 1, (_, a) => Title(Text(a[0]))),
            ["toUpper"] = (1, 1, (_, a) => Text(a[0]).ToUpperInvariant()),
            ["toLower"] = (1, 1, (_, a) => Text(a[0]).ToLowerInvariant()),
            ["safeHtml"] = (1, 1, (_, a) => Text(a[0])),
            ["stripPort"] = (1, 1, (_, a) => StripPort(Text(a[0]))),
            ["stripDomain"] = (1, 1, (_, a) => StripDomain(Text(a[0]))),
            ["externalURL"] = (0, 0, (world, _) => world.ExternalUrl),
            ["pathPrefix"] = (0, 0, (world, _) => Uri.TryCreate(world.ExternalUrl, UriKind.Absolute, out var url) ? url.AbsolutePath.TrimEnd('/') : ""),
            ["graphLink"] = (1, 1, (_, a) => $"/graph?g0.expr={Escaped(Text(a[0]))}&g0.tab=0"),
            ["tableLink"] = (1, 1, (_, a) => $"/graph?g0.expr={Escaped(Text(a[0]))}&g0.tab=1"),
            ["parseDuration"] = (1, 1, (_, a) => PrometheusDuration.TryParse(Text(a[0]), out var duration)
                ? duration.TotalSeconds : throw new TemplateException($"not a valid duration string: \"{Text(a[0])}\"")),
            ["now"] = (0, 0, (world, _) => world.Now.ToUnixTimeMilliseconds() / 1000.0),
            ["toTime"] = (1, 1, (_, a) => HumanNumber.Time(Number(a[0]))),
            ["humanize"] = (1, 1, (_, a) => HumanNumber.Decimal(Number(a[0]))),
            ["humanize1024"] = (1, 1, (_, a) => HumanNumber.Binary(Number(a[0]))),
            ["humanizeDuration"] = (1, 1, (_, a) => HumanNumber.Duration(Number(a[0]))),
            ["humanizePercentage"] = (1, 1, (_, a) => GoFormat.Significant(Number(a[0]) * 100, 4) + "%"),
            ["humanizeTimestamp"] = (1, 1, (_, a) => HumanNumber.Timestamp(Number(a[0]))),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static string Text(object? value) => value as string ?? GoFormat.Print(value);

    private static double Number(object? value) => value switch
    {
        double number => number,
        long whole => whole,
        string text when GoNumber.TryParseFloat(text, out var number) => number,
        string text when text is "NaN" or "+Inf" or "-Inf" or "Inf" && GoNumber.TryParse(text, out var number) => number,
        _ => throw new TemplateException($"can't convert {GoFormat.Print(value)} to float"),
    };

    private static IReadOnlyList<object?> List(object? value) => value as IReadOnlyList<object?> ?? throw new TemplateException("wrong type for value; expected a query's result");

    private static TemplateSample Sample(object? value) => value as TemplateSample ?? throw new TemplateException("wrong type for value; expected a sample");

    private static LabelPattern Pattern(string text)
    {
        try
        {
            return LabelPattern.Parse(text);
        }
        catch (FormatException error)
        {
            throw new TemplateException(error.Message, error);
        }
    }

    private static int Order(List<object?> a) => Compare(a[0], a[1]) ?? throw new TemplateException("invalid type for comparison");

    // Zero for the same; null where there is no order.
    private static int? Compare(object? a, object? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) or (_, null) => null,
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x == y ? 0 : null,
        (long x, long y) => x.CompareTo(y),
        (double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y),
        // Go refuses these; a rule that compares $value with 0 is meant to work.
        (long x, double y) => ((double)x).CompareTo(y),
        (double x, long y) => x.CompareTo(y),
        _ => throw new TemplateException("incompatible types for comparison"),
    };

    private static long Length(object? value) => value switch
    {
        string text => System.Text.Encoding.UTF8.GetByteCount(text),
        IReadOnlyList<object?> list => list.Count,
        IReadOnlyDictionary<string, string> labels => labels.Count,
        IReadOnlyDictionary<string, object?> map => map.Count,
        _ => throw new TemplateException($"len of type {GoFormat.TypeOf(value)}"),
    };

    private static object? Index(object? of, object? key) => (of, key) switch
    {
        (IReadOnlyDictionary<string, string> labels, string name) => labels.GetValueOrDefault(name, ""),
        (IReadOnlyDictionary<string, object?> map, string name) => map.GetValueOrDefault(name),
        (IReadOnlyList<object?> list, long at) when at >= 0 && at < list.Count => list[(int)at],
        (IReadOnlyList<object?>, long at) => throw new TemplateException($"index out of range: {at.ToString(CultureInfo.InvariantCulture)}"),
        _ => throw new TemplateException($"can't index item of {GoFormat.Print(of)}"),
    };

    // Print puts space between two of which neither is a text; Println always.
    private static string Printed(List<object?> values, bool always)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0 && (always || (values[i] is not string && values[i - 1] is not string))) text.Append(' ');
            text.Append(values[i] is null ? "<nil>" : GoFormat.Print(values[i]));
        }

        return text.ToString();
    }

    // As url.QueryEscape.
    private static string Escaped(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string Title(string text)
    {
        var letters = text.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            if (i == 0 || !(char.IsLetterOrDigit(letters[i - 1]) || letters[i - 1] is '_' or '\'')) letters[i] = char.ToUpperInvariant(letters[i]);
        }

        return new(letters);
    }

    private static string StripPort(string host)
    {
        if (host.StartsWith('[') && host.IndexOf(']', StringComparison.Ordinal) is > 0 and var end) return host[1..end];
        var colon = host.LastIndexOf(':');
        return colon >= 0 && host.IndexOf(':', StringComparison.Ordinal) == colon ? host[..colon] : host;
    }

    private static string StripDomain(string hostAndPort)
    {
        var host = StripPort(hostAndPort);
        if (IPAddress.TryParse(host, out _)) return hostAndPort;
        var port = host.Length < hostAndPort.Length ? hostAndPort[host.Length..] : "";
        return host.Split('.')[0] + port;
    }
}
