using System.Globalization;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary>Runs of a control plane as people read them: painted over and over on a terminal, a line for each change elsewhere.</summary>
internal static class PipelineView
{
    /// <summary>How often a run that is followed is looked at.</summary>
    public static TimeSpan Look { get; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Text from outside, of which nothing may move the cursor or change the terminal.</summary>
    public static string Line(string text) => string.Concat(text.Select(letter => letter == '\t' ? "    " : char.IsControl(letter) ? "·" : letter.ToString()));

    /// <summary>Whether a run is over.</summary>
    public static bool IsOver(PipelineRunInfo run) => run.FinishedAt is not null;

    /// <summary>Runs in a table.</summary>
    public static string List(CliContext context, IReadOnlyList<PipelineRunInfo> runs) => Page.For(context).Columns(
        ["run", "pipeline", "ref", "outcome", ">time", "why"],
        runs.Select(run => new[]
        {
            Page.Text(run.Run), Page.Text(run.Pipeline), Page.Text(Short(run.Ref)), Page.Text(run.State), run.FinishedAt is { } end ? Words.Of(end - run.QueuedAt) : "", Page.Text(run.Why ?? ""),
        })).ToString();

    /// <summary>A run with its jobs.</summary>
    public static string Of(CliContext context, PipelineRunInfo run)
    {
        var page = Page.For(context);
        page.Line($"{Page.Style(Line(run.Pipeline), "bold")} {Page.Text(run.Run)}  {Page.Text(run.State)}{(run.Ref.Length == 0 ? "" : Page.Text($"  {Line(Short(run.Ref))}"))}{(run.Commit.Length < 10 ? "" : Page.Text($" {run.Commit[..10]}"))}");
        page.Columns(["", "job", "what"], run.Jobs.Select(job => new[] { Mark(job.State), Page.Text(Line(job.Label)), Page.Text(Line(What(job))) }), indent: 2);
        if (run.Why is { } why) page.Line(Page.Text(Line(why)));
        return page.ToString();
    }

    /// <summary>Shows what happens until a run is over.</summary>
    public static async Task<PipelineRunInfo> FollowAsync(CliContext context, FairwayClient client, PipelineRunInfo run, bool quiet, CancellationToken cancellation)
    {
        using var live = context.OutIsTerminal && !quiet ? new LiveRegion(context) : null;
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        var absence = new Absence(context.Time);
        while (true)
        {
            if (live is not null) live.Show(Of(context, run));
            else if (!quiet)
            {
                foreach (var job in run.Jobs)
                {
                    var word = string.Create(CultureInfo.InvariantCulture, $"{job.State} {job.Attempt}");
                    if (job.State == "waiting" || told.GetValueOrDefault(job.Instance) == word) continue;
                    told[job.Instance] = word;
                    context.Out.WriteLine($"{Line(job.Label)}: {Line(What(job))}");
                }
            }
            if (IsOver(run)) break;
            await Task.Delay(Look, context.Time, cancellation);
            run = await absence.AskAsync(() => client.GetPipelineRunAsync(run.Pipeline, run.Run, cancellation), "the run", live is null && !quiet ? context.Error : null) ?? run;
        }
        if (live is null && !quiet) context.Out.WriteLine($"{run.State}: {Line(run.Why ?? "")}");
        return run;
    }

    private static string What(PipelineJobInfo job) => job.State + (job.Attempt > 1 ? string.Create(CultureInfo.InvariantCulture, $", attempt {job.Attempt}") : "")
        + (job.Why is { Length: > 0 } why ? $": {why}" : "") + (job.Tests is { } tests ? string.Create(CultureInfo.InvariantCulture, $"; tests: {tests}, {job.FailedTests} failed") : "");

    private static string Short(string name) => name.StartsWith("refs/heads/", StringComparison.Ordinal) ? name[11..] : name.StartsWith("refs/tags/", StringComparison.Ordinal) ? name[10..] : name;

    private static string Mark(string state) => state switch
    {
        "succeeded" => Page.Style("✓", "green"),
        "failed" or "timedOut" => Page.Style("✗", "red"),
        "cancelled" => Page.Style("×", "yellow"),
        "skipped" => Page.Style("-", "grey"),
        _ => Page.Style("•", "yellow"),
    };
}
