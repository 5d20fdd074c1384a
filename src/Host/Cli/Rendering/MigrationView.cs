using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary>Migrations as people read them.</summary>
internal static class MigrationView
{
    /// <summary>Widest that sentences are.</summary>
    private const int Widest = 80;

    public static string Status(MigrationStatusInfo status, CliContext context)
    {
        var page = Head(status, context);
        if (status.Migrations.Count == 0) page.Line("no migration");
        else
            page.Columns(["", "MIGRATION", "PHASE", "RELEASE", ">TOOK", "AT"], status.Migrations.Select(one => new[]
            {
                Style(Mark(one.State), Colour(one.State)), Text(Words.Fit(one.Name, 40)), one.Phase, Text(one.AppliedBy ?? "–"), one.Milliseconds is { } took ? Took(took) : "–",
                one.At is { } at ? Moment(at, context) : Style(one.State, Colour(one.State)),
            }));
        Rest(page, status);
        return page.ToString();
    }

    public static string Explain(MigrationStatusInfo status, CliContext context)
    {
        var page = Head(status, context);
        foreach (var step in status.Steps) page.Sentence(step, 2);
        if (status.Shadow is { } shadow)
        {
            page.Line($"on a copy, for {Text(shadow.Rollout)}: {(shadow.Passed is null ? "under way" : shadow.Passed == true ? Style("passed", "green") : Style("failed", "red"))}");
            if (shadow.Fault is { } fault) page.Sentence(fault, 4);
            foreach (var one in shadow.Migrations)
                page.Sentence($"{one.Name} took {Took(one.Milliseconds ?? 0)}{(one.Locks is { Count: > 0 } locks ? $" and kept others out of {string.Join(", ", locks)}" : "")}", 4);
        }
        Rest(page, status);
        return page.ToString();
    }

    public static string Findings(IReadOnlyList<MigrationFindingInfo> findings, CliContext context)
    {
        var page = new Page(Math.Min(Widest, context.Size().Width), context.Colour);
        Findings(page, findings);
        return page.IsEmpty ? "" : page.ToString();
    }

    private static Page Head(MigrationStatusInfo status, CliContext context)
    {
        var page = new Page(Math.Min(Widest, context.Size().Width), context.Colour);
        page.Line(Text($"{status.Environment}/{status.Service} {status.Version} ({Words.Short(status.Release)})"));
        if (status.Unreached is { } unreached) page.Sentence($"as the ledger knows it: {unreached}", 2, "yellow");
        return page;
    }

    private static void Rest(Page page, MigrationStatusInfo status)
    {
        if (status.Refused is { } refused) page.Sentence($"nothing would run: {refused.Sentence}", 2, "red");
        if (status.Contract is { } contract) page.Sentence($"contract {contract.State}: {contract.Why?.Sentence ?? string.Join(", ", contract.Files)}", 2, contract.State == "failed" ? "red" : "");
        foreach (var note in status.Notes) page.Sentence(note, 2, "grey");
        Findings(page, status.Findings);
    }

    private static void Findings(Page page, IReadOnlyList<MigrationFindingInfo> findings)
    {
        foreach (var one in findings)
        {
            page.Line($"{Style(one.Severity, one.Severity == "error" ? "red" : "yellow")} {Text($"{one.File}:{one.Line.ToString(CultureInfo.InvariantCulture)}")} {Style(one.Code, "grey")}");
            page.Sentence(one.What, 4);
            page.Sentence("instead: " + one.Mend, 4, "grey");
        }
    }

    private static string Mark(string state) => state switch
    {
        "applied" => "✓",
        "pending" or "waiting" => "…",
        "foreign" => "·",
        _ => "✗",
    };

    private static string Colour(string state) => state switch
    {
        "applied" => "green",
        "changed" => "red",
        _ => "grey",
    };

    private static string Took(long milliseconds) => milliseconds < 10_000 ? FormattableString.Invariant($"{milliseconds} ms") : FormattableString.Invariant($"{milliseconds / 1000.0:0.#} s");

    private static string Moment(DateTimeOffset at, CliContext context) => TimeZoneInfo.ConvertTime(at, context.Time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
