using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary>A person's word to a rollout: <c>rollback</c>, <c>pause</c>, <c>resume</c>, <c>abort</c>, <c>unreject</c>.</summary>
internal static class SteeringVerbs
{
    public static IEnumerable<Command> Create(CliContext context) =>
    [
        Make(context, "rollback", "Take the release back and reject it; without a rollout, go back to the release before.", follows: true),
        PromoteVerb.Create(context),
        Make(context, "pause", "Stop advancing; traffic stays as it is."),
        Make(context, "resume", "Go on after a pause."),
        Make(context, "abort", "End the rollout, all traffic back on the stable release. The release is not rejected.", follows: true),
        Unreject(context),
    ];

    private static Command Make(CliContext context, string name, string description, bool follows = false)
    {
        var target = new Target(context);
        var reason = Reason();
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow the rollout to its end." };
        var command = new Command(name, description) { target.OptionalService, target.Environment, reason };
        if (follows) command.Add(wait);
        command.Add(target.Data);
        command.Add(target.Json);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            var answer = await client.CommandAsync(service.Environment, service.Service, new(name, parsed.GetValue(reason)), cancellation);
            var json = parsed.GetValue(target.Json);
            if (json) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.DecisionAnswer));
            else Say(context, service, answer);
            if (!follows || !parsed.GetValue(wait) || answer.Rollout is null) return ExitCodes.Done;
            var ended = await new RolloutWait(context, client, quiet: json).RunAsync(service.Environment, service.Service, answer, null, cancellation);
            // What was asked for is no failure.
            return ended.Rollout?.Summary.HasEnded == true ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Unreject(CliContext context)
    {
        var target = new Target(context);
        var release = new Argument<string>("RELEASE") { Description = "Its version, or its digest or the beginning of it." };
        var reason = Reason();
        var command = new Command("unreject", "Let a release that was taken back be deployed again.") { target.Service, release, target.Environment, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var found = await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation);
            var service = await client.GetServiceAsync(found.Environment, found.Service, cancellation);
            var versions = (await client.GetReleasesAsync(found.Service, cancellation)).ToLookup(r => r.Digest, r => r.Version, StringComparer.Ordinal);
            var all = service.Rejected.Select(r => (r.Release, Version: r.Version ?? versions[r.Release].FirstOrDefault() ?? "?")).ToArray();
            var named = parsed.GetValue(release)!;
            var fitting = all.Where(r => r.Version == named || r.Release == named || Words.Short(r.Release).StartsWith(named, StringComparison.Ordinal)).ToArray();
            if (fitting is not [var rejected])
            {
                var known = all.Length == 0 ? "no release of it is rejected" : "rejected are " + string.Join(", ", all.Select(r => $"{r.Version} ({Words.Short(r.Release)})"));
                throw new FairwayException("no-rejected-release", fitting.Length == 0 ? $"{named} is not rejected" : $"{named} means more than one release", known, 404);
            }

            var answer = await client.CommandAsync(found.Environment, found.Service, new("unreject", parsed.GetValue(reason), rejected.Release), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.DecisionAnswer));
            else Say(context, found, answer);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<string?> Reason() => new("--reason", "-m") { Description = "Why, for the history.", HelpName = "TEXT" };

    private static void Say(CliContext context, ServiceSummary service, DecisionAnswer answer) =>
        context.Out.WriteLine($"{answer.Rollout ?? $"{service.Environment}/{service.Service}"}: {answer.Why.Sentence}");
}
