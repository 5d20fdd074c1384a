using System.Globalization;
using Fairway.Client.Prometheus;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway query</c>: a table of what is, a chart of what was.</summary>
internal static class QueryView
{
    private const string Eighths = "▁▂▃▄▅▆▇█";
    private const int MostSeries = 100;

    public static string Of(PrometheusAnswer answer, CliContext context)
    {
        var page = For(context);
        if (answer.Series.All(s => s.Points.Count == 0)) return page.Line("no series").ToString();
        if (answer.Type is "scalar" or "string") return page.Line(Text(answer.Series[0].Points[0].Text)).ToString();
        if (answer.Type == "vector") Table(page, answer.Series);
        else Charts(page, answer.Series, context.Time.LocalTimeZone);
        if (answer.Series.Count > MostSeries) page.Line($"[grey]{Words.Count(answer.Series.Count - MostSeries)} more series: --json has all[/]");
        return page.ToString();
    }

    private static void Table(Page page, IReadOnlyList<PrometheusSeries> series)
    {
        // A column for each label: what differs is seen at a glance.
        var names = series.SelectMany(s => s.Labels).Select(l => l.Key).Where(n => n != "__name__").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var metric = series.Any(s => s.Name.Length > 0);
        // What differs must fit; where it does not, a series is a line, as Prometheus writes it.
        var needed = names.Sum(n => 2 + series.Max(s => s.Labels.FirstOrDefault(l => l.Key == n).Value?.Length ?? 0)) + series.Max(s => s.Name.Length + s.Points[0].Text.Length) + 2;
        if (needed > page.Width)
        {
            foreach (var one in series.Take(MostSeries)) page.Line($"{Text(Title(one))}  {Style(one.Points[0].Text, "bold")}");
            return;
        }

        string[] headers = [.. metric ? ["METRIC"] : Array.Empty<string>(), .. names.Select(n => n.ToUpperInvariant()), ">VALUE"];
        page.Columns(headers, series.Take(MostSeries).Select(s => (string[])
        [
            .. metric ? [Text(s.Name)] : Array.Empty<string>(), .. names.Select(n => Text(s.Labels.FirstOrDefault(l => l.Key == n).Value ?? "")),
            Style(s.Points[0].Text, "bold"),
        ]));
    }

    private static void Charts(Page page, IReadOnlyList<PrometheusSeries> series, TimeZoneInfo zone)
    {
        var (from, to) = (series.Min(s => s.Points[0].Time), series.Max(s => s.Points[^1].Time));
        var width = Math.Max(8, page.Width - 4);
        foreach (var one in series.Take(MostSeries))
        {
            page.Line(Style(Words.Fit(Title(one), page.Width), "bold"));
            var numbers = one.Points.Where(p => p.Number is { } n && double.IsFinite(n)).ToArray();
            if (numbers.Length == 0)
            {
                page.Line($"  {Words.Many(one.Points.Count, "point")}, last {Text(one.Points[^1].Text)}");
                continue;
            }

            var (min, max) = (numbers.Min(p => p.Number!.Value), numbers.Max(p => p.Number!.Value));
            page.Line("  " + Chart(numbers, from, to, min, max, width));
            page.Line($"  [grey]min[/] {Short(min)}  [grey]max[/] {Short(max)}  [grey]last[/] {Text(one.Points[^1].Text)}");
        }

        page.Line($"[grey]{Clock(from)} to {Clock(to)}[/]");

        string Clock(double seconds) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)), zone)
            .ToString(to - from > 86_400 ? "yyyy-MM-dd HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>A column for each part of the time, from the least value to the most; of several the largest shows, of none a blank.</summary>
    private static string Chart(PrometheusPoint[] points, double from, double to, double min, double max, int width)
    {
        var columns = new double?[to > from ? Math.Min(width, 120) : 1];
        foreach (var point in points)
        {
            var at = to > from ? (int)Math.Min(columns.Length - 1, (point.Time - from) / (to - from) * columns.Length) : 0;
            columns[at] = Math.Max(columns[at] ?? double.NegativeInfinity, point.Number!.Value);
        }

        // Fewer points than columns: each holds until the next one is due.
        var (gap, last) = ((int)Math.Ceiling(columns.Length / (double)Math.Max(1, points.Length)), -1);
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i] is not null) last = i;
            else if (last >= 0 && i - last <= gap) columns[i] = columns[last];
        }

        return string.Concat(columns.Select(c => c is not { } value ? ' ' : Eighths[max > min ? (int)((value - min) / (max - min) * (Eighths.Length - 1)) : 0])).TrimEnd();
    }

    private static string Title(PrometheusSeries series)
    {
        var labels = string.Join(", ", series.Labels.Where(l => l.Key != "__name__").Select(l => $"{l.Key}=\"{l.Value}\""));
        return labels.Length > 0 || series.Name.Length == 0 ? $"{series.Name}{{{labels}}}" : series.Name;
    }

    private static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
