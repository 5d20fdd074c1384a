using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary>Words to gates: <c>approve</c>, <c>gate explain</c>, <c>gate override</c>.</summary>
internal static class GateVerbs
{
    public static IEnumerable<Command> Create(CliContext context) => [CreateApprove(context), new Command("gate", "What a gate says, and how its rules are set aside.") { CreateExplain(context), CreateOverride(context) }];

    private static Command CreateApprove(CliContext context)
    {
        var target = new Target(context);
        var release = Release("What waits there, by default.");
        var reason = TokenVerb.Reason();
        var withdraw = new Option<bool>("--withdraw") { Description = "Take your approval back." };
        var command = new Command("approve", "Say yes to a release in an environment. Nobody approves what they asked for or made themselves.")
        {
            target.Service, target.Environment, release, reason, withdraw, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation);
            var answer = await client.ApproveAsync(service.Environment, service.Service, new(parsed.GetValue(release), parsed.GetValue(reason), parsed.GetValue(withdraw)), cancellation);
            Say(context, answer, parsed.GetValue(target.Json));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateExplain(CliContext context)
    {
        var target = new Target(context);
        var release = Release("What waits there, or what would come next, by default.");
        var command = new Command("explain", "What the gate would say of a release now, rule by rule. Changes nothing; exit code 3 when it would not ship.")
        {
            target.Service, target.Environment, release, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation);
            var verdict = await client.ExplainGateAsync(service.Environment, service.Service, parsed.GetValue(release), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(verdict, WireJson.Indented.GateVerdictInfo));
            else context.Out.Write(GateView.Of(verdict, context));
            return verdict.Answer == "allow" ? ExitCodes.Done : ExitCodes.Refused;
        });
        return command;
    }

    private static Command CreateOverride(CliContext context)
    {
        var target = new Target(context);
        var release = Release("What waits there, or what would come next, by default.");
        var reason = TokenVerb.Reason();
        reason.Required = true;
        var confirm = new Option<bool>("--confirm") { Description = "Agree to what another person proposed." };
        var command = new Command("override", "Set the gate's rules aside for one release. One person proposes it, another confirms it; everybody can read it.")
        {
            target.Service, target.Environment, release, reason, confirm, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation);
            var answer = await client.OverrideGateAsync(service.Environment, service.Service, new(parsed.GetValue(release), parsed.GetValue(reason), parsed.GetValue(confirm)), cancellation);
            Say(context, answer, parsed.GetValue(target.Json));
            if (!parsed.GetValue(confirm) && !parsed.GetValue(target.Json))
                context.Error.WriteLine($"another person confirms it with `fairway gate override {service.Service} --env {service.Environment} --release {Words.Short(answer.Gate.Release)} --confirm --reason TEXT`");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<string?> Release(string otherwise) => new("--release") { Description = $"Its digest, or the beginning of it. {otherwise}", HelpName = "DIGEST" };

    private static void Say(CliContext context, GateWordAnswer answer, bool json)
    {
        if (json)
        {
            context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.GateWordAnswer));
            return;
        }
        context.Out.WriteLine(answer.Why.Sentence);
        context.Out.Write(GateView.Of(answer.Gate, context));
    }
}
