using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway grant</c>.</summary>
internal static class GrantVerb
{
    public static Command Create(CliContext context) => new("grant", "Roles for a time: asked for by one, approved by another.")
    {
        CreateRequest(context, "request", "Ask for a role; another person approves it.", breakGlass: false),
        CreateRequest(context, "break-glass", "Take a role at once, without an approval. Everybody hears of it; only who may respond may.", breakGlass: true),
        CreateDecide(context, "approve", "Approve another person's request."),
        CreateDecide(context, "deny", "Deny another person's request."),
        CreateDecide(context, "revoke", "End a grant before its time, or withdraw a request."),
        CreateList(context),
    };

    private static Command CreateRequest(CliContext context, string verb, string description, bool breakGlass)
    {
        var target = new Target(context);
        var role = new Option<string>("--role")
        {
            Description = "viewer, deployer, approver, responder or admin; with an environment as deployer@production or by --env.", Required = true, HelpName = "ROLE",
        };
        var length = DurationOption.Create("--for", breakGlass ? "How long, at most 1h. By default 1h." : "How long from the approval, at most 12h. By default 1h.");
        var reason = TokenVerb.Reason();
        reason.Required = true;
        var command = new Command(verb, description) { role, target.Environment, length, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var wanted = RoleOption.Read([parsed.GetValue(role)!], parsed.GetValue(target.Environment))[0];
            var answer = await client.RequestGrantAsync(new(wanted, parsed.GetValue(reason), (long?)parsed.GetValue(length)?.TotalSeconds, breakGlass), cancellation);
            Say(context, answer, parsed.GetValue(target.Json));
            if (!breakGlass && !parsed.GetValue(target.Json)) context.Error.WriteLine($"another person approves it with `fairway grant approve {answer.Grant.Id}`");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDecide(CliContext context, string verb, string description)
    {
        var target = new Target(context);
        var id = new Argument<string>("GRANT") { Description = "Its id, as `fairway grant list` shows it." };
        var reason = TokenVerb.Reason();
        var command = new Command(verb, description) { id, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            Say(context, await client.DecideGrantAsync(parsed.GetValue(id)!, verb, parsed.GetValue(reason), cancellation), parsed.GetValue(target.Json));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var all = new Option<bool>("--all", "-a") { Description = "Show also those that are over." };
        var command = new Command("list", "Requests that wait and grants in force.") { all, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var grants = await client.GetGrantsAsync(cancellation);
            if (!parsed.GetValue(all)) grants = [.. grants.Where(grant => grant.Phase is "requested" or "active" && grant.Until > context.Time.GetUtcNow())];
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(grants, WireJson.Indented.IReadOnlyListGrantInfo));
            else context.Out.Write(AccessView.Of(grants, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Say(CliContext context, GrantAnswer answer, bool json)
        => context.Out.WriteLine(json ? JsonSerializer.Serialize(answer, WireJson.Indented.GrantAnswer) : $"{answer.Grant.Id}: {answer.Why.Sentence}");
}
