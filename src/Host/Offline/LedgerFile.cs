using Fairway.Adapters.Sqlite;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Offline;

/// <summary>The ledger's maintenance on its file, for when no control plane runs.</summary>
public static class LedgerFile
{
    /// <summary>Both verbs.</summary>
    public static OfflineLedger Maintenance { get; } = new(
        async (folder, cancellation) =>
        {
            var report = await Guarded(() => LedgerMaintenance.VerifyAsync(folder, Modules.Projections, Upcasts.None, anchor: null, cancellation));
            return new LedgerVerification(report.Records, report.LastHash, report.Problems);
        },
        async (folder, cancellation) => new LedgerRebuild(await Guarded(() => LedgerMaintenance.RebuildAsync(folder, Modules.Projections, Upcasts.None, cancellation))));

    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (LedgerException e)
        {
            throw new FairwayException("ledger-" + e.Fault.Kind.ToString().ToLowerInvariant(), e.Fault.Message, status: e.Fault.Kind == FaultKind.NotFound ? 404 : null, inner: e);
        }
    }
}
