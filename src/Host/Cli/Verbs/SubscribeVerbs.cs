using System.CommandLine;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway subscribe</c>, <c>fairway subscriptions</c> and <c>fairway unsubscribe</c>.</summary>
internal static class SubscribeVerbs
{
    private static readonly string[] Kinds = ["started", "promoted", "held", "rolledBack", "aborted", "completed"];

    public static IEnumerable<Command> Create(CliContext context) => [Subscribe(context), List(context), Unsubscribe(context)];

    private static Command Subscribe(CliContext context)
    {
        var target = new Target(context);
        var service = new Argument<string?>("SERVICE") { Description = "Only this service, such as shop or production/shop. By default all.", Arity = ArgumentArity.ZeroOrOne };
        var mail = new Option<string?>("--mail") { Description = "Tell this mail address.", HelpName = "ADDRESS" };
        var webhook = new Option<string?>("--webhook") { Description = "Post signed messages to this URL; - reads it from standard input, where no process list shows it.", HelpName = "URL" };
        var slack = new Option<string?>("--slack") { Description = "Post to this incoming webhook of Slack, Mattermost or the like; - reads it from standard input.", HelpName = "URL" };
        var on = new Option<string[]>("--on") { Description = $"Only this: {string.Join(", ", Kinds)}. By default everything.", HelpName = "KIND", AllowMultipleArgumentsPerToken = true };
        on.AcceptOnlyFromAmong(Kinds);
        var command = new Command("subscribe", "Be told when a service is rolled out, held or taken back, and why.") { service, mail, webhook, slack, on, target.Environment, target.Data, target.Json };
        command.Validators.Add(result =>
        {
            if (new Option<string?>[] { mail, webhook, slack }.Count(option => result.GetValue(option) is not null) != 1) result.AddError("say whom to tell: one of --mail, --webhook and --slack");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var (channel, address) = parsed.GetValue(mail) is { } to ? ("mail", to) : parsed.GetValue(webhook) is { } url ? ("webhook", url) : ("slack", parsed.GetValue(slack)!);
            if (address == "-") address = (await Console.In.ReadLineAsync(cancellation))?.Trim() ?? "";
            var (environment, name) = parsed.GetValue(service)?.Split('/') is [var e, var s] ? (e, s) : (parsed.GetValue(target.Environment), parsed.GetValue(service));
            var answer = await client.SubscribeAsync(
                new(channel, address, name is null ? null : [name], environment is null ? null : [environment], parsed.GetValue(on) is { Length: > 0 } kinds ? kinds : null), cancellation);
            if (parsed.GetValue(target.Json))
            {
                context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.SubscribedInfo));
                return ExitCodes.Done;
            }
            context.Out.WriteLine($"subscribed {answer.Subscription.To} ({answer.Subscription.Id})");
            if (answer.Key is { } key) context.Out.WriteLine($"messages are signed with this key, which is shown only now: {key}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command List(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("subscriptions", "Who is told of what.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var rows = new List<SubscriptionInfo>();
            string? cursor = null;
            do
            {
                var page = await client.GetSubscriptionsAsync(cursor, cancellation);
                rows.AddRange(page.Subscriptions);
                cursor = page.Cursor;
            }
            while (cursor is not null);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(new(rows, null), WireJson.Indented.SubscriptionPage));
            else foreach (var row in rows) context.Out.WriteLine(Line(row));
            if (rows.Count == 0 && !parsed.GetValue(target.Json)) context.Error.WriteLine("nobody is told of anything; see `fairway subscribe --help`");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Unsubscribe(CliContext context)
    {
        var target = new Target(context);
        var id = new Argument<string>("ID") { Description = "As `fairway subscriptions` shows it." };
        var command = new Command("unsubscribe", "No longer be told.") { id, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            await client.UnsubscribeAsync(parsed.GetValue(id)!, cancellation);
            context.Out.WriteLine($"{parsed.GetValue(id)} ended");
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Line(SubscriptionInfo row)
    {
        var what = $"{Names(row.Services, "every service")} in {Names(row.Environments, "every environment")}: {Names(row.On, "everything")}";
        var trouble = row.Problem is { } problem ? $"; given up: {problem}" : row.Waiting > 0 ? $"; {row.Waiting} waiting" : "";
        return $"{row.Id}  {row.Channel} {row.To}  {what}  by {row.By ?? "fairway.yaml"}{trouble}";
    }

    private static string Names(IReadOnlyList<string> names, string all) => names.Count == 0 ? all : string.Join(", ", names);
}
