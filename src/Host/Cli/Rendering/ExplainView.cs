using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway explain</c>: every decision with its time, who caused it, its reason, the numbers it used and what it asked of the world.</summary>
internal static class ExplainView
{
    private const int Indent = 12;

    public static string Of(ExplainInfo explained, CliContext context)
    {
        var rollout = explained.Rollout;
        var page = For(context);
        page.Line($"[bold]{Text(rollout.Id)}[/]  {RolloutWords.Change(rollout)}  {Words.Apart(rollout.Strategy, '-')}, by {Text(rollout.By)}{Reason(rollout.Reason)}");
        page.Line($"[grey]release {Words.Short(rollout.Release)}, began {rollout.StartedAt.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC[/]");
        page.Line();
        foreach (var decision in explained.Decisions) Decision(page, decision, rollout.By);
        page.Line();
        page.Line(RolloutWords.Outcome(rollout) is { } outcome ? Style(outcome, RolloutWords.Colour(rollout.Phase)) : $"still {RolloutWords.Phase(rollout.Phase)}");
        return page.ToString();
    }

    /// <summary>One decision as it is added to a growing list.</summary>
    public static string Of(DecisionInfo decision, CliContext context)
    {
        var page = For(context);
        Decision(page, decision, decision.Actor, brief: true);
        return page.ToString();
    }

    private static void Decision(Page page, DecisionInfo decision, string usual, bool brief = false)
    {
        var sentence = decision.Why?.Sentence ?? Words.Apart(decision.Type.Split('.')[0].Replace('-', ' '));
        var by = decision.Actor == usual || decision.Actor == "fairway" ? "" : $" ({decision.Actor})";
        var at = Words.Of(TimeSpan.FromMilliseconds(decision.AfterMs)).PadLeft(Indent - 2) + "  ";
        var first = true;
        foreach (var line in Words.Wrap(sentence + by, page.Width - Indent))
        {
            page.Line(first ? $"[grey]{at}[/]{Text(line)}" : new string(' ', Indent) + Text(line));
            first = false;
        }

        if (brief) return;
        var numbers = decision.Why?.Facts.Where(f => !sentence.Contains(f.Value, StringComparison.Ordinal) || f.Value.Length < 2).Select(f => $"{f.Name} {f.Value}").ToArray();
        if (numbers is { Length: > 0 }) page.Sentence(string.Join(" · ", numbers), Indent, "grey");
        foreach (var effect in decision.Effects) page.Sentence($"→ {effect.Text}{(effect.Problem is { } problem ? $": {problem}" : "")}", Indent, effect.Problem is null ? "blue" : "red");
    }

    private static string Reason(string? reason) => reason is null ? "" : $": “{Text(reason)}”";
}
