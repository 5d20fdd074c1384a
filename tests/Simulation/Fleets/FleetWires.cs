using System.Threading.Channels;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Simulation;

/// <summary>The ports of one life of a fleet's control plane, over a world that outlives it.</summary>
internal static class FleetWires
{
    private static readonly TimeSpan Sent = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan ToDisk = TimeSpan.FromMilliseconds(2);

    public static EnginePorts Of(FleetWorld world, Life life) => new(new LedgerWire(world, life), new WorkloadsWire(world, life), new TrafficWire(world, life), world.Artifacts, world.Hooks);

    private sealed class LedgerWire(FleetWorld world, Life life) : ILedger
    {
        public async Task<AppendResult> AppendAsync(string stream, long expectedVersion, ImmutableArray<NewEvent> events, CancellationToken cancellation)
        {
            if (life.IsOver || !life.Passes("before append")) return await Life.Never<AppendResult>(cancellation);
            await Task.Delay(ToDisk, world.Time, CancellationToken.None);
            if (life.IsOver) return await Life.Never<AppendResult>(cancellation);
            var result = await world.Ledger.AppendAsync(stream, expectedVersion, events, CancellationToken.None);
            if (result.Done) world.Stored(stream, result.Events);
            return life.Passes("after append") ? result : await Life.Never<AppendResult>(cancellation);
        }

        public Task<ImmutableArray<LedgerEvent>> ReadAsync(long afterSeq, int limit, CancellationToken cancellation) => world.Ledger.ReadAsync(afterSeq, limit, cancellation);

        public Task<ImmutableArray<LedgerEvent>> ReadStreamAsync(string stream, long afterVersion, int limit, CancellationToken cancellation)
            => world.Ledger.ReadStreamAsync(stream, afterVersion, limit, cancellation);

        public Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation) => world.Ledger.SearchAsync(query, cancellation);

        public IAsyncEnumerable<LedgerEvent> TailAsync(long afterSeq, CancellationToken cancellation) => world.Ledger.TailAsync(afterSeq, cancellation);

        public Task<string?> LoadAsync(string collection, string key, CancellationToken cancellation) => world.Ledger.LoadAsync(collection, key, cancellation);

        public Task<ImmutableArray<KeyValuePair<string, string>>> ListAsync(string collection, string prefix, CancellationToken cancellation)
            => world.Ledger.ListAsync(collection, prefix, cancellation);

        public Task<LedgerReport> VerifyAsync(CancellationToken cancellation) => world.Ledger.VerifyAsync(cancellation);

        public Task<long> RebuildAsync(CancellationToken cancellation) => world.Ledger.RebuildAsync(cancellation);
    }

    private sealed class WorkloadsWire(FleetWorld world, Life life) : IWorkloads
    {
        public ChannelReader<ServiceKey> Changes => world.Workloads.Changes;

        public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation)
            => life.SendAsync("instances", Sent, () => world.Workloads.ApplyAsync(service, effect, CancellationToken.None), cancellation);

        public Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation)
            => life.ReadAsync(() => world.Workloads.ObserveAsync(service, CancellationToken.None), cancellation);

        public IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, CancellationToken cancellation) => world.Workloads.ReadLogsAsync(query, cancellation);
    }

    private sealed class TrafficWire(FleetWorld world, Life life) : ITraffic
    {
        public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation)
            => life.SendAsync("routes", Sent, () => world.Traffic.ApplyAsync(service, effect, CancellationToken.None), cancellation);

        public Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation)
            => life.ReadAsync(() => world.Traffic.ObserveAsync(service, CancellationToken.None), cancellation);
    }
}
