using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway migration</c>, as far as it asks a control plane.</summary>
internal static class MigrationVerb
{
    public static Command Create(CliContext context) => new("migration", "Changes of a service's database: what has run, what will, and what it would do.")
    {
        Look(context, "status", "Every migration and where it stands, as the database says now. Exit code 1 when nothing would run, or a contract failed.", MigrationView.Status),
        Look(context, "explain", "What a rollout of a release does with the database, step by step, and what is worth knowing before.", MigrationView.Explain),
        Contract(context),
    };

    private static Command Look(CliContext context, string name, string description, Func<MigrationStatusInfo, CliContext, string> view)
    {
        var target = new Target(context);
        var release = new Option<string?>("--release") { Description = "Its digest, or the beginning of it. By default what is on its way, or what serves.", HelpName = "DIGEST" };
        var command = new Command(name, description) { target.OptionalService, target.Environment, release, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            var status = await client.GetMigrationsAsync(service.Environment, service.Service, parsed.GetValue(release), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(status, WireJson.Indented.MigrationStatusInfo));
            else context.Out.Write(view(status, context));
            return status.Refused is null && status.Contract is not { State: "failed" } ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Contract(CliContext context)
    {
        var target = new Target(context);
        var reason = TokenVerb.Reason();
        var command = new Command("contract", "Run the contract that waits for a person, or try one that failed again. It is refused before its time.")
        {
            target.OptionalService, target.Environment, reason, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            var answer = await client.CommandAsync(service.Environment, service.Service, new("contract", parsed.GetValue(reason)), cancellation);
            context.Out.WriteLine(parsed.GetValue(target.Json) ? JsonSerializer.Serialize(answer, WireJson.Indented.DecisionAnswer) : answer.Why.Sentence);
            return ExitCodes.Done;
        });
        return command;
    }
}
