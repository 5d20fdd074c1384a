using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway history</c>.</summary>
internal static class HistoryView
{
    public static string Of(IReadOnlyList<RolloutSummary> rollouts, bool more, CliContext context)
    {
        var page = For(context);
        if (rollouts.Count == 0) return page.Line("nothing has been deployed yet").ToString();
        var now = context.Time.GetUtcNow();
        page.Columns(["ROLLOUT", "CHANGE", "STRATEGY", "OUTCOME", ">TOOK", ">AGO", "BY"], rollouts.Select(r => new[]
        {
            Text(r.Id), RolloutWords.Change(r), Words.Apart(r.Strategy, '-'), RolloutWords.Phase(r.Phase),
            r.EndedAt is { } ended ? Words.Of(ended - r.StartedAt) : "–", Words.Whole(now - r.StartedAt), Text(Words.Fit(r.By, 12)),
        }));
        if (more) page.Line("[grey]older ones: --limit N, --all[/]");
        return page.ToString();
    }
}
