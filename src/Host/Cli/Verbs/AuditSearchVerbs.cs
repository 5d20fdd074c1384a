using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway audit search</c> and <c>fairway audit export</c>.</summary>
internal static class AuditSearchVerbs
{
    public static Command CreateSearch(CliContext context)
    {
        var target = new Target(context);
        var which = new Filter(context);
        var limit = Numbers.Whole("--limit", "-n", "Records to show.", 1, 100_000, 50);
        var command = new Command("search", "Records of the ledger, newest first.") { which.Text, which.Actor, which.Type, which.Stream, which.Since, which.Until, limit, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var query = which.Read(parsed);
            var wanted = parsed.GetValue(limit);
            var records = new List<EventInfo>();
            long? cursor = null;
            do
            {
                var page = await client.SearchAuditAsync(query, cursor, Math.Min(wanted - records.Count, 1000), cancellation);
                records.AddRange(page.Records);
                cursor = page.Cursor;
            }
            while (cursor is not null && records.Count < wanted);
            var found = new EventPage(records, cursor);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(found, WireJson.Indented.EventPage));
            else context.Out.Write(AccessView.Of(found, context));
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command CreateExport(CliContext context)
    {
        var target = new Target(context);
        var which = new Filter(context);
        var format = new Option<string>("--format") { Description = "jsonl (a record a line) or cef (Common Event Format).", DefaultValueFactory = _ => "jsonl" };
        format.AcceptOnlyFromAmong("jsonl", "cef");
        var command = new Command("export", "Records of the ledger for a SIEM, oldest first, to standard output.")
        {
            which.Text, which.Actor, which.Type, which.Stream, which.Since, which.Until, format, target.Data,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            await foreach (var line in client.ExportAuditAsync(which.Read(parsed), parsed.GetValue(format)!, cancellation)) context.Out.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Which records.</summary>
    private sealed class Filter(CliContext context)
    {
        public Argument<string?> Text { get; } = new("TEXT") { Description = "Part of a record, in any case.", Arity = ArgumentArity.ZeroOrOne };

        public Option<string?> Actor { get; } = new("--actor") { Description = "Only this actor's, such as anna or token:ci.", HelpName = "NAME" };

        public Option<string?> Type { get; } = new("--type") { Description = "Only these types, such as rollout-started,glass-broken.", HelpName = "TYPES" };

        public Option<string?> Stream { get; } = new("--stream") { Description = "Only streams that begin so, such as access/ or service/production/shop.", HelpName = "PREFIX" };

        public Option<string?> Since { get; } = new("--since") { Description = "Not older: a duration such as 24h, or a moment such as 2026-01-31T08:00Z.", HelpName = "TIME" };

        public Option<string?> Until { get; } = new("--until") { Description = "Older: a duration or a moment.", HelpName = "TIME" };

        public AuditQuery Read(ParseResult parsed) => new(
            parsed.GetValue(Actor), parsed.GetValue(Type), parsed.GetValue(Stream), Moment(parsed.GetValue(Since), "--since"), Moment(parsed.GetValue(Until), "--until"),
            parsed.GetValue(Text));

        private DateTimeOffset? Moment(string? text, string option)
        {
            if (text is null) return null;
            if (DurationOption.TryParse(text) is { } ago) return context.Time.GetUtcNow() - ago;
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at) ? at
                : throw new FairwayException("time-invalid", $"{option} {text} is neither a duration nor a moment", "such as 24h or 2026-01-31T08:00Z", 400);
        }
    }
}
