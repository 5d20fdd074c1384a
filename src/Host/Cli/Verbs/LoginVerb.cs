using System.CommandLine;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway login</c>.</summary>
internal static class LoginVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var name = new Option<string?>("--as") { Description = "Whom the link signs in, such as anna; needs --role. By default you, with your own roles.", HelpName = "NAME" };
        var roles = RoleOption.Create("What they may");
        var command = new Command("login", "Print a link that signs a browser in to the console, once and soon.") { name, roles, target.Environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var wanted = RoleOption.Read(parsed.GetValue(roles), parsed.GetValue(target.Environment));
            var link = await client.CreateLinkAsync(new(parsed.GetValue(name), wanted.Length == 0 ? null : wanted), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(link, WireJson.Indented.LinkInfo));
            else if (link.Url is null)
                throw new FairwayException("no-console", "this control plane has no console: it was started with --listen off", "start it with --listen 127.0.0.1:7070", 409);
            else
            {
                context.Out.WriteLine(link.Url);
                context.Error.WriteLine($"signs in {link.Name} ({string.Join(", ", link.Roles)}) once, until {Rendering.Words.Clock(link.ExpiresAt, context.Time.LocalTimeZone)}");
            }
            return ExitCodes.Done;
        });
        return command;
    }
}

/// <summary><c>--role</c>, alone or with <c>--env</c>.</summary>
internal static class RoleOption
{
    public static Option<string[]> Create(string what) => new("--role")
    {
        Description = $"{what}: viewer, deployer, approver, responder or admin; with an environment as deployer@staging or by --env. May be repeated.", HelpName = "ROLE",
    };

    /// <summary>Roles as the API reads them: <c>--env</c> holds for those that name no environment.</summary>
    public static string[] Read(string[]? roles, string? environment)
        => [.. (roles ?? []).Select(role => environment is null || role.Contains('@', StringComparison.Ordinal) ? role : $"{role}@{environment}")];
}
