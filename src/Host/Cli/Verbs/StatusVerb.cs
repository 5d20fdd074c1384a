using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway status</c>.</summary>
internal static class StatusVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("status", "The control plane, the edge, and every service in a line.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var status = await client.GetStatusAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(status, WireJson.Indented.StatusInfo));
            else context.Out.Write(StatusView.Of(status, context));
            return ExitCodes.Done;
        });
        return command;
    }
}
