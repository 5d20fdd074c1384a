using System.Net.Sockets;
using Fairway.Adapters.InMemory;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Client;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Serve;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Bench.Console;

/// <summary>A control plane with a world in memory: what is measured is the console.</summary>
internal sealed class House : IAsyncDisposable
{
    private readonly ControlPlane _plane;

    private House(ControlPlane plane, DataFolder data) => (_plane, Data) = (plane, data);

    public DataFolder Data { get; }

    /// <summary>Starts one with so many services, of which the first two are <c>shop</c> and <c>long</c>.</summary>
    public static async Task<House> OpenAsync(int services, int ticks)
    {
        var data = new DataFolder(Directory.CreateTempSubdirectory("fairway-bench-console-").FullName);
        var ledger = new InMemoryLedger(Modules.Projections);
        var names = Enumerable.Range(0, services - 2).Select(i => $"service-{i:D4}").Prepend("long").Prepend("shop");
        var configuration = new Configured([.. names.Select(Spec)]);
        await LongRollout.AppendAsync(ledger, configuration.Services[1], ticks, Instant.FromUtc(2026, 1, 1, 0, 0));
        var workloads = new InMemoryWorkloads(TimeProvider.System) { Programs = _ => new InMemoryProgram { ReadyAfter = Duration.FromMilliseconds(50) } };
        var ports = new EnginePorts(ledger, workloads, new InMemoryTraffic(), new InMemoryArtifacts(), new InMemoryHooks(TimeProvider.System));
        var plane = await ControlPlane.StartAsync(new ControlPlaneOptions { Data = data, Listen = null, Edge = false }, ports, configuration, default);
        return new(plane, data);
    }

    /// <summary>HTTP over the data folder's socket.</summary>
    public static HttpClient Client(string socketPath) => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 1_000,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new("http://fairway/"), Timeout = TimeSpan.FromMinutes(5),
    };

    public async ValueTask DisposeAsync()
    {
        await _plane.DisposeAsync();
        Directory.Delete(Data.Path, recursive: true);
    }

    private static ServiceSpec Spec(string name) => new()
    {
        Key = new("production", name),
        Workload = new() { Command = ["shop"] },
        Routes = [new RouteMatch(name + ".test", "/", ImmutableSortedDictionary<string, string>.Empty)],
        Rollout = new() { Steps = [new(Weight.FromPercent(10), null), new(Weight.Full, Duration.Zero)], Guard = Duration.FromMilliseconds(100) },
    };

    private sealed class Configured(ImmutableArray<ServiceSpec> services) : IConfigurationInForce
    {
        public ImmutableArray<string> Environments => ["production"];

        public ImmutableArray<ServiceSpec> Services { get; } = services;

        public string? File => null;

        public ImmutableArray<string> Problems => [];

        public void Reload()
        {
        }
    }
}
