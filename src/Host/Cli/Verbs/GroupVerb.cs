using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway group</c>: several services shipped as one.</summary>
internal static class GroupVerb
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public static Command Create(CliContext context, FindSource sources) => new("group", "Release groups: several services shipped as one, all or none.")
    {
        CreateList(context), CreateStatus(context), CreateExplain(context), CreateDeploy(context, sources),
        CreateWord(context, "abort", "End a run that is under way: everything that changed goes back, the last first."),
        CreateWord(context, "rollback", "Take the last run back, also a completed one: everything it changed, the last first."),
    };

    /// <summary>Says what became of a wish; with <paramref name="wait"/> follows it to its end.</summary>
    internal static async Task<int> ShippedAsync(CliContext context, FairwayClient client, GroupAnswer answer, bool wait, bool json, CancellationToken cancellation)
    {
        if (answer.Run is not { } run || !wait)
        {
            if (json) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.GroupAnswer));
            else if (answer.Run is { } begun && !begun.HasEnded) context.Out.WriteLine($"{begun.Id}: {answer.Why.Sentence}\nfollow it with `fairway group status {begun.Group}`");
            else context.Out.WriteLine(answer.Why.Sentence);
            return ExitCodes.Done;
        }
        var absence = new Absence(context.Time);
        for (long told = 0; ; await Task.Delay(Look, context.Time, cancellation))
        {
            if (await absence.AskAsync(() => client.ExplainGroupAsync(run.Environment, run.Group, cancellation), "the group", json ? null : context.Error) is not { } now) continue;
            if (now.Run.Id != run.Id) throw new FairwayException("group-replaced", $"{run.Id} has ended, and {now.Run.Id} has begun since");
            foreach (var decision in now.Decisions.Where(decision => decision.Seq > told && !json))
                context.Out.WriteLine(GroupView.Line(decision, now.Run.StartedAt));
            told = Math.Max(told, now.Decisions.Count == 0 ? 0 : now.Decisions[^1].Seq);
            if (now.Run.HasEnded)
            {
                if (json) context.Out.WriteLine(JsonSerializer.Serialize(now.Run, WireJson.Indented.GroupRunInfo));
                return End(context, now.Run);
            }
        }
    }

    private static int End(CliContext context, GroupRunInfo run)
    {
        if (run.Phase == "completed") return ExitCodes.Done;
        context.Error.WriteLine($"error: {run.Id}: {run.Why.Sentence}");
        context.Error.WriteLine($"mend:  see `fairway group explain {run.Group} --env {run.Environment}`");
        return run.Phase == "takenBack" ? ExitCodes.RolledBack : run.Why.Code == "group-gate-denies" ? ExitCodes.Refused : ExitCodes.Failed;
    }

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "The groups, with the last run of each.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var all = await client.GetGroupsAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(all, WireJson.Indented.IReadOnlyListGroupInfo));
            else context.Out.Write(GroupView.Of(all, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateStatus(CliContext context)
    {
        var target = new Target(context);
        var (name, environment) = (Name(), Environment());
        var command = new Command("status", "How a group's last run stands, part by part.") { name, environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var run = await FindAsync(client, parsed.GetValue(name)!, parsed.GetValue(environment), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(run, WireJson.Indented.GroupRunInfo));
            else context.Out.Write(GroupView.Of(run, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateExplain(CliContext context)
    {
        var target = new Target(context);
        var (name, environment) = (Name(), Environment());
        var command = new Command("explain", "Every decision about a group's last run, in order, with its reason.") { name, environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var run = await FindAsync(client, parsed.GetValue(name)!, parsed.GetValue(environment), cancellation);
            var explained = await client.ExplainGroupAsync(run.Environment, run.Group, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(explained, WireJson.Indented.GroupExplainInfo));
            else context.Out.Write(GroupView.Of(explained, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDeploy(CliContext context, FindSource sources)
    {
        var target = new Target(context);
        var name = Name();
        var to = new Option<string>("--to") { Description = "The environment.", Required = true, HelpName = "ENV" };
        var releases = new Option<string[]>("--release") { Description = "SERVICE=DIGEST: ship a release that is here already. With this, services that are not named keep what serves.", HelpName = "S=D" };
        var reason = TokenVerb.Reason();
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow it to its end: exit code 0 when all serve, 4 when all were taken back." };
        var command = new Command("deploy", "Make a release of every service of the group from its folder, and ship them as one.") { name, to, releases, reason, wait, target.Data, target.Json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(releases)?.Any(one => one.Split('=') is not [{ Length: > 0 }, { Length: > 0 }]) == true) result.AddError("--release is SERVICE=DIGEST");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var json = parsed.GetValue(target.Json);
            var named = (parsed.GetValue(releases) ?? []).Select(one => one.Split('=')).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
            if (named.Count == 0)
            {
                var group = (await client.GetGroupsAsync(cancellation)).FirstOrDefault(one => one.Name == parsed.GetValue(name))
                    ?? throw new FairwayException("unknown-group", $"there is no group {parsed.GetValue(name)}", "see which there are with `fairway group list`", 404);
                var making = new ReleaseMaking(context, client, sources);
                foreach (var service in group.Services)
                {
                    var made = await making.MakeAsync(await Target.FindAsync(client, service, parsed.GetValue(to), cancellation), null, null, build: true, cancellation);
                    named[service] = made.Digest;
                    if (!json) context.Out.WriteLine($"{service}: release {Words.Short(made.Digest)}, version {made.Version}{(made.Created ? "" : ", known already")}");
                }
            }
            var answer = await client.ShipGroupAsync(parsed.GetValue(name)!, new(parsed.GetValue(to), null, named, parsed.GetValue(reason)), cancellation);
            return await ShippedAsync(context, client, answer, parsed.GetValue(wait), json, cancellation);
        });
        return command;
    }

    private static Command CreateWord(CliContext context, string word, string description)
    {
        var target = new Target(context);
        var (name, environment, reason) = (Name(), Environment(), TokenVerb.Reason());
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow it to its end." };
        var command = new Command(word, description) { name, environment, reason, wait, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var run = await FindAsync(client, parsed.GetValue(name)!, parsed.GetValue(environment), cancellation);
            var answer = await client.CommandGroupAsync(run.Group, new(run.Environment, word, parsed.GetValue(reason)), cancellation);
            var code = await ShippedAsync(context, client, answer, parsed.GetValue(wait), parsed.GetValue(target.Json), cancellation);
            // What was wanted has come about.
            return code == ExitCodes.RolledBack ? ExitCodes.Done : code;
        });
        return command;
    }

    private static Argument<string> Name() => new("GROUP") { Description = "A group of fairway.yaml." };

    private static Option<string?> Environment() => new("--env", "-e", "--environment") { Description = "Environment. By default the one of the newest run.", HelpName = "ENV" };

    private static async Task<GroupRunInfo> FindAsync(FairwayClient client, string name, string? environment, CancellationToken cancellation)
    {
        var group = (await client.GetGroupsAsync(cancellation)).FirstOrDefault(one => one.Name == name)
            ?? throw new FairwayException("unknown-group", $"there is no group {name}", "see which there are with `fairway group list`", 404);
        return group.Runs.Where(run => environment is null || run.Environment == environment).MaxBy(run => run.StartedAt)
            ?? throw new FairwayException("unknown-group-run", $"the group {name} was never shipped{(environment is null ? "" : $" to {environment}")}", "ship it with `fairway promote --group`", 404);
    }
}
