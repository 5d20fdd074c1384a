using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway compare</c>: a service before a rollout and after it.</summary>
internal static class ComparisonView
{
    /// <summary>One rollout.</summary>
    public static string Of(ComparisonInfo compared, CliContext context)
    {
        var page = For(context);
        page.Line($"[bold]{Text(compared.Rollout)}[/]  {Text(compared.PreviousVersion is { } previous ? $"{previous} → {compared.Version}" : compared.Version)}  {RolloutWords.Phase(compared.Outcome)}");
        if (compared.State != ComparisonStates.None)
        {
            Window(page, "before", compared.Before);
            Window(page, compared.IsBack ? $"{compared.Version} while it had traffic" : $"{compared.Version} with all traffic", compared.After);
        }
        if (compared.Metrics.Count > 0)
        {
            page.Line();
            page.Columns(["metric", ">before", ">after", ">change", "", ">usual"], compared.Metrics.Select(m => new[]
            {
                Text(m.Metric), Text(m.Before?.Text ?? "–"), Text(m.After?.Text ?? "–"), m.Change, Says(m), Style(m.Usual?.Value.Text ?? "–", m.Usual?.Worse == true ? "red" : ""),
            }));
        }
        page.Line();
        page.Sentence(compared.Why.Sentence, 0, compared.State == ComparisonStates.Compared && compared.Metrics.Any(m => m.Says == MetricChanges.Worse) ? "red" : "");
        foreach (var sentence in compared.Metrics.Where(m => m.Usual?.Worse == true).Select(m => m.Usual!.Sentence).OfType<string>()) page.Sentence(sentence, 0, "yellow");
        return page.ToString();
    }

    /// <summary>A release wherever it was shipped.</summary>
    public static string Of(IReadOnlyList<ComparisonInfo> all, CliContext context)
    {
        var page = For(context);
        if (all.Count == 0) return page.Line("nothing was measured of this release").ToString();
        foreach (var compared in all)
        {
            page.Line($"[bold]{Text(compared.Rollout)}[/]  {Text(compared.Version)}  {RolloutWords.Phase(compared.Outcome)}{(compared.At is { } at ? $"  [grey]{at.ToUniversalTime():yyyy-MM-dd HH:mm} UTC[/]" : "")}");
            page.Sentence(compared.Why.Sentence, 2);
        }
        return page.ToString();
    }

    /// <summary>What is usual of a service.</summary>
    public static string Of(BaselineInfo baseline, CliContext context)
    {
        var page = For(context);
        page.Line($"[bold]{Text($"{baseline.Environment}/{baseline.Service}")}[/]  usual after a release");
        if (baseline.Metrics.Count == 0)
            page.Sentence($"{Words.Many(baseline.Releases.Count, "release")} measured so far; what is usual takes {baseline.Least}", 0);
        else
        {
            page.Columns(["metric", ">usual", ">± of it", ">releases"], baseline.Metrics.Select(m => new[]
            {
                Text(m.Metric), Text(m.Value.Text), m.Value.Value > 0 ? Words.Percent(Math.Round(m.Spread / m.Value.Value * 100, 1)) : "–", m.Releases.ToString(CultureInfo.InvariantCulture),
            }));
        }
        if (baseline.Releases.Count > 0) page.Sentence($"of {string.Join(", ", baseline.Releases.Select(release => release.Version))}", 0, "grey");
        return page.ToString();
    }

    private static void Window(Page page, string name, WindowInfo? window)
        => page.Sentence(window is null ? $"{name}: nothing measured"
            : $"{name}: {Words.Of(window.To - window.From)} to {window.To.ToUniversalTime():HH:mm:ss} UTC, {Words.Many(window.Requests, "request")}{(window.Short is { } why ? $" ({why})" : "")}", 2, "grey");

    private static string Says(MetricComparisonInfo metric) => Style(metric.SaysText, metric.Says switch
    {
        MetricChanges.Worse => "red",
        MetricChanges.Better => "green",
        MetricChanges.Different => "yellow",
        MetricChanges.Unknown => "grey",
        _ => "",
    });
}
