using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway explain</c>.</summary>
internal static class ExplainVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var rollout = new Argument<string>("ROLLOUT")
        {
            Description = "Such as shop/3 or production/shop/3; shop is its latest. By default the latest of all.", DefaultValueFactory = _ => "latest",
        };
        var all = new Option<bool>("--all", "-a") { Description = "Show every record, also acknowledgements and repeated looks at the counts." };
        var command = new Command("explain", "Every decision of a rollout, with its time, who caused it, its reason and its numbers.") { rollout, all, target.Environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var id = await FindAsync(client, parsed.GetValue(rollout)!, parsed.GetValue(target.Environment), cancellation);
            var explained = await client.ExplainAsync(id, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(explained, WireJson.Indented.ExplainInfo));
            else context.Out.Write(ExplainView.Of(explained, parsed.GetValue(all), context));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>The id of the rollout that was named.</summary>
    public static async Task<string> FindAsync(FairwayClient client, string named, string? environment, CancellationToken cancellation)
    {
        var parts = named.Split('/');
        if (parts is [var e, var s, var n] && IsNumber(n)) return $"{e}/{s}/{n}";
        if (parts is [var service, var number] && IsNumber(number))
        {
            var found = await Target.FindAsync(client, service, environment, cancellation);
            return $"{found.Environment}/{found.Service}/{number}";
        }

        var (env, name) = parts is [var first, var second] ? (first, second) : (environment, named == "latest" ? null : named);
        if (parts.Length > 2) throw new FairwayException("no-rollout", $"{named} is no rollout", "write shop/3, production/shop/3, or latest", 400);
        if (name is not null) env = (await Target.FindAsync(client, name, env, cancellation)).Environment;
        var page = await client.GetRolloutsAsync(name, env, null, 1, cancellation);
        return page.Rollouts is [var latest, ..] ? latest.Id
            : throw new FairwayException("no-rollout", name is null ? "nothing has been deployed yet" : $"{name} has not been deployed yet", "ship something with `fairway deploy`", 404);
    }

    private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
