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
        var text = new Option<string?>("--grep", "-g") { Description = "Only lines that contain this, in any case.", HelpName = "TEXT" };
        var level = new Option<string?>("--level", "-l") { Description = "Only lines at least so grave: trace, debug, info, warning, error or critical.", HelpName = "LEVEL" };
        var request = new Option<string?>("--request") { Description = "Only lines with this request id.", HelpName = "ID" };
        var since = new Option<string?>("--since") { Description = "Only lines after this moment, or of so long ago at most, such as 5m.", HelpName = "WHEN" };
        var command = new Command("logs", "What a service's instances wrote, oldest first.") { target.OptionalService, follow, instance, tail, text, level, request, since, target.Environment, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            var json = parsed.GetValue(target.Json);
            var filter = new LogFilter(parsed.GetValue(text), parsed.GetValue(level), parsed.GetValue(request), parsed.GetValue(since));
            var (more, count, last) = (parsed.GetValue(follow), parsed.GetValue(tail), DateTimeOffset.MinValue);
            // What is searched is not only the last screen, unless that was asked for.
            if (filter != new LogFilter() && (parsed.GetResult(tail)?.Implicit ?? true)) count = MostLines;
            var again = false;
            try
            {
                while (true)
                {
                    await foreach (var line in client.LogsAsync(service.Environment, service.Service, parsed.GetValue(instance), count, more, filter, cancellation))
                    {
                        // After a break we ask for more than was missed, and leave out what was shown.
                        if (line.At <= last && again) continue;
                        last = line.At > last ? line.At : last;
                        context.Out.WriteLine(json ? JsonSerializer.Serialize(line, CliJson.Lines.LogLineInfo) : Shown(line, context));
                    }

                    if (!more) return ExitCodes.Done;
                    context.Error.WriteLine("the control plane is away; instances go on writing");
                    while (!await client.IsRunningAsync(cancellation)) await Task.Delay(Retry, context.Time, cancellation);
                    (count, again) = (MostLines, true);
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
