using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway ledger rebuild</c>: by the control plane when one runs, on the file otherwise.</summary>
internal static class LedgerVerb
{
    public static Command Create(CliContext context, OfflineLedger offline)
    {
        var target = new Target(context);
        var rebuild = new Command("rebuild", "Empty the read models and derive them again from the records.") { target.Data, target.Json };
        rebuild.SetAction(async (parsed, cancellation) =>
        {
            var folder = DataFolder.Resolve(parsed.GetValue(target.Data), context.Folder);
            using var client = context.Connect(folder);
            var answer = await client.IsRunningAsync(cancellation) ? await client.RebuildLedgerAsync(cancellation) : await offline.Rebuild(folder.Path, cancellation);
            context.Out.WriteLine(parsed.GetValue(target.Json)
                ? JsonSerializer.Serialize(answer, WireJson.Indented.LedgerRebuild)
                : $"read models derived again from {Words.Many(answer.Records, "record")}");
            return ExitCodes.Done;
        });
        return new Command("ledger", "Work on the ledger.") { rebuild };
    }
}
