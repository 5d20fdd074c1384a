using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway judge replay</c> and <c>backtest</c>.</summary>
internal static class JudgeView
{
    /// <summary>Whether the stored verdicts came out again.</summary>
    public static string Of(ReplayInfo again, CliContext context)
    {
        var page = For(context);
        if (again.Ticks == 0) page.Sentence($"{again.Rollout}: no counts were judged, so there is nothing to compute again", 0);
        else if (again.Same)
            page.Line($"[green]same[/]  {Text(again.Rollout)}: {Words.Many(again.Ticks, "look")} computed again, every verdict and state bit for bit as stored");
        else
            page.Line($"[red]differs[/]  {Text(again.Rollout)}: at record {again.FirstDifference}: {Text(again.Difference ?? "")}");
        if (again.Ticks > 0) page.Sentence($"verdict: {Verdict(again.Verdict)}{(again.Why is { } why ? $"; {why.Sentence}" : "")}", 2);
        return page.ToString();
    }

    /// <summary>What another policy would have done.</summary>
    public static string Of(BacktestInfo tested, CliContext context)
    {
        var page = For(context);
        if (tested.Rollouts.Count == 0) return page.Line("No past rollout has counts to judge by.").ToString();
        page.Columns(["ROLLOUT", "CHANGE", "HAPPENED", "THIS POLICY", ">REQUESTS"], tested.Rollouts.Select(row => new[]
        {
            Text(Words.Fit(row.Rollout.Id, 22)), Text(Words.Fit($"{row.Rollout.PreviousVersion}→{row.Rollout.Version}", 13)), Happened(row.Rollout), Would(row),
            Words.Count(row.RegressedAtRequests ?? row.SafeAtRequests ?? row.Requests),
        }));
        page.Line();
        var sooner = tested.Rollouts.Count(row => row.RegressedAfterMs is not null && row.Rollout.Phase == RolloutPhases.Completed);
        var missed = tested.Rollouts.Count(row => row.RegressedAfterMs is null && row.Rollout.Phase == RolloutPhases.RolledBack);
        page.Sentence($"of {Words.Many(tested.Rollouts.Count, "rollout")}, this policy takes back {tested.Rollouts.Count(row => row.RegressedAfterMs is not null)} ({sooner} that went live), proves "
            + $"{tested.Rollouts.Count(row => row.SafeAfterMs is not null && row.RegressedAfterMs is null)} safe, and lets {missed} pass that were taken back", 0, "grey");
        return page.ToString();
    }

    private static string Happened(RolloutSummary rollout)
    {
        var took = rollout.EndedAt is { } ended ? " " + Words.Whole(ended - rollout.StartedAt) : "";
        return RolloutWords.Phase(rollout.Phase) + took;
    }

    private static string Would(BacktestRow row) => row switch
    {
        { RegressedAfterMs: { } ms } => $"[red]back {Words.Whole(TimeSpan.FromMilliseconds(ms))} at {Words.Percent(row.RegressedAtWeight ?? 0)}[/]",
        { SafeAfterMs: { } ms } => $"[green]safe {Words.Whole(TimeSpan.FromMilliseconds(ms))}[/]",
        _ => "[yellow]no proof[/]",
    };

    private static string Verdict(string verdict) => Words.Apart(verdict);
}
