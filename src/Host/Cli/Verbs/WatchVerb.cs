using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway watch</c>: a live view on a terminal, a line for each change otherwise.</summary>
internal static class WatchVerb
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("watch", "Follow a service live: weights, instances, counts, the step in force and why it waits. Ctrl-C ends it.")
        {
            target.OptionalService, target.Environment, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var service = await Target.FindAsync(client, parsed.GetValue(target.OptionalService), parsed.GetValue(target.Environment), cancellation);
            try
            {
                var follower = new Follower(client, service.Environment, service.Service, context.Time);
                if (parsed.GetValue(target.Json)) await LinesAsync(follower, view => JsonSerializer.Serialize(view, CliJson.Lines.ServiceInfo) + "\n", context, cancellation);
                else if (context.OutIsTerminal) await LiveAsync(follower, context, cancellation);
                else await LinesAsync(follower, view => ServiceView.Line(view, context), context, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C is how a watch ends.
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task LiveAsync(Follower follower, CliContext context, CancellationToken cancellation)
    {
        using var live = new LiveRegion(context);
        await foreach (var frame in follower.FramesAsync(Tick, cancellation))
            live.Show(ServiceView.Of(frame.Service, frame.Decisions, context) + (frame.Away ? "\nthe control plane is away; traffic goes on\n" : ""));
    }

    private static async Task LinesAsync(Follower follower, Func<ServiceInfo, string> line, CliContext context, CancellationToken cancellation)
    {
        var (before, away) = ("", false);
        await foreach (var frame in follower.FramesAsync(null, cancellation))
        {
            if (frame.Away && !away) context.Error.WriteLine("the control plane is away; traffic goes on");
            away = frame.Away;
            // Counters change all the time; a line is for what was decided.
            var key = $"{frame.Service.StreamVersion} {frame.Service.State} {frame.Service.Rollout?.Summary.Phase} {frame.Service.Rollout?.Weight} {frame.Service.Rollout?.Summary.Why.Code}";
            if (key == before) continue;
            before = key;
            context.Out.Write(line(frame.Service));
        }
    }
}
