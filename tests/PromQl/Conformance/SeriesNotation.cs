using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>A value of a series line: nothing, a float or a histogram.</summary>
public readonly record struct Point(bool IsPresent, double Value, NativeHistogram? Histogram);

/// <summary>Reads lines such as <c>name{a="b"} 1+2x4 _ stale {{schema:0 sum:1}}</c>.</summary>
public static partial class SeriesNotation
{
    public static (Labels Labels, List<Point> Points) Parse(string line)
    {
        var at = 0;
        while (at < line.Length && (char.IsLetterOrDigit(line[at]) || line[at] is '_' or ':' or '.')) at++;
        var labels = new List<Label>();
        if (at > 0) labels.Add(new(Labels.MetricName, line[..at]));
        while (at < line.Length && line[at] is ' ' or '\t') at++;
        if (at < line.Length && line[at] == '{' && !(at + 1 < line.Length && line[at + 1] == '{'))
        {
            var end = at + 1;
            while (line[end] != '}') end = line[end] is '"' or '\'' or '`' ? Quoted(line, end) : end + 1;
            labels.AddRange(LabelList(line[(at + 1)..end]));
            at = end + 1;
        }

        return (Labels.Of(labels), Values(line[at..]));
    }

    private static int Quoted(string line, int at)
    {
        var quote = line[at++];
        while (line[at] != quote) at += line[at] == '\\' && quote != '`' ? 2 : 1;
        return at + 1;
    }

    private static IEnumerable<Label> LabelList(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is ' ' or ',' or '\t')
            {
                at++;
                continue;
            }

            string name;
            if (text[at] is '"' or '\'' or '`')
            {
                var end = Quoted(text, at);
                name = GoText.Unquoted(text[at..end]);
                at = end;
                while (at < text.Length && text[at] == ' ') at++;
                if (at >= text.Length || text[at] == ',')
                {
                    yield return new(Labels.MetricName, name);
                    continue;
                }
            }
            else
            {
                var end = text.IndexOf('=', at);
                name = text[at..end].Trim();
                at = end;
            }

            at++;
            while (text[at] == ' ') at++;
            var stop = Quoted(text, at);
            yield return new(name, GoText.Unquoted(text[at..stop]));
            at = stop;
        }
    }

    public static List<Point> Values(string text)
    {
        var points = new List<Point>();
        foreach (Match token in Token().Matches(text)) points.AddRange(Expand(token.Value));
        return points;
    }

    private static IEnumerable<Point> Expand(string token)
    {
        if (token.StartsWith('_')) return Enumerable.Repeat(default(Point), token.Length > 1 ? int.Parse(token[2..], CultureInfo.InvariantCulture) : 1);
        if (token.StartsWith("stale", StringComparison.Ordinal)) return [new(true, StaleMarker.Value, null)];
        if (token.StartsWith("{{", StringComparison.Ordinal)) return Histograms(token);
        if (Series().Match(token) is { Success: true } series)
        {
            var start = Number(series.Groups[1].Value);
            var increment = series.Groups[2].Success ? Number(series.Groups[2].Value) : 0;
            var count = int.Parse(series.Groups[3].Value, CultureInfo.InvariantCulture);
            return Sums(start, increment, count);
        }

        return [new(true, Number(token), null)];
    }

    private static IEnumerable<Point> Sums(double value, double increment, int count)
    {
        for (var i = 0; i <= count; i++, value += increment) yield return new(true, value, null);
    }

    private static double Number(string text) => GoNumber.TryParse(text, out var value) ? value : throw new FormatException($"no number: {text}");

    private static IEnumerable<Point> Histograms(string token)
    {
        var match = HistogramSeries().Match(token);
        if (!match.Success) throw new FormatException($"no histogram: {token}");
        var value = Histogram(match.Groups[1].Value);
        var count = match.Groups[4].Success ? int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture) : 0;
        var increment = match.Groups[3].Success ? Histogram(match.Groups[3].Value) : null;
        var sum = new HistogramSum(value);
        for (var i = 0; i <= count; i++)
        {
            yield return new(true, value.Sum, value);
            if (increment is null) continue;
            _ = match.Groups[2].Value == "-" ? sum.Subtract(increment) : sum.Add(increment);
            value = sum.Result() with { Hint = value.Hint };
        }
    }

    private static NativeHistogram Histogram(string text)
    {
        var fields = Field().Matches(text).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        double Get(string name, double fallback = 0) => fields.TryGetValue(name, out var v) ? Number(v) : fallback;
        double[] List(string name) => fields.TryGetValue(name, out var v) ? [.. v.Trim('[', ']').Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)] : [];
        var (positive, negative) = (List("buckets"), List("n_buckets"));
        var schema = (int)Get("schema");
        return new()
        {
            Schema = schema,
            Sum = Get("sum"),
            Count = Get("count"),
            ZeroCount = Get("z_bucket"),
            ZeroThreshold = Get("z_bucket_w"),
            Bounds = schema == NativeHistogram.CustomBounds ? List("custom_values") : null,
            PositiveBuckets = positive,
            PositiveSpans = positive.Length > 0 ? [new((int)Get("offset"), positive.Length)] : [],
            NegativeBuckets = negative,
            NegativeSpans = negative.Length > 0 ? [new((int)Get("n_offset"), negative.Length)] : [],
            Hint = fields.GetValueOrDefault("counter_reset_hint") switch
            {
                "gauge" => ResetHint.Gauge, "reset" => ResetHint.Reset, "not_reset" => ResetHint.NotReset, _ => ResetHint.Unknown,
            },
        };
    }

    [GeneratedRegex(@"\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?|\S+")]
    private static partial Regex Token();

    [GeneratedRegex(@"^([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[iI]nf|[nN]a[nN]))([+-](?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[iI]nf|[nN]a[nN]))?x(\d+)$")]
    private static partial Regex Series();

    [GeneratedRegex(@"^\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x(\d+))?$")]
    private static partial Regex HistogramSeries();

    [GeneratedRegex(@"(\w+):(\[[^\]]*\]|\S+)")]
    private static partial Regex Field();
}
