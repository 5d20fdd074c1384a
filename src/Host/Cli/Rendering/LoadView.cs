using Fairway.Cli.Load;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway load</c>: the line while it runs, and the report.</summary>
internal static class LoadView
{
    public static string Line(LoadReport report, TimeSpan? duration, CliContext context)
    {
        var failed = report.Failures.Sum(f => f.Count);
        var time = duration is { } all ? $"{Words.Whole(TimeSpan.FromSeconds(report.Seconds))} of {Words.Whole(all)}" : Words.Whole(TimeSpan.FromSeconds(report.Seconds));
        return For(context).Line(
            $"[grey]{time}[/]  {Words.Many(report.Answered, "answer")}  {Words.Rate(report.Rate)}/s  p50 {Words.Latency(report.Latency.P50)}  p99 {Words.Latency(report.Latency.P99)}  "
            + Style($"{Words.Count(failed)} failed", failed > 0 ? "red" : "green")).ToString();
    }

    public static string Of(LoadReport report, CliContext context)
    {
        var page = For(context);
        page.Line($"{Words.Many(report.Scheduled, "arrival")} in {Words.Of(TimeSpan.FromSeconds(report.Seconds))}, {Words.Many(report.Answered, "whole answer")}, {Words.Rate(report.Rate)} a second");
        if (report.Status.Count > 0) page.Line("status    " + string.Join("  ", report.Status.Select(s => Style($"{s.Key} {Words.Count(s.Value)}", s.Key == "5xx" ? "red" : ""))));
        if (report.Answered > 0 && report.Groups.Length <= 1) page.Line("latency   " + Latencies(report.Latency));
        if (report.WebSockets is { } sockets) page.Line($"sockets   {Words.Many(sockets.Opened, "connection")}, {Words.Count(sockets.Moved)} asked to move, {Words.Many(sockets.Messages, "message")}");
        if (report.Groups.Length > 1)
        {
            page.Line();
            page.Columns(["GROUP", ">ANSWERS", ">5XX", ">P50", ">P90", ">P99", ">P99.9", ">MAX"], report.Groups.Select(g => new[]
            {
                Text(g.Name), Words.Count(g.Answered), Style(Words.Count(g.Failed), g.Failed > 0 ? "red" : ""), Words.Latency(g.Latency.P50), Words.Latency(g.Latency.P90),
                Words.Latency(g.Latency.P99), Words.Latency(g.Latency.P999), Words.Latency(g.Latency.Max),
            }));
        }

        if (report.Failures.IsEmpty) return page.Line("[green]nothing failed[/]").ToString();
        page.Line();
        page.Columns(["FAILED", ">COUNT", "FIRST"], report.Failures.Select(f => new[]
        {
            Style(f.Kind, f.Transport || f.ByEdge ? "red" : "yellow"), Words.Count(f.Count), First(report, f.Kind, page.Width),
        }));
        page.Line(report.Lost == 0 ? "[green]none lost on the way[/]" : Style($"{Words.Count(report.Lost)} lost on the way", "red"));
        return page.ToString();
    }

    private static string Latencies(LatencySummary l) =>
        $"p50 {Words.Latency(l.P50)}  p90 {Words.Latency(l.P90)}  p99 {Words.Latency(l.P99)}  p99.9 {Words.Latency(l.P999)}  max {Words.Latency(l.Max)}";

    private static string First(LoadReport report, string kind, int width) => report.Samples.FirstOrDefault(s => s.Kind == kind) is not { } sample ? ""
        : Style(Words.Fit($"at {Words.Of(TimeSpan.FromSeconds(sample.At))} {sample.Detail}".TrimEnd(), width - 40), "grey");
}
