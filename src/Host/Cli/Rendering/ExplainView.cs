using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway explain</c>: every decision with its time, who caused it, its reason, the numbers it used and what it asked of the world.</summary>
internal static class ExplainView
{
    private const int Indent = 11;

    /// <summary>The whole story.</summary>
    /// <param name="explained">The rollout.</param>
    /// <param name="all">Every record, also acknowledgements and repeated looks.</param>
    /// <param name="context">Size and colour.</param>
    public static string Of(ExplainInfo explained, bool all, CliContext context)
    {
        var rollout = explained.Rollout;
        var page = For(context);
        page.Line($"[bold]{Text(rollout.Id)}[/]  {RolloutWords.Change(rollout)}  {Words.Apart(rollout.Strategy, '-')}, by {Text(rollout.By)}{Reason(rollout.Reason)}");
        page.Line($"[grey]release {Words.Short(rollout.Release)}, began {rollout.StartedAt.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC[/]");
        page.Line();
        IEnumerable<Told> told = all ? explained.Decisions.Select(d => new Told(d, d.Effects, 1)) : DecisionFold.Fold(explained.Decisions);
        foreach (var one in told) Add(page, one, rollout.By);
        if (explained.Evidence is { } evidence && explained.Decisions.Any(d => d.LogEvidence is not null)) EvidenceView.Add(page, evidence, rollout, explained.Decisions);
        page.Line();
        page.Line(RolloutWords.Outcome(rollout) is { } outcome ? Style(outcome, RolloutWords.Colour(rollout.Phase)) : $"still {RolloutWords.Phase(rollout.Phase)}");
        return page.ToString();
    }

    /// <summary>One decision as a line of a growing list.</summary>
    public static string Of(Told told, CliContext context)
    {
        var page = For(context);
        Sentence(page, told, told.Decision.Actor);
        return page.ToString();
    }

    private static void Add(Page page, Told told, string usual)
    {
        Sentence(page, told, usual);
        if (told.Decision.Why is { } why)
        {
            var numbers = why.Facts.Where(f => f.Value.Length > 0 && !Regex.IsMatch(told.Sentence, $@"(?<!\w){Regex.Escape(f.Value)}(?!\w)", RegexOptions.None, TimeSpan.FromSeconds(1)));
            if (string.Join(" · ", numbers.Select(f => $"{f.Name} {f.Value}")) is { Length: > 0 } line) page.Sentence(line, Indent, "grey");
        }

        foreach (var effect in told.Effects.DistinctBy(e => e.Text, StringComparer.Ordinal))
            page.Sentence($"→ {effect.Text}{(effect.Problem is { } problem ? $": {problem}" : "")}", Indent, effect.Problem is null ? "blue" : "red");
    }

    private static void Sentence(Page page, Told told, string usual)
    {
        var by = told.Decision.Actor == usual || told.Decision.Actor == "fairway" ? "" : $" ({told.Decision.Actor})";
        var looks = told is { IsLook: true, Looks: > 1 } ? $" ({told.Looks} looks)" : "";
        var at = At(told.Decision.AfterMs).PadLeft(Indent - 2) + "  ";
        var first = true;
        foreach (var line in Words.Wrap((told.IsWait ? "… " : "") + told.Sentence + by + looks, page.Width - Indent))
        {
            page.Line((first ? $"[grey]{at}[/]" : new string(' ', Indent)) + Style(line, told.IsWait ? "grey" : Colour(told)));
            first = false;
        }
    }

    private static string Colour(Told told) => DecisionFold.Kind(told.Decision) switch
    {
        "rollback-started" or "release-rejected" => "red",
        "effect-settled" => "yellow",
        _ => "",
    };

    private static string At(long afterMs) => afterMs < 60_000
        ? (afterMs / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) + " s"
        : Words.Of(TimeSpan.FromMilliseconds(afterMs));

    private static string Reason(string? reason) => reason is null ? "" : $": “{Text(reason)}”";
}
