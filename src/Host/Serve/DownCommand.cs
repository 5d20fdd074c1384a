using System.CommandLine;
using Fairway.Client;

namespace Fairway.Serve;

/// <summary><c>fairway down</c>: stops every instance, the edge and the control plane.</summary>
public static class DownCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "Data folder; by default $FAIRWAY_DATA, or .fairway beside fairway.yaml." };
        var json = new Option<bool>("--json") { Description = "Write the result as one JSON object." };
        var command = new Command("down", "Stop every instance, the edge and the control plane. Rollouts stay where they are and go on at the next start.") { data, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = FairwayClient.For(DataFolder.Resolve(parsed.GetValue(data), Directory.GetCurrentDirectory()));
            try
            {
                var down = await client.DownAsync(cancellation);
                await Console.Out.WriteLineAsync(parsed.GetValue(json)
                    ? System.Text.Json.JsonSerializer.Serialize(down, Client.Wire.WireJson.Default.DownInfo)
                    : $"stopped: {down.InstancesStopped} instances{(down.EdgeStopped ? ", the edge" : "")}, the control plane");
                return ExitCodes.Done;
            }
            catch (FairwayException error)
            {
                await Console.Error.WriteLineAsync($"fairway down: {error.Detail}");
                if (error.Mend is { } mend) await Console.Error.WriteLineAsync(mend);
                return error.ExitCode;
            }
        });
        return command;
    }
}
