using System.CommandLine;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway source</c>.</summary>
internal static class SourceVerb
{
    public static Command Create(CliContext context) => new("source", "Repositories: what was pushed and fetched.") { List(context), Show(context), Fetch(context) };

    private static Command List(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "Every repository.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var all = await client.GetSourceAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(all, WireJson.Indented.SourceInfo));
            else foreach (var one in all.Repositories) context.Out.WriteLine(Line(one));
            if (all.Repositories.Count == 0 && !parsed.GetValue(target.Json)) context.Error.WriteLine("no repository is configured; name one under source.repositories in fairway.yaml");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show(CliContext context)
    {
        var target = new Target(context);
        var repository = Repository();
        var command = new Command("show", "One repository: branches, tags, and what happened last.") { repository, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var one = await client.GetRepositoryAsync(parsed.GetValue(repository)!, cancellation);
            if (parsed.GetValue(target.Json))
            {
                context.Out.WriteLine(JsonSerializer.Serialize(one, WireJson.Indented.RepositoryDetailInfo));
                return ExitCodes.Done;
            }
            context.Out.WriteLine(Line(one.Repository));
            foreach (var branch in one.Refs) context.Out.WriteLine($"  {branch.Commit[..10]}  {branch.Name}");
            foreach (var record in one.Recent) context.Out.WriteLine($"  {record.At:yyyy-MM-dd HH:mm:ss}  {record.Type}  {record.Actor}");
            if (one.WaitingStatuses > 0) context.Out.WriteLine($"  {one.WaitingStatuses} commit statuses wait for their host");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Fetch(CliContext context)
    {
        var target = new Target(context);
        var repository = Repository();
        var command = new Command("fetch", "Fetch a repository from where it is hosted.") { repository, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var answer = await client.FetchAsync(parsed.GetValue(repository)!, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.FetchInfo));
            else if (answer.Lines.Count == 0) context.Out.WriteLine("nothing new");
            else foreach (var line in answer.Lines) context.Out.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string> Repository() => new("REPOSITORY") { Description = "As in source.repositories of fairway.yaml." };

    private static string Line(RepositoryInfo one)
        => $"{one.Name}  {one.Trunk} {(one.Commit is { } commit ? commit[..10] : "(nothing yet)")}{(one.Fetch is { } fetch ? $"  from {fetch}" : "")}{(one.Url is { } url ? $"  {url}" : "")}";
}
