using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway freeze</c>.</summary>
internal static class FreezeVerb
{
    public static Command Create(CliContext context) => new("freeze", "Times in which nothing ships.") { CreateAdd(context), CreateList(context), CreateEnd(context) };

    private static Command CreateAdd(CliContext context)
    {
        var target = new Target(context);
        var environments = new Option<string[]>("--env", "-e", "--environment") { Description = "Where; may be given again. By default everywhere.", HelpName = "ENV", AllowMultipleArgumentsPerToken = true };
        var services = new Option<string[]>("--service") { Description = "What; may be given again. By default everything.", HelpName = "SERVICE", AllowMultipleArgumentsPerToken = true };
        var length = DurationOption.Create("--for", "How long. By default until somebody ends it.");
        var from = Moment("--from", "From then; by default now.");
        var until = Moment("--until", "Until then.");
        var reason = TokenVerb.Reason();
        reason.Required = true;
        var command = new Command("add", "Freeze from now on, or from a moment to come.") { environments, services, length, from, until, reason, target.Data, target.Json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(length) is not null && result.GetValue(until) is not null) result.AddError("--for and --until exclude each other");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var begins = parsed.GetValue(from);
            var ends = parsed.GetValue(length) is { } span ? (begins ?? context.Time.GetUtcNow()) + span : parsed.GetValue(until);
            var freeze = await client.AddFreezeAsync(new(parsed.GetValue(environments), parsed.GetValue(services), begins, ends, parsed.GetValue(reason)), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(freeze, WireJson.Indented.FreezeInfo));
            else context.Out.Write(GateView.Of([freeze], context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "Freezes in force and to come.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var freezes = await client.GetFreezesAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(freezes, WireJson.Indented.IReadOnlyListFreezeInfo));
            else context.Out.Write(GateView.Of(freezes, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateEnd(CliContext context)
    {
        var target = new Target(context);
        var id = new Argument<string>("FREEZE") { Description = "Its id, as `fairway freeze list` shows it." };
        var reason = TokenVerb.Reason();
        var command = new Command("end", "End a freeze that a person set.") { id, reason, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var why = await client.EndFreezeAsync(parsed.GetValue(id)!, parsed.GetValue(reason), cancellation);
            context.Out.WriteLine(parsed.GetValue(target.Json) ? JsonSerializer.Serialize(why, WireJson.Indented.WhyInfo) : why.Sentence);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<DateTimeOffset?> Moment(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            // Without an offset it is this machine's wall time, as people read their clocks.
            if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at)) return at;
            result.AddError($"{name} is a time such as 2026-12-20T18:00 or 2026-12-20T18:00Z, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}
