using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Components;

namespace Fairway.Web.Charts;

/// <summary>
/// Draws a chart as inline SVG. The plot stretches with the page while texts keep their size, so that it reads from a phone to a wall. Only
/// attributes and classes are used, no style, as the content security policy asks. What a pointer meets has a <c>title</c>, which is also
/// what <c>live.js</c> shows beside it.
/// </summary>
internal static class SvgChart
{
    private const int Width = 1000;
    private const int Foot = 18;

    // More cannot be hit with a finger, and each costs bytes.
    private const int MostHits = 60;

    /// <summary>The chart with its caption.</summary>
    public static MarkupString Draw(Chart chart)
    {
        var text = new StringBuilder(4096);
        text.Append("<figure class=\"chart\"><figcaption><span class=\"chart-title\">").Append(Safe(chart.Title)).Append("</span>");
        foreach (var line in chart.Lines) Legend(text, line);
        text.Append("</figcaption>");
        var drawn = chart.Lines.Any(line => line.Values.Any(IsShown));
        if (drawn && chart.Times.Count > 0) Plot(text, chart);
        else text.Append("<p class=\"chart-empty muted\">").Append(Safe(chart.Empty)).Append("</p>");
        return new(text.Append("</figure>").ToString());
    }

    private static void Legend(StringBuilder text, ChartLine line)
    {
        var last = line.Values.LastOrDefault(IsShown);
        text.Append("<span class=\"key\"><svg width=\"22\" height=\"8\" aria-hidden=\"true\"><path class=\"line t-").Append(line.Tone).Append("\" d=\"M0 4H22\"/></svg>")
            .Append(Safe(line.Name)).Append("</span>");
        _ = last;
    }

    private static void Plot(StringBuilder text, Chart chart)
    {
        var scale = Scale.Of(chart);
        var (height, total) = (chart.Height, chart.Height + Foot);
        text.Append("<svg class=\"plot\" width=\"100%\" height=\"").Append(total).Append("\" role=\"img\" aria-label=\"").Append(Safe(InWords(chart))).Append("\">");
        text.Append("<svg x=\"0\" y=\"0\" width=\"100%\" height=\"").Append(height).Append("\" viewBox=\"0 0 ").Append(Width).Append(' ').Append(height)
            .Append("\" preserveAspectRatio=\"none\">");
        foreach (var tick in scale.Ticks) text.Append("<path class=\"grid\" d=\"M0 ").Append(Y(scale, tick, height)).Append("H1000\"/>");
        foreach (var mark in chart.Marks)
            if (mark.At >= scale.From && mark.At <= scale.Until)
                text.Append("<path class=\"mark\" d=\"M").Append(X(scale, mark.At)).Append(" 0V").Append(height).Append("\"><title>").Append(Safe(mark.Text)).Append("</title></path>");
        foreach (var level in chart.Levels)
            if (level.Value >= scale.Low && level.Value <= scale.High)
                text.Append("<path class=\"level t-").Append(level.Tone).Append("\" d=\"M0 ").Append(Y(scale, level.Value, height)).Append("H1000\"/>");
        foreach (var line in chart.Lines) Line(text, chart, scale, line);
        Hits(text, chart, scale);
        text.Append("</svg>");
        Labels(text, chart, scale);
        text.Append("</svg>");
    }

    private static void Line(StringBuilder text, Chart chart, Scale scale, ChartLine line)
    {
        text.Append("<path class=\"line t-").Append(line.Tone).Append("\" d=\"");
        var (pen, alone) = (false, false);
        for (var i = 0; i < chart.Times.Count; i++)
        {
            if (!IsShown(line.Values[i]))
            {
                // A single value would be no line at all.
                if (alone) text.Append("h2");
                (pen, alone) = (false, false);
                continue;
            }
            var (x, y) = (X(scale, chart.Times[i]), Y(scale, line.Values[i]!.Value, chart.Height));
            if (!pen) text.Append('M').Append(x).Append(' ').Append(y);
            else if (line.IsStepped) text.Append('H').Append(x).Append('V').Append(y);
            else text.Append('L').Append(x).Append(' ').Append(y);
            (pen, alone) = (true, !pen);
        }
        if (alone) text.Append("h2");
        if (line.IsStepped && pen) text.Append('H').Append(X(scale, scale.Until));
        text.Append("\"/>");
    }

