using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway token</c>.</summary>
internal static class TokenVerb
{
    public static Command Create(CliContext context) => new("token", "Tokens for programs: CI, scripts, Grafana.") { CreateCreate(context), CreateList(context), CreateRevoke(context) };

    private static Command CreateCreate(CliContext context)
    {
        var target = new Target(context);
        target.Environment.Aliases.Add("--environment");
        var name = new Option<string?>("--name") { Description = "What it is for, such as ci; unique. By default its role and the time.", HelpName = "NAME" };
        var roles = RoleOption.Create("What it may");
        roles.Required = true;
        var expires = DurationOption.Create("--expires", "How long it lasts, such as 90d; at most 366d. By default 30d.");
        var command = new Command("create", "Make a token. It is printed once, and only its hash is kept.") { name, roles, target.Environment, expires, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var wanted = RoleOption.Read(parsed.GetValue(roles), parsed.GetValue(target.Environment));
            var called = parsed.GetValue(name) ?? string.Create(CultureInfo.InvariantCulture, $"{wanted[0].Replace('@', '-')}-{context.Time.GetUtcNow():yyyyMMdd-HHmmss}");
            var made = await client.CreateTokenAsync(new(called, wanted, (long?)parsed.GetValue(expires)?.TotalSeconds), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(made, WireJson.Indented.CreatedToken));
            else
            {
                context.Out.WriteLine(made.Secret);
                context.Error.WriteLine($"token {made.Token.Name}: {string.Join(", ", made.Token.Roles)} until {made.Token.ExpiresAt:yyyy-MM-dd}. It is not shown again.");
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "Tokens in force.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var tokens = await client.GetTokensAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(tokens, WireJson.Indented.IReadOnlyListTokenInfo));
            else context.Out.Write(AccessView.Of(tokens, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateRevoke(CliContext context)
    {
        var target = new Target(context);
        var token = new Argument<string>("TOKEN") { Description = "Its name or id." };
        var reason = Reason();
        var command = new Command("revoke", "End a token at once.") { token, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var why = await client.RevokeTokenAsync(parsed.GetValue(token)!, parsed.GetValue(reason), cancellation);
            context.Out.WriteLine(parsed.GetValue(target.Json) ? JsonSerializer.Serialize(why, WireJson.Indented.WhyInfo) : why.Sentence);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary><c>--reason</c>.</summary>
    public static Option<string?> Reason() => new("--reason", "-m") { Description = "Why, for the ledger.", HelpName = "TEXT" };
}
