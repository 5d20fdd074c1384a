using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway status</c>.</summary>
internal static class StatusView
{
    public static string Of(StatusInfo status, CliContext context)
    {
        var page = For(context);
        var plane = status.ControlPlane;
        page.Line($"[grey]control plane[/]  up {Words.Whole(TimeSpan.FromMilliseconds(plane.UptimeMs))}, pid {plane.Pid}, {Words.Many(plane.LedgerPosition, "record")} in {Text(plane.DataFolder)}");
        foreach (var problem in plane.Problems) page.Sentence(problem, 15, "red");
        foreach (var warning in plane.Warnings ?? []) page.Sentence(warning, 15, "yellow");
        if (plane.Console is { } console) page.Line($"[grey]console[/]        {Text(console)}");
        page.Line($"[grey]edge[/]           {Edge(status.Edge)}");
        if (plane.ConfigurationFile is { } file) page.Line($"[grey]configuration[/]  {Text(file)}");
        if (plane.ConfigurationProblems.Count > 0)
        {
            page.Line("               [red]the file has mistakes; its last good state is in force:[/]");
            foreach (var problem in plane.ConfigurationProblems) page.Sentence(problem, 15, "red");
        }

        page.Line();
        if (status.Services.Count == 0)
        {
            page.Line("no services yet: `fairway init` writes a fairway.yaml for what it finds here");
            return page.ToString();
        }

        page.Columns(["SERVICE", "STATE", "VERSION", ">READY", "URL"], status.Services.Select(s => new[]
        {
            Text($"{s.Environment}/{s.Service}"), State(s.State), Text(s.Version ?? "–"), Ready(s), Text(s.Urls.Count > 0 ? s.Urls[0] : "–"),
        }));
        foreach (var service in status.Services.Where(s => s.Rollout is not null || s.Held is not null || s.State is ServiceStates.Down or ServiceStates.Quarantined))
        {
            page.Line();
            var rollout = service.Rollout;
            page.Line(rollout is null ? Style($"{service.Environment}/{service.Service}", "bold") : $"[bold]{Text(rollout.Id)}[/]  {RolloutWords.Change(rollout)}  {RolloutWords.Phase(rollout.Phase)}");
            if (service.Held is { } held) page.Sentence($"Held: {held}.", 2, "yellow");
            else if (service.Why is { } why) page.Sentence(why.Sentence, 2);
        }

        return page.ToString();
    }

    private static string Edge(EdgeInfo? edge) => edge switch
    {
        null => "none",
        { Alive: false } => Style($"does not answer: {edge.Problem ?? "no reason known"}", "red"),
        _ => $"{Text(string.Join(", ", edge.Listeners))}, table {edge.TableVersion}, pid {edge.Pid}",
    };

    private static string Ready(ServiceSummary s) =>
        Style($"{s.InstancesReady}/{s.InstancesWanted}", s.InstancesReady < s.InstancesWanted ? "yellow" : "");

    private static string State(string state) => Style(Words.Apart(state), state switch
    {
        ServiceStates.Stable => "green",
        ServiceStates.Down or ServiceStates.Quarantined => "red",
        ServiceStates.RollingOut or ServiceStates.RollingBack or ServiceStates.Paused => "yellow",
        _ => "grey",
    });
}
