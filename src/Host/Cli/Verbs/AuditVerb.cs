using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway audit</c>. It is verified by the control plane when one runs, on the file otherwise.</summary>
internal static class AuditVerb
{
    public static Command Create(CliContext context, OfflineLedger offline)
    {
        var target = new Target(context);
        var verify = new Command("verify", "Recompute the ledger's hash chain and name every record that was changed.") { target.Data, target.Json };
        verify.SetAction(async (parsed, cancellation) =>
        {
            var folder = DataFolder.Resolve(parsed.GetValue(target.Data), context.Folder);
            using var client = context.Connect(folder);
            var answer = await client.IsRunningAsync(cancellation) ? await client.VerifyLedgerAsync(cancellation) : await offline.Verify(folder.Path, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.LedgerVerification));
            else Say(context, folder, answer);
            return answer.Problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return new Command("audit", "Search the ledger, hand it on, and prove that it is as it was written.") { AuditSearchVerbs.CreateSearch(context), AuditSearchVerbs.CreateExport(context), verify };
    }

    private static void Say(CliContext context, DataFolder folder, LedgerVerification answer)
    {
        if (answer.Problems.Count == 0)
        {
            context.Out.WriteLine($"{Words.Many(answer.Records, "record")}, each as it was written. Head {answer.LastHash}");
            return;
        }

        foreach (var problem in answer.Problems) context.Error.WriteLine($"error: {problem}");
        context.Error.WriteLine($"mend:  {Words.Many(answer.Problems.Count, "problem")} in {folder.Ledger}: keep a copy of it, and put back the last good backup");
    }
}
