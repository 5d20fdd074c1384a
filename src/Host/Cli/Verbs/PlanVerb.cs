using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway plan</c> and <c>fairway apply</c>.</summary>
internal static class PlanVerb
{
    public static IEnumerable<Command> Create(CliContext context) => [Plan(context), Apply(context)];

    private static Command Plan(CliContext context)
    {
        var (target, file) = (new Target(context), File());
        var command = new Command("plan", "Show what a configuration file would change, without changing anything.") { file, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var plan = await client.PlanConfigurationAsync(await ReadAsync(context, parsed.GetValue(file), cancellation), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(plan, WireJson.Indented.ConfigurationPlanInfo));
            else context.Out.Write(PlanView.Of(plan, "would change"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Apply(CliContext context)
    {
        var (target, file) = (new Target(context), File());
        var command = new Command("apply", "Replace the control plane's configuration file by this one and take it in force. Nothing is deployed; the earlier one is kept.")
        {
            file, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var yaml = await ReadAsync(context, parsed.GetValue(file), cancellation);
            var plan = await client.PlanConfigurationAsync(yaml, cancellation);
            var applied = await client.ApplyConfigurationAsync(yaml, plan.Tag, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(applied, WireJson.Indented.ConfigurationPlanInfo));
            else context.Out.Write(PlanView.Of(applied, "changed"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string?> File() => new("FILE") { Description = "The file, or - for standard input. By default the nearest fairway.yaml upwards.", Arity = ArgumentArity.ZeroOrOne };

    private static async Task<byte[]> ReadAsync(CliContext context, string? name, CancellationToken cancellation)
    {
        if (name == "-")
        {
            using var whole = new MemoryStream();
            await using var input = Console.OpenStandardInput();
            await input.CopyToAsync(whole, cancellation);
            return whole.ToArray();
        }
        var path = name is null ? DataFolder.FindConfiguration(context.Folder) : Path.GetFullPath(name, context.Folder);
        if (path is null) throw new FairwayException("no-file", "there is no fairway.yaml here or above", "name the file", 404);
        try
        {
            return await System.IO.File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FairwayException("file-unreadable", $"{path} cannot be read: {error.Message}", "name another file", 404, inner: error);
        }
    }
}
