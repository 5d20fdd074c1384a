using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway session</c>.</summary>
internal static class SessionVerb
{
    public static Command Create(CliContext context) => new("session", "Browsers that are signed in.") { CreateList(context), CreateEnd(context) };

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "Sessions in force.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var sessions = await client.GetSessionsAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(sessions, WireJson.Indented.IReadOnlyListSessionInfo));
            else context.Out.Write(AccessView.Of(sessions, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateEnd(CliContext context)
    {
        var target = new Target(context);
        var id = new Argument<string>("SESSION") { Description = "Its id, as `fairway session list` shows it." };
        var command = new Command("end", "Sign a browser out at once.") { id, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var why = await client.EndSessionAsync(parsed.GetValue(id)!, cancellation);
            context.Out.WriteLine(parsed.GetValue(target.Json) ? JsonSerializer.Serialize(why, WireJson.Indented.WhyInfo) : why.Sentence);
            return ExitCodes.Done;
        });
        return command;
    }
}
