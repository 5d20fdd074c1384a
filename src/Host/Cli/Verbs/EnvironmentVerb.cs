using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway environment</c>.</summary>
internal static class EnvironmentVerb
{
    public static Command Create(CliContext context)
        => new("environment", "Environments: their order, what differs, and those made for a time.") { CreateList(context), CreateDiff(context), CreateCreate(context), CreateDelete(context) };

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "The environments in the order of releases, with what serves there.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var all = await client.GetEnvironmentsAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(all, WireJson.Indented.IReadOnlyListEnvironmentInfo));
            else context.Out.Write(EnvironmentView.Of(all, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDiff(CliContext context)
    {
        var target = new Target(context);
        var left = new Argument<string>("ENV") { Description = "The one." };
        var right = new Argument<string>("OTHER") { Description = "The other." };
        var command = new Command("diff", "What differs between two environments, and where that is written. Of variables and secrets only names are shown.") { left, right, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var parity = await client.CompareEnvironmentsAsync(parsed.GetValue(left)!, parsed.GetValue(right)!, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(parity, WireJson.Indented.ParityInfo));
            else context.Out.Write(EnvironmentView.Of(parity, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateCreate(CliContext context)
    {
        var target = new Target(context);
        var name = new Argument<string>("NAME") { Description = "Such as the branch's." };
        var from = new Option<string>("--from") { Description = "The environment whose services it has.", Required = true, HelpName = "ENV" };
        var ttl = DurationOption.Create("--ttl", "How long it lives, at most 14d. By default 24h.");
        var reason = TokenVerb.Reason();
        var command = new Command("create", "Make an environment for a time. It is torn down when that is over.") { name, from, ttl, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            Say(context, parsed.GetValue(target.Json), await client.CreateEnvironmentAsync(
                new(parsed.GetValue(name)!, parsed.GetValue(from)!, (long?)parsed.GetValue(ttl)?.TotalSeconds, parsed.GetValue(reason)), cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDelete(CliContext context)
    {
        var target = new Target(context);
        var name = new Argument<string>("NAME") { Description = "Its own." };
        var reason = TokenVerb.Reason();
        var command = new Command("delete", "Tear down an environment that was made for a time.") { name, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            Say(context, parsed.GetValue(target.Json), await client.DeleteEnvironmentAsync(parsed.GetValue(name)!, parsed.GetValue(reason), cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Say(CliContext context, bool json, EnvironmentAnswer answer)
        => context.Out.WriteLine(json ? JsonSerializer.Serialize(answer, WireJson.Indented.EnvironmentAnswer) : answer.Why.Sentence);
}