    private static void Hits(StringBuilder text, Chart chart, Scale scale)
    {
        text.Append("<g class=\"hits\">");
        var every = Math.Max(1, (chart.Times.Count + MostHits - 1) / MostHits);
        for (var i = 0; i < chart.Times.Count; i += every)
        {
            var from = i == 0 ? scale.From : (chart.Times[i - 1] + chart.Times[i]) / 2;
            var last = Math.Min(i + every - 1, chart.Times.Count - 1);
            var until = last == chart.Times.Count - 1 ? scale.Until : (chart.Times[last] + chart.Times[last + 1]) / 2;
            var (x, end) = (scale.X(from), scale.X(until));
            text.Append("<rect x=\"").Append(Round(x)).Append("\" width=\"").Append(Round(Math.Max(1, end - x))).Append("\" height=\"").Append(chart.Height).Append("\"><title>")
                .Append(Clock(chart.Times[i], scale));
            foreach (var line in chart.Lines)
                if (IsShown(line.Values[i])) text.Append('\n').Append(Safe(line.Name)).Append(": ").Append(Safe(chart.Format(line.Values[i]!.Value)));
            text.Append("</title></rect>");
        }
        text.Append("</g>");
    }

    private static void Labels(StringBuilder text, Chart chart, Scale scale)
    {
        var above = double.MaxValue;
        foreach (var tick in scale.Ticks.OrderBy(tick => tick))
        {
            var y = scale.Y(tick, chart.Height);
            // Two labels must not lie on each other.
            if (above - y < 13) continue;
            above = y;
            text.Append("<text class=\"axis\" x=\"2\" y=\"").Append(Round(Math.Clamp(y - 3, 10, chart.Height - 2))).Append("\">").Append(Safe(chart.Format(tick))).Append("</text>");
        }
        foreach (var level in chart.Levels)
            if (level.Value >= scale.Low && level.Value <= scale.High)
                text.Append("<text class=\"axis level-text t-").Append(level.Tone).Append("\" x=\"100%\" dx=\"-3\" text-anchor=\"end\" y=\"")
                    .Append(Round(Math.Clamp(scale.Y(level.Value, chart.Height) - 4, 10, chart.Height - 2))).Append("\">").Append(Safe(level.Text)).Append("</text>");
        var (bottom, middle) = (chart.Height + 13, (scale.From + scale.Until) / 2);
        text.Append("<text class=\"axis\" x=\"2\" y=\"").Append(bottom).Append("\">").Append(Clock(scale.From, scale)).Append("</text>");
        text.Append("<text class=\"axis\" x=\"50%\" text-anchor=\"middle\" y=\"").Append(bottom).Append("\">").Append(Clock(middle, scale)).Append("</text>");
        text.Append("<text class=\"axis\" x=\"100%\" dx=\"-3\" text-anchor=\"end\" y=\"").Append(bottom).Append("\">").Append(Clock(scale.Until, scale)).Append("</text>");
    }

    /// <summary>The chart for who does not see it: each line's last value.</summary>
    private static string InWords(Chart chart)
    {
        var lines = chart.Lines.Where(line => line.Values.Any(IsShown))
            .Select(line => $"{line.Name} {chart.Format(line.Values.Last(IsShown)!.Value)}");
        return $"{chart.Title}: {string.Join(", ", lines)}";
    }

    private static string Clock(long at, Scale scale) => DateTimeOffset.FromUnixTimeMilliseconds(at).UtcDateTime.ToString(
        scale.Until - scale.From > 2 * 86_400_000L ? "MM-dd HH:mm" : scale.Until - scale.From > 2 * 3_600_000L ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    private static string X(Scale scale, long at) => Round(scale.X(at));

    private static string Y(Scale scale, double value, int height) => Round(scale.Y(value, height));

    private static string Round(double number) => Math.Round(number, 1).ToString("0.#", CultureInfo.InvariantCulture);

    private static bool IsShown(double? value) => value is { } number && double.IsFinite(number);

    private static string Safe(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>From times and values to places.</summary>
    private sealed record Scale(long From, long Until, double Low, double High, IReadOnlyList<double> Ticks)
    {
        public static Scale Of(Chart chart)
        {
            var shown = chart.Lines.SelectMany(line => line.Values).Where(IsShown).Select(value => value!.Value).ToArray();
            var low = chart.Least ?? shown.Min();
            var high = chart.Most ?? Math.Max(shown.Max(), chart.AtLeast);
            if (high <= low) high = low + 1;
            var ticks = chart.Ticks ?? RoundTicks.Between(low, high);
            if (chart.Most is null && chart.Ticks is null) high = Math.Max(high, ticks[^1]);
            var from = chart.From ?? chart.Times[0];
            return new(from, Math.Max(from + 1_000, chart.Until ?? chart.Times[^1]), low, high, [.. ticks.Where(tick => tick >= low && tick <= high)]);
        }

        public double X(long at) => Math.Clamp((double)(at - From) / (Until - From), 0, 1) * Width;

        public double Y(double value, int height) => height - Math.Clamp((value - Low) / (High - Low), 0, 1) * (height - 6) - 1;
    }
}
