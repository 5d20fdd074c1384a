using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway promote</c>: a rollout to its next step; or with <c>--to</c>, a release to its next environment.</summary>
internal static class PromoteVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var from = new Option<string?>("--from") { Description = "With --to: where the release serves now. By default the only environment before.", HelpName = "ENV" };
        var to = new Option<string?>("--to") { Description = "Take the release that serves in one environment to this one, as it is.", HelpName = "ENV" };
        var release = new Option<string?>("--release") { Description = "With --to: another release that served there, by its digest or its beginning.", HelpName = "DIGEST" };
        var group = new Option<string?>("--group") { Description = "With --to: every service of this group, as one.", HelpName = "GROUP" };
        var reason = TokenVerb.Reason();
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow the rollout to its end." };
        var timeout = DeployVerb.Timeout();
        var command = new Command("promote", "Go on to 100 % now, or past a step that waits for approval; with --to, take a release to the next environment.")
        {
            target.OptionalService, target.Environment, from, to, release, group, reason, wait, timeout, target.Data, target.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) is null && (result.GetValue(from) is not null || result.GetValue(release) is not null || result.GetValue(group) is not null))
                result.AddError("--from, --release and --group need --to, the environment to go to");
            if (result.GetValue(group) is not null && (result.GetValue(release) is not null || result.GetValue(target.OptionalService) is not null))
                result.AddError("--group is all services of the group: leave out SERVICE and --release");
            if (result.GetValue(timeout) is not null && (!result.GetValue(wait) || result.GetValue(group) is not null)) result.AddError("--timeout is for --wait, and not for a group");
            if (result.GetValue(to) is not null && result.GetValue(target.Environment) is not null) result.AddError("--env is the environment of a rollout; with --to, leave it out");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            if (parsed.GetValue(group) is { } name)
            {
                var shipped = await client.ShipGroupAsync(name, new(parsed.GetValue(to), parsed.GetValue(from), null, parsed.GetValue(reason)), cancellation);
                return await GroupVerb.ShippedAsync(context, client, shipped, parsed.GetValue(wait), parsed.GetValue(target.Json), cancellation);
            }
            var environment = parsed.GetValue(to) ?? parsed.GetValue(target.Environment);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), environment, cancellation);
            var why = parsed.GetValue(reason);
            var answer = parsed.GetValue(to) is { } next
                ? await client.PromoteAsync(new(service.Service, parsed.GetValue(from), next, parsed.GetValue(release), null, why), cancellation)
                : await client.CommandAsync(service.Environment, service.Service, new("promote", why), cancellation);
            var json = parsed.GetValue(target.Json);
            if (json) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.DecisionAnswer));
            else if (parsed.GetValue(to) is not null) DeployVerb.Begun(context, answer);
            else context.Out.WriteLine($"{answer.Rollout ?? $"{service.Environment}/{service.Service}"}: {answer.Why.Sentence}");
            if (!parsed.GetValue(wait) || (answer.Rollout is null && !answer.Queued)) return ExitCodes.Done;
            // What waited a moment ago may have begun already.
            var now = answer.Queued ? await client.GetServiceAsync(service.Environment, service.Service, cancellation) : null;
            var digest = answer.Gate?.Release ?? now?.Queued?.Release ?? now?.Rollout?.Summary.Release;
            var ended = await new RolloutWait(context, client, quiet: json, parsed.GetValue(timeout)).RunAsync(service.Environment, service.Service, answer, digest, cancellation);
            return DeployVerb.End(context, ended, json);
        });
        return command;
    }
}
