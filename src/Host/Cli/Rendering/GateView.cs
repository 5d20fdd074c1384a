using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary>What gates say, rule by rule; and freezes.</summary>
internal static class GateView
{
    /// <summary>Widest that a rule's sentences are, so that they are read without moving the head.</summary>
    private const int Widest = 80;

    public static string Of(GateVerdictInfo gate, CliContext context)
    {
        var page = new Page(Math.Min(Widest, context.Size().Width), context.Colour);
        page.Line($"{Style(Mark(gate.Answer), Colour(gate.Answer))} {Text($"{gate.Environment}/{gate.Service} {gate.Version} ({Words.Short(gate.Release)})")}: {Style(gate.Answer, Colour(gate.Answer))}");
        Rules(page, gate, all: true);
        if (gate.Rules.Count == 0) page.Line("  no rule is declared for this environment");
        if (gate.Until is { } until) page.Line($"  {Style($"time may change this at {Moment(until, context)}", "grey")}");
        return page.ToString();
    }

    /// <summary>The rules that keep a release from shipping, without colours, for under an error.</summary>
    public static string Stopping(GateVerdictInfo gate, CliContext context)
    {
        var page = new Page(Math.Min(Widest, context.Size().Width), context.Colour);
        Rules(page, gate, all: false);
        return page.IsEmpty ? "" : page.ToString();
    }

    public static string Of(IReadOnlyList<FreezeInfo> freezes, CliContext context) => (freezes.Count == 0
        ? For(context).Line("nothing is frozen")
        : For(context).Columns(["ID", "NOW", "WHERE", "WHAT", "FROM", "UNTIL", "BY", "REASON"], freezes.Select(freeze => new[]
        {
            Text(freeze.Id), freeze.InForce ? Style("frozen", "red") : "–", Text(Names(freeze.Environments)), Text(Names(freeze.Services)), Moment(freeze.From, context),
            freeze.Until is { } until ? Moment(until, context) : "–", Text(freeze.By), Text(Words.Fit(freeze.Reason, 40)),
        }))).ToString();

    private static void Rules(Page page, GateVerdictInfo gate, bool all)
    {
        foreach (var rule in gate.Rules)
        {
            var stops = rule.Answer != "allow" && !rule.Advisory && !rule.Overridden;
            if (!all && !stops) continue;
            var note = rule.Overridden ? " (set aside)" : rule.Advisory && rule.Answer != "allow" ? " (advisory)" : "";
            page.Line($"  {Style(Mark(rule.Answer), Colour(rule.Answer))} {Text(rule.Rule)}{Style(note, "grey")}");
            page.Sentence(rule.Why.Sentence, 6);
            if (stops && rule.Change is { } change) page.Sentence($"to change it: {change}", 6, "grey");
            if (stops && rule.Who is { } who) page.Sentence($"by: {who}", 6, "grey");
        }
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "all" : string.Join(", ", names);

    private static string Moment(DateTimeOffset at, CliContext context) => TimeZoneInfo.ConvertTime(at, context.Time.LocalTimeZone).ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Mark(string answer) => answer switch
    {
        "allow" => "✓",
        "hold" => "…",
        _ => "✗",
    };

    private static string Colour(string answer) => answer switch
    {
        "allow" => "green",
        "hold" => "yellow",
        _ => "red",
    };
}
