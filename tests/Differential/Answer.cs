using System.Globalization;
using System.Text;
using System.Text.Json;
using Fairway.Metrics.Model;

namespace Fairway.Differential;

/// <summary>An answer of the query API, read from its JSON.</summary>
/// <param name="Error">The <c>errorType</c>; empty where there is a result.</param>
/// <param name="Message">What the error says.</param>
/// <param name="Type">The <c>resultType</c>.</param>
/// <param name="Text">Of a string.</param>
/// <param name="Series">Of the others, in the order of the answer; a number is a series without labels.</param>
internal sealed record Answer(string Error, string Message, string Type, string Text, ImmutableArray<Answer.OneSeries> Series)
{
    /// <summary>Samples of a series.</summary>
    /// <param name="Labels">As written.</param>
    /// <param name="Times">Milliseconds since 1970.</param>
    /// <param name="Values">Bit for bit but for NaN, which is all one.</param>
    internal sealed record OneSeries(string Labels, long[] Times, double[] Values);

    /// <summary>Whether there is any sample or text.</summary>
    public bool HasContent => Text.Length > 0 || Series.Length > 0;

    public static Answer Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.GetProperty("status").GetString() != "success")
            return new(root.GetProperty("errorType").GetString()!, root.GetProperty("error").GetString()!, "", "", []);
        var data = root.GetProperty("data");
        var (type, result) = (data.GetProperty("resultType").GetString()!, data.GetProperty("result"));
        return type switch
        {
            "string" => new("", "", type, result[1].GetString()!, []),
            "scalar" => new("", "", type, "", [Of("", [result])]),
            "vector" => new("", "", type, "", [.. result.EnumerateArray().Select(s => Of(Labels(s), [s.GetProperty("value")]))]),
            _ => new("", "", type, "", [.. result.EnumerateArray().Select(s => Of(Labels(s), [.. s.GetProperty("values").EnumerateArray()]))]),
        };
    }

    public override string ToString()
    {
        if (Error.Length > 0) return $"{Error}: {Message}";
        var text = new StringBuilder(Type).Append(Text.Length > 0 ? " " + JsonSerializer.Serialize(Text) : "");
        foreach (var series in Series.Take(12))
        {
            text.Append("\n    ").Append(series.Labels);
            for (var i = 0; i < series.Times.Length && i < 8; i++)
                text.Append(CultureInfo.InvariantCulture, $" {series.Values[i]:R}@{(series.Times[i] - Samples.Start) / 1000.0:+0.###;-0.###;0}");
            if (series.Times.Length > 8) text.Append($" … {series.Times.Length} samples");
        }

        return Series.Length > 12 ? text.Append($"\n    … {Series.Length} series").ToString() : text.ToString();
    }

    private static OneSeries Of(string labels, JsonElement[] samples) => new(
        labels, [.. samples.Select(s => (long)Math.Round(s[0].GetDouble() * 1000))], [.. samples.Select(s => Number(s[1].GetString()!))]);

    private static string Labels(JsonElement series) =>
        "{" + string.Join(", ", series.GetProperty("metric").EnumerateObject().OrderBy(l => l.Name, StringComparer.Ordinal)
            .Select(l => $"{l.Name}={JsonSerializer.Serialize(l.Value.GetString())}")) + "}";

    private static double Number(string text) => text switch
    {
        "NaN" => BitConverter.Int64BitsToDouble(StaleMarker.OrdinaryNaNBits),
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
