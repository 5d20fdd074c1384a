using System.Text;

namespace Fairway.Metrics.Otlp;

/// <summary>Names of OpenTelemetry in Prometheus (OpenTelemetry specification, "Prometheus and OpenMetrics compatibility").</summary>
internal static class OtlpNames
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["d"] = "days", ["h"] = "hours", ["min"] = "minutes", ["s"] = "seconds", ["ms"] = "milliseconds", ["us"] = "microseconds", ["ns"] = "nanoseconds",
        ["By"] = "bytes", ["KiBy"] = "kibibytes", ["MiBy"] = "mebibytes", ["GiBy"] = "gibibytes", ["TiBy"] = "tibibytes",
        ["KBy"] = "kilobytes", ["kBy"] = "kilobytes", ["MBy"] = "megabytes", ["GBy"] = "gigabytes", ["TBy"] = "terabytes",
        ["m"] = "meters", ["V"] = "volts", ["A"] = "amperes", ["J"] = "joules", ["W"] = "watts", ["g"] = "grams",
        ["Cel"] = "celsius", ["Hz"] = "hertz", ["1"] = "", ["%"] = "percent",
    };

    private static readonly Dictionary<string, string> PerUnits = new(StringComparer.Ordinal)
    {
        ["s"] = "second", ["m"] = "minute", ["h"] = "hour", ["d"] = "day", ["w"] = "week", ["mo"] = "month", ["y"] = "year",
    };

    /// <summary>A metric's name.</summary>
    /// <param name="name">As OpenTelemetry has it.</param>
    /// <param name="unit">In UCUM; may be empty.</param>
    /// <param name="type">As <see cref="Storage.MetricMetadata"/> names it: counters end in total, gauges of unit 1 in ratio.</param>
    /// <param name="naming">How it is made.</param>
    public static string Metric(string name, string unit, string type, OtlpNaming naming) => naming switch
    {
        OtlpNaming.Kept => name,
        OtlpNaming.KeptWithSuffixes => Suffixed(name, unit, type),
        OtlpNaming.UnderscoresWithoutSuffixes => Started(string.Join('_', Tokens(name, underscore: true))),
        _ => Full(name, unit, type),
    };

    /// <summary>An attribute's label.</summary>
    public static string Label(string attribute, OtlpNaming naming)
    {
        if (attribute.Length == 0 || naming is OtlpNaming.Kept or OtlpNaming.KeptWithSuffixes) return attribute;
        var name = new StringBuilder(attribute.Length + 4);
        foreach (var c in attribute) name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        if (char.IsAsciiDigit(name[0])) return name.Insert(0, "key_").ToString();
        var text = name.ToString();
        return text[0] == '_' && !text.StartsWith("__", StringComparison.Ordinal) ? "key" + text : text;
    }

    /// <summary>A unit as Prometheus calls it: <c>By/s</c> is <c>bytes_per_second</c>; empty for one without dimension.</summary>
    public static string Unit(string unit)
    {
        var (main, per) = Split(unit);
        return string.Join('_', new[] { Clean(main), Clean(per).TrimEnd('_') }.Where(p => p.Length > 0)).Trim('_');
    }

    private static string Full(string name, string unit, string type)
    {
        var tokens = Tokens(name, underscore: false);
        var (mainUnit, perUnit) = Split(unit);
        var (main, per) = (Clean(mainUnit), Clean(perUnit));
        if (tokens.Contains(main)) main = "";
        per = per == "per_" ? "" : per.TrimEnd('_');
        if (tokens.Contains(per)) per = "";
        if (per.Length > 0) main = main.TrimEnd('_');
        if (main.Length > 0) tokens.Add(main);
        if (per.Length > 0) tokens.Add(per);
        var last = Last(unit, type);
        if (last.Length > 0)
        {
            tokens.RemoveAll(t => t == last);
            tokens.Add(last);
        }

        return Started(string.Join('_', tokens));
    }

    private static string Suffixed(string name, string unit, string type)
    {
        var last = Last(unit, type);
        var (main, per) = Split(unit);
        if (last.Length > 0) name = WithoutEnd(name, last);
        if (per.Length > 0) name = WithoutEnd(name, per);
        if (main.Length > 0 && !name.EndsWith(main, StringComparison.Ordinal)) name += "_" + main;
        if (per.Length > 0) name += "_" + per;
        return last.Length > 0 ? name + "_" + last : name;
    }

    private static string Last(string unit, string type) => type == "counter" ? "total" : type == "gauge" && unit == "1" ? "ratio" : "";

    private static string WithoutEnd(string name, string end) =>
        name.EndsWith(end, StringComparison.Ordinal) && name.Length > end.Length + 1 ? name[..^(end.Length + 1)] : name;

    private static (string Main, string Per) Split(string unit)
    {
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        var main = Plain(slash < 0 ? unit : unit[..slash]);
        var per = slash < 0 ? "" : Plain(unit[(slash + 1)..]);
        return (Units.GetValueOrDefault(main, main), per.Length == 0 ? "" : "per_" + PerUnits.GetValueOrDefault(per, per));
    }

    // {request} and the like are annotations, no units.
    private static string Plain(string unit)
    {
        unit = unit.Trim();
        return unit.AsSpan().ContainsAny('{', '}') ? "" : unit;
    }

    private static string Clean(string unit)
    {
        var clean = new StringBuilder(unit.Length);
        foreach (var c in unit)
        {
            if (IsNameChar(c)) clean.Append(c);
            else if (clean.Length > 0 && clean[^1] != '_') clean.Append('_');
        }

        return clean.ToString();
    }

    private static List<string> Tokens(string name, bool underscore)
    {
        var tokens = new List<string>();
        var start = -1;
        for (var i = 0; i <= name.Length; i++)
        {
            var inside = i < name.Length && (IsNameChar(name[i]) || (underscore && name[i] == '_'));
            if (inside && start < 0) start = i;
            if (inside || start < 0) continue;
            tokens.Add(name[start..i]);
            start = -1;
        }

        return tokens;
    }

    private static string Started(string name) => name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + name : name;

    private static bool IsNameChar(char c) => char.IsAsciiLetterOrDigit(c) || c == ':';
}
