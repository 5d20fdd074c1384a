using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Serve;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Api;

/// <summary>A control plane over its real socket, with a world in memory behind it.</summary>
internal sealed class ApiHouse : IAsyncDisposable
{
    private ControlPlane? _plane;

    private ApiHouse(string folder)
    {
        Data = new(folder);
        Workloads = new(TimeProvider.System) { Programs = _ => new InMemoryProgram { ReadyAfter = Duration.FromMilliseconds(50) } };
        Ledger = new(Modules.Projections);
        Client = FairwayClient.For(Data);
        Raw = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Data.Socket), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new("http://fairway/api/"),
        };
    }

    public DataFolder Data { get; }

    public InMemoryLedger Ledger { get; }

    public InMemoryWorkloads Workloads { get; }

    public InMemoryTraffic Traffic { get; } = new();

    public FixedConfiguration Configuration { get; } = new();

    public FairwayClient Client { get; }

    /// <summary>Plain HTTP over the socket, for what the client would never send.</summary>
    public HttpClient Raw { get; }

    public static async Task<ApiHouse> OpenAsync(string? folder = null, IPEndPoint? listen = null)
    {
        var house = new ApiHouse(folder ?? Directory.CreateTempSubdirectory("fairway-api-").FullName);
        await house.StartAsync(listen is null ? null : new(listen, Required: true));
        return house;
    }

    /// <summary>One with a console on any free port.</summary>
    public static async Task<ApiHouse> OpenWithConsoleAsync()
    {
        var house = new ApiHouse(Directory.CreateTempSubdirectory("fairway-api-").FullName);
        house.Configuration.Environments = ["production", "staging"];
        await house.StartAsync(new(new(IPAddress.Loopback, 0), Required: true));
        return house;
    }

    public async Task StartAsync(ConsoleListen? listen = null)
    {
        var ports = new EnginePorts(Ledger, Workloads, Traffic, new InMemoryArtifacts(), new InMemoryHooks(TimeProvider.System));
        _plane = await ControlPlane.StartAsync(new ControlPlaneOptions { Data = Data, Listen = listen, Edge = false }, ports, Configuration, default);
    }

    /// <summary>Where the console is; null without one.</summary>
    public string? Console => _plane?.ConsoleAddress;

    /// <summary>Every endpoint with its permission.</summary>
    public IReadOnlyList<DeclaredEndpoint> Endpoints => _plane!.Endpoints;

    public async Task StopAsync()
    {
        await _plane!.DisposeAsync();
        _plane = null;
    }

    /// <summary>A release of a made-up artifact.</summary>
    public async Task<ReleaseInfo> ReleaseAsync(string version, string? contents = null)
        => await Client.CreateReleaseAsync("shop", version, null, Tar(contents ?? version), default);

    /// <summary>A release that serves everything.</summary>
    public async Task<ReleaseInfo> ServingAsync(string version)
    {
        var release = await ReleaseAsync(version);
        await Client.DeployAsync(new("shop", null, release.Digest), default);
        await PhaseAsync(RolloutPhases.Completed);
        return release;
    }

    public Task PhaseAsync(string phase) => Until.TrueAsync(
        async () => (await Client.GetServiceAsync("production", "shop", default)).Rollout?.Summary.Phase == phase, $"the rollout is {phase}");

    public static MemoryStream Tar(string text)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "index.html") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        stream.Position = 0;
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Raw.Dispose();
        if (_plane is not null) await _plane.DisposeAsync();
        Directory.Delete(Data.Path, recursive: true);
    }

    /// <summary>A configuration that tests change as a person changes a file.</summary>
    internal sealed class FixedConfiguration : IConfigurationInForce
    {
        public FixedConfiguration()
        {
            var quick = new RolloutPolicy
            {
                Steps = [new(Weight.FromPercent(10), null), new(Weight.Full, Duration.Zero)],
                Guard = Duration.FromMilliseconds(100),
            };
            Services =
            [
                new()
                {
                    Key = new("production", "shop"),
                    Workload = new() { Command = ["shop"] },
                    Routes = [new RouteMatch("shop.test", "/", ImmutableSortedDictionary<string, string>.Empty)],
                    Rollout = quick,
                },
            ];
        }

        public ImmutableArray<string> Environments { get; set; } = ["production"];

        public ImmutableArray<ServiceSpec> Services { get; set; }

        public string? File => "/etc/shop/fairway.yaml";

        public ImmutableArray<string> Problems { get; set; } = [];

        public void Reload()
        {
        }
    }
}
