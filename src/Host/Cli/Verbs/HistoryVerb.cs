using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway history</c>.</summary>
internal static class HistoryVerb
{
    private const int MostPerPage = 500;

    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var limit = Numbers.Whole("--limit", "-n", "Rollouts to show.", 1, 100_000, 20);
        var all = new Option<bool>("--all", "-a") { Description = "Show every rollout there was." };
        var command = new Command("history", "Past rollouts, newest first.") { target.OptionalService, target.Environment, limit, all, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var (environment, service) = (parsed.GetValue(target.Environment), parsed.GetValue(target.OptionalService));
            if (service?.Split('/') is [var e, var s]) (environment, service) = (e, s);
            var wanted = parsed.GetValue(all) ? int.MaxValue : parsed.GetValue(limit);
            var rows = new List<RolloutSummary>();
            string? cursor = null;
            do
            {
                var page = await client.GetRolloutsAsync(service, environment, cursor, Math.Min(wanted - rows.Count, MostPerPage), cancellation);
                rows.AddRange(page.Rollouts);
                cursor = page.Cursor;
            }
            while (cursor is not null && rows.Count < wanted);

            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(new(rows, cursor), WireJson.Indented.RolloutPage));
            else context.Out.Write(HistoryView.Of(rows, cursor is not null, context));
            return ExitCodes.Done;
        });
        return command;
    }
}
