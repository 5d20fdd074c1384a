using System.CommandLine;
using System.Text.Json;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Cli.Verbs;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Offline;

/// <summary><c>fairway judge</c>: past rollouts judged again, and how long judging takes.</summary>
public static class JudgeCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context) => new("judge", "Judge past rollouts again, and plan steps with knowledge of how long proof takes.")
    {
        Replay(context), Backtest(context), JudgePlanCommand.Create(context),
    };

    /// <summary>The settings in a policy file; the defaults without one.</summary>
    /// <exception cref="FairwayException">It cannot be read, or has mistakes.</exception>
    internal static JudgeSettings Read(CliContext context, string? file)
    {
        if (file is null) return new();
        var (settings, diagnostics) = YamlConfiguration.LoadJudge(Path.GetFullPath(file, context.Folder), Environment.GetEnvironmentVariable);
        return settings ?? throw new FairwayException(
            "policy-broken", $"{file} has mistakes", "it holds the fields of `rollout.judge` in fairway.yaml, such as `falseRollback: 1%`", 400,
            [.. diagnostics.Select(one => $"{one.At}: {one.Sentence}")]);
    }

    private static Command Replay(CliContext context)
    {
        var target = new Target(context);
        var rollout = new Argument<string>("ROLLOUT")
        {
            Description = "Such as shop/3 or production/shop/3; shop is its latest. By default the latest of all.", DefaultValueFactory = _ => "latest",
        };
        var command = new Command("replay", "Compute a rollout's verdicts again from the stored counts and compare them bit for bit. Exit code 1 when they differ.\n\nExample: fairway judge replay shop/3")
        {
            rollout, target.Environment, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var id = await ExplainVerb.FindAsync(client, parsed.GetValue(rollout)!, parsed.GetValue(target.Environment), cancellation);
            var again = await client.ReplayAsync(id, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(again, WireJson.Indented.ReplayInfo));
            else context.Out.Write(JudgeView.Of(again, context));
            return again.Same ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Backtest(CliContext context)
    {
        var target = new Target(context);
        var policy = new Option<string>("--policy", "-p")
        {
            Description = "YAML file with the fields of `rollout.judge`.", HelpName = "FILE", Required = true,
        };
        var last = Numbers.Whole("--last", "-n", "Rollouts to look at, newest first.", 1, 1_000, 20);
        var command = new Command("backtest", "What another policy would have done to past rollouts, and when.\n\nExample: fairway judge backtest --policy strict.yaml --last 50")
        {
            target.OptionalService, target.Environment, policy, last, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = Read(context, parsed.GetValue(policy));
            using var client = target.Connect(parsed);
            var (environment, service) = (parsed.GetValue(target.Environment), parsed.GetValue(target.OptionalService));
            if (service?.Split('/') is [var e, var s]) (environment, service) = (e, s);
            var body = new BacktestRequest(JsonSerializer.SerializeToElement(settings, FairwayJson.Options), service, environment, parsed.GetValue(last));
            var tested = await client.BacktestAsync(body, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(tested, WireJson.Indented.BacktestInfo));
            else context.Out.Write(JudgeView.Of(tested, context));
            return ExitCodes.Done;
        });
        return command;
    }
}
