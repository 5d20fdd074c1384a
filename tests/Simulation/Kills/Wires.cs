using System.Threading.Channels;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Verification;
using Fairway.Workloads;

namespace Fairway.Simulation;

/// <summary>The ports of one life of the control plane, over a world that outlives it.</summary>
internal static class Wires
{
    private static readonly TimeSpan ToRuntime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan ToEdge = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ToDisk = TimeSpan.FromMilliseconds(2);

    public static EnginePorts Of(KilledWorld world, Life life)
        => new(new LedgerWire(world, life), new WorkloadsWire(world, life), new TrafficWire(world, life), new ArtifactsWire(world, life), new HooksWire(world, life)) 
        {
            Migrations = new MigrationsWire(world, life), Probes = new ProbesWire(world, life), EdgeAddress = () => Story.Edge,
        };

    private sealed class LedgerWire(KilledWorld world, Life life) : ILedger
    {
        private InMemoryLedger Real => world.Ledger;

        public async Task<AppendResult> AppendAsync(
            string stream, long expectedVersion, ImmutableArray<NewEvent> events, CancellationToken cancellation)
        {
            var name = $"append {++life.Appends}";
            if (life.IsOver || !world.Decided(stream, expectedVersion, events) || !life.Passes("before " + name)) return await Life.Never<AppendResult>(cancellation);
            await Task.Delay(ToDisk, world.Around.Time, CancellationToken.None);
            if (life.IsOver) return await Life.Never<AppendResult>(cancellation);
            var result = await Real.AppendAsync(stream, expectedVersion, events, CancellationToken.None);
            world.Stored(result, events);
            if (!life.Passes("after " + name)) return await Life.Never<AppendResult>(cancellation);
            await Task.Delay(ToDisk, world.Around.Time, CancellationToken.None);
            return life.IsOver ? await Life.Never<AppendResult>(cancellation) : result;
        }

        public Task<ImmutableArray<LedgerEvent>> ReadAsync(long afterSeq, int limit, CancellationToken cancellation)
            => Real.ReadAsync(afterSeq, limit, cancellation);

        public Task<ImmutableArray<LedgerEvent>> ReadStreamAsync(string stream, long afterVersion, int limit, CancellationToken cancellation)
            => Real.ReadStreamAsync(stream, afterVersion, limit, cancellation);

        public Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation) => Real.SearchAsync(query, cancellation);

        public IAsyncEnumerable<LedgerEvent> TailAsync(long afterSeq, CancellationToken cancellation) => Real.TailAsync(afterSeq, cancellation);

        public Task<string?> LoadAsync(string collection, string key, CancellationToken cancellation) => world.ReadModels.LoadAsync(collection, key, cancellation);

        public Task<ImmutableArray<KeyValuePair<string, string>>> ListAsync(string collection, string prefix, CancellationToken cancellation)
            => world.ReadModels.ListAsync(collection, prefix, cancellation);

        public Task<LedgerReport> VerifyAsync(CancellationToken cancellation) => Real.VerifyAsync(cancellation);

        public Task<long> RebuildAsync(CancellationToken cancellation) => world.ReadModels.RebuildAsync(cancellation);
    }

    private sealed class WorkloadsWire(KilledWorld world, Life life) : IWorkloads
    {
        public ChannelReader<ServiceKey> Changes => world.Around.Workloads.Changes;

        public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation)
            => life.SendAsync(EventText.Of(effect), ToRuntime, () => world.Around.Workloads.ApplyAsync(service, effect, CancellationToken.None), cancellation);

        public Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation)
            => life.ReadAsync(world.SeeInstancesAsync, cancellation);

        public IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, CancellationToken cancellation) => world.Around.Workloads.ReadLogsAsync(query, cancellation);
    }

    private sealed class TrafficWire(KilledWorld world, Life life) : ITraffic
    {
        public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation)
            => life.SendAsync(EventText.Of(effect), ToEdge, () => world.Around.Edge.ApplyAsync(service, effect, CancellationToken.None), cancellation);

        public Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation) => life.ReadAsync(world.SeeEdgeAsync, cancellation);
    }

    private sealed class ArtifactsWire(KilledWorld world, Life life) : IArtifacts
    {
        public Task<(string? Digest, Fault? Fault)> StoreAsync(Stream tar, CancellationToken cancellation) => world.Around.Artifacts.StoreAsync(tar, cancellation);

        public Task<bool> ExistsAsync(string digest, CancellationToken cancellation) => world.Around.Artifacts.ExistsAsync(digest, cancellation);

        public Task<Fault?> PrepareAsync(Release release, CancellationToken cancellation)
            => life.SendAsync($"prepare {release.Version}", ToRuntime, () => world.Around.Artifacts.PrepareAsync(release, CancellationToken.None), cancellation);
    }

    private sealed class MigrationsWire(KilledWorld world, Life life) : IMigrations
    {
        public Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.Migrate effect, CancellationToken cancellation)
            => life.SendAsync(EventText.Of(effect), ToRuntime, () => world.Around.Migrations.RunAsync(service, effect, CancellationToken.None), cancellation);

        public Task<(Migrations.MigrationDirectory? Directory, Fault? Fault)> ReadAsync(Release release, DatabaseSpec database, CancellationToken cancellation)
            => world.Around.Migrations.ReadAsync(release, database, cancellation);

        public Task<(ImmutableArray<Migrations.AppliedMigration>? Applied, Fault? Fault)> ListAsync(ServiceKey service, DatabaseSpec database, CancellationToken cancellation)
            => world.Around.Migrations.ListAsync(service, database, cancellation);
    }

    private sealed class ProbesWire(KilledWorld world, Life life) : IProbes
    {
        public Task<(ProbeReply? Reply, Fault? Fault)> SendAsync(ProbeRequest request, CancellationToken cancellation)
            => life.SendAsync($"ask {request.Address}", ToRuntime, () => world.Probes.SendAsync(request, CancellationToken.None), cancellation);
    }

    private sealed class HooksWire(KilledWorld world, Life life) : IHooks
    {
        public Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.RunHook effect, CancellationToken cancellation)
            => life.SendAsync(EventText.Of(effect), TimeSpan.Zero, () => world.Around.Hooks.RunAsync(service, effect, CancellationToken.None), cancellation);
    }
}
