using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary>What is said of a rollout in more than one view. All markup.</summary>
internal static class RolloutWords
{
    /// <summary><c>1.0 → 1.1</c></summary>
    public static string Change(RolloutSummary rollout) =>
        rollout.PreviousVersion is { } before ? $"{Text(before)} [grey]→[/] {Text(rollout.Version)}" : Text(rollout.Version);

    /// <summary>The phase in words, in its colour.</summary>
    public static string Phase(string phase) => Style(Words.Apart(phase), Colour(phase));

    public static string Colour(string phase) => phase switch
    {
        RolloutPhases.Completed => "green",
        RolloutPhases.RolledBack or RolloutPhases.RollingBack => "red",
        RolloutPhases.Aborted => "grey",
        _ => "yellow",
    };

    /// <summary>Shortest name that means it to `explain`: <c>shop/3</c>.</summary>
    public static string Name(RolloutSummary rollout) => $"{rollout.Service}/{rollout.Number}";

    /// <summary>How it ended, in a line for people. Null while it is active.</summary>
    public static string? Outcome(RolloutSummary rollout) => rollout.EndedAt is not { } ended ? null : rollout.Phase switch
    {
        RolloutPhases.Completed => $"{rollout.Version} is live after {Words.Of(ended - rollout.StartedAt)}",
        RolloutPhases.RolledBack => $"{rollout.Version} was taken back after {Words.Of(ended - rollout.StartedAt)}",
        _ => $"{rollout.Version} was given up after {Words.Of(ended - rollout.StartedAt)}",
    };
}
