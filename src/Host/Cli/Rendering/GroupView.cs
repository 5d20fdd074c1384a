using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway group list</c>, <c>status</c> and <c>explain</c>.</summary>
internal static class GroupView
{
    public static string Of(IReadOnlyList<GroupInfo> groups, CliContext context) => For(context).Columns(["GROUP", "SERVICES", "LAST RUN", "PHASE"], groups.SelectMany(group => group.Runs.Count == 0
        ? [[Text(group.Name), Text(string.Join(", ", group.Services)), "–", "–"]]
        : group.Runs.Select(run => new[] { Text(group.Name), Text(string.Join(", ", group.Services)), Text(run.Id), Style(Phase(run.Phase), Colour(run.Phase)) }))).ToString();

    public static string Of(GroupRunInfo run, CliContext context)
    {
        var page = For(context);
        page.Line($"{Text(run.Id)} {Style(Phase(run.Phase), Colour(run.Phase))}").Sentence(run.Why.Sentence, 2).Line();
        page.Columns(["SERVICE", "VERSION", "BEFORE", "PART", "ROLLOUT"], run.Parts.Select(part => new[]
        {
            Text(part.Service), Text(part.Version), Text(part.Before ?? "–"), Text(run.HasEnded || part.Phase == "unchanged" ? Phase(part.Phase) : Phase(part.Now)), Text(part.Rollout ?? "–"),
        }), 2);
        return page.Sentence($"asked for by {run.By}{(run.From is { } from ? $", from {from}" : "")}{(run.Reason is { Length: > 0 } reason ? $": {reason}" : "")}", 2, "grey").ToString();
    }

    public static string Of(GroupExplainInfo explained, CliContext context)
    {
        var page = For(context);
        page.Line($"{Text(explained.Run.Id)} {Style(Phase(explained.Run.Phase), Colour(explained.Run.Phase))}");
        foreach (var decision in explained.Decisions)
            page.Sentence($"{Words.Whole(decision.At - explained.Run.StartedAt)}  {(decision.Service is { } service ? service + ": " : "")}{decision.Why.Sentence}", 2);
        return page.ToString();
    }

    /// <summary>A decision in a line, as it is waited for.</summary>
    public static string Line(GroupDecisionInfo decision, DateTimeOffset since)
        => $"{Words.Whole(decision.At - since)}  {(decision.Service is { } service ? service + ": " : "")}{decision.Why.Sentence}";

    private static string Phase(string phase) => phase switch
    {
        "takingBack" => "going back",
        "takenBack" => "taken back",
        "goingBack" => "going back",
        "movedOn" => "replaced since",
        "rolling" => "on its way",
        "guarding" => "watched",
        "untouched" => "waits",
        _ => phase,
    };

    private static string Colour(string phase) => phase switch
    {
        "completed" => "green",
        "takenBack" or "stopped" or "takingBack" => "red",
        _ => "yellow",
    };
}
