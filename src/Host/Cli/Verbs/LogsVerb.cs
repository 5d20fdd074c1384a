using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway logs</c>.</summary>
internal static class LogsVerb
{
    private const int MostLines = 10_000;
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new lines until Ctrl-C." };
        var instance = new Option<string?>("--instance", "-i") { Description = "Only this instance.", HelpName = "ID" };
        var tail = Numbers.Whole("--tail", "-n", "Lines to begin with.", 0, MostLines, 100);
        var command = new Command("logs", "What a service's instances wrote, oldest first.") { target.OptionalService, follow, instance, tail, target.Environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            var json = parsed.GetValue(target.Json);
            var (more, count, last) = (parsed.GetValue(follow), parsed.GetValue(tail), DateTimeOffset.MinValue);
            try
            {
                while (true)
                {
                    await foreach (var line in client.LogsAsync(service.Environment, service.Service, parsed.GetValue(instance), count, more, cancellation))
                    {
                        // After a break we ask for more than was missed, and leave out what was shown.
                        if (line.At <= last && count == MostLines) continue;
                        last = line.At > last ? line.At : last;
                        context.Out.WriteLine(json ? JsonSerializer.Serialize(line, CliJson.Lines.LogLineInfo) : Shown(line, context));
                    }

                    if (!more) return ExitCodes.Done;
                    context.Error.WriteLine("the control plane is away; instances go on writing");
                    while (!await client.IsRunningAsync(cancellation)) await Task.Delay(Retry, context.Time, cancellation);
                    count = MostLines;
                }
            }
            catch (OperationCanceledException)
            {
                return ExitCodes.Done;
            }
        });
        return command;
    }

    private static string Shown(LogLineInfo line, CliContext context)
    {
        // What a program wrote must not steer the terminal of who reads it.
        var text = context.OutIsTerminal ? string.Concat(line.Text.Select(c => char.IsControl(c) && c != '\t' ? '·' : c)) : line.Text;
        var head = $"{Words.Clock(line.At, context.Time.LocalTimeZone)} {line.Instance}";
        return context.Colour ? $"\e[90m{head}\e[0m {(line.Stream == "stderr" ? $"\e[33m{text}\e[0m" : text)}" : $"{head} {text}";
    }
}
