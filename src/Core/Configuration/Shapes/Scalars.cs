using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The kinds of single values that fields are made of.</summary>
internal static class Scalars
{
    /// <summary>In every schema pattern: a value from the environment is checked when it is known.</summary>
    private const string OrVariable = @"|\$\{";

    /// <summary>Any text, just as it is written.</summary>
    public static ScalarShape<string> Text(string expected, string label = "text")
        => new(label, expected, Parsed.Value, value => value, () => new() { ["type"] = new JsonArray("string", "number", "boolean") });

    /// <summary>Text that is not empty.</summary>
    public static ScalarShape<string> Word(string expected, string label = "text")
        => new(label, expected, text => text.Trim().Length > 0 ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is empty"),
            value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    /// <summary>A path relative to the file it stands in.</summary>
    public static ScalarShape<string> Path(string expected)
        => new("path", expected, text => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)
            ? Parsed.Value(text.Length > 1 ? text.TrimEnd('/') : text) : Parsed.Malformed<string>(),
            value => value, () => new() { ["type"] = "string", ["minLength"] = 1 }) { Located = (file, path) => file.Resolve(path) };

    /// <summary>Yes or no, in any of YAML's spellings.</summary>
    public static ScalarShape<bool> Switch { get; } = new("true or false", "true or false",
        text => text.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => Parsed.Value(true),
            "false" or "no" or "off" => Parsed.Value(false),
            _ => Parsed.Malformed<bool>(NearestName.Of(text, ["true", "false"])),
        },
        value => value, () => new() { ["type"] = new JsonArray("boolean", "string"),
            ["pattern"] = "^([Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff|TRUE|FALSE|YES|NO|ON|OFF)$" + OrVariable });

    /// <summary>A whole number, in plain decimal digits.</summary>
    public static ScalarShape<int> Whole(int min, int max)
    {
        var expected = max == int.MaxValue ? $"a whole number, {min} or more" : $"a whole number from {min} to {max}";
        return new("number", expected, text => ParseWhole(text, min, max), value => value, () =>
        {
            var schema = new JsonObject { ["type"] = new JsonArray("integer", "string"), ["minimum"] = min,
                ["pattern"] = "^[0-9]+$" + OrVariable };
            if (max != int.MaxValue) schema["maximum"] = max;
            return schema;
        });
    }

    /// <summary>A number with decimals, above zero.</summary>
    public static ScalarShape<double> Number(string expected, double max)
        => new("number", expected, text => ParseNumber(text, max), value => value,
            () => new() { ["type"] = new JsonArray("number", "string"), ["exclusiveMinimum"] = 0, ["maximum"] = max,
                ["pattern"] = @"^[0-9]*\.?[0-9]+$" + OrVariable });

    /// <summary>A duration; zero only where it means something.</summary>
    public static ScalarShape<Duration> Time(bool zero = true)
    {
        var any = new ScalarShape<Duration>("duration", DurationText.Expected, DurationText.Parse, value => DurationText.Format(value),
            TimeSchema);
        return zero ? any : any.Where(DurationText.Expected.Replace("a duration", "a duration above 0", StringComparison.Ordinal),
            value => value > Duration.Zero ? null : ("is zero", null));
    }

    /// <summary>A size in bytes.</summary>
    public static ScalarShape<long> Size { get; } = new("size", SizeText.Expected, SizeText.Parse, value => SizeText.Format(value),
        () => new() { ["type"] = new JsonArray("string", "integer"), ["minimum"] = 0,
            ["pattern"] = @"^[0-9]+(\.[0-9]+)?(k|M|G|T|Ki|Mi|Gi|Ti)?$" + OrVariable });

    /// <summary>A percentage, as a share from 0 to 1.</summary>
    public static ScalarShape<double> Ratio { get; } = new("percentage", PercentText.Expected,
        text => PercentText.Parse(text) is { IsValid: true } parsed ? Parsed.Value((double)(parsed.Value / 100))
            : Again<double>(PercentText.Parse(text)),
        value => PercentText.Format((decimal)value * 100), PercentSchema);

    /// <summary>A share of traffic: a percentage above 0 with at most two decimals.</summary>
    public static ScalarShape<Weight> Share { get; } = new("percentage", PercentText.Expected,
        text => PercentText.Parse(text) is not { IsValid: true } parsed ? Again<Weight>(PercentText.Parse(text))
            : parsed.Value == 0 ? Parsed.OutOfRange<Weight>("is no traffic")
            : parsed.Value != decimal.Round(parsed.Value, 2) ? Parsed.OutOfRange<Weight>("is finer than 0.01%")
            : Parsed.Value(Weight.FromPercent(parsed.Value)),
        value => value.ToString(), PercentSchema);

    /// <summary>Where to listen.</summary>
    public static ScalarShape<ListenAddress> Listen { get; } = new("port or host:port", ListenAddress.Expected, ListenAddress.Parse,
        value => value.ToString(),
        () => new() { ["type"] = new JsonArray("integer", "string"), ["minimum"] = 1, ["maximum"] = 65535,
            ["pattern"] = "^(.*:)?[0-9]{1,5}$" + OrVariable });

    /// <summary>One of a few words.</summary>
    /// <param name="words">Each word with what it means and its value.</param>
    public static ScalarShape<T> OneOf<T>(params ImmutableArray<(string Word, T Value)> words) where T : struct
    {
        var expected = string.Join(", ", words.Take(words.Length - 1).Select(word => word.Word)) + " or " + words[^1].Word;
        return new(string.Join(", ", words.Select(word => $"`{word.Word}`")), expected, text =>
            {
                foreach (var (word, value) in words)
                    if (word == text) return Parsed.Value(value);
                return Parsed.Wrong<T>(DiagnosticCodes.UnknownWord, null, NearestName.Of(text, words.Select(word => word.Word)));
            },
            value => words.First(word => word.Value.Equals(value)).Word,
            () => new()
            {
                ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word.Word)]) },
                    new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{" }),
            });
    }

    /// <summary>A command: a string that is split into words without a shell, or the list of its words.</summary>
    public static Shape<ImmutableArray<string>> Command { get; } = new CommandShape();

    /// <summary>Schema of a duration.</summary>
    public static JsonObject TimeSchema() => new() { ["type"] = new JsonArray("string", "integer"), ["minimum"] = 0, ["maximum"] = 0,
        ["pattern"] = @"^(0|([0-9]+(\.[0-9]+)?(d|h|m|s|ms))+)$" + OrVariable };

    private static JsonObject PercentSchema() => new() { ["type"] = "string", ["pattern"] = @"^[0-9]+(\.[0-9]+)?%$" + OrVariable };

    private static Parsed<T> Again<T>(Parsed<decimal> parsed)
        => parsed.Problem is null ? Parsed.Malformed<T>(parsed.Suggestion) : Parsed.OutOfRange<T>(parsed.Problem, parsed.Suggestion);

    private static Parsed<int> ParseWhole(string text, int min, int max)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1))
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
                ? Parsed.Value(number)
                : Parsed.OutOfRange<int>("is out of range");
        if (text.Length > 1 && text[0] == '-' && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0)
            return Parsed.OutOfRange<int>("is negative");
        var plain = text.Replace("_", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);
        return decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var meant) && meant == decimal.Truncate(meant)
            && meant >= min && meant <= max
            ? Parsed.Malformed<int>(meant.ToString("0", CultureInfo.InvariantCulture)) : Parsed.Malformed<int>();
    }

    private static Parsed<double> ParseNumber(string text, double max)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return number <= 0 ? Parsed.OutOfRange<double>("is zero") : number > max ? Parsed.OutOfRange<double>("is out of range")
                : Parsed.Value(number);
        return text.EndsWith('m') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out var milli) && milli > 0
            ? Parsed.Malformed<double>((milli / 1000).ToString("0.###", CultureInfo.InvariantCulture)) : Parsed.Malformed<double>();
    }
}
