using System.Net;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Hosting;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Edge;

/// <summary>A real edge on a free loopback port, with one service whose instances a test chooses.</summary>
internal sealed class TestEdge : IAsyncDisposable
{
    private readonly string _folder;
    private long _version;

    private TestEdge(string folder) => _folder = folder;

    public EdgeServer Server { get; private set; } = null!;

    public IPEndPoint Address { get; private set; } = null!;

    public string Url => $"http://{Address}";

    public StringWriter Errors { get; } = new();

    public static async Task<TestEdge> StartAsync(ForwardingOptions? options = null, EdgeLimits? limits = null)
    {
        var edge = new TestEdge(Directory.CreateTempSubdirectory("fairway-edge-").FullName);
        edge.Server = await EdgeServer.StartAsync(
            new EdgeOptions
            {
                DataFolder = edge._folder,
                Http = [new IPEndPoint(IPAddress.Loopback, 0)],
                Limits = limits ?? new(),
                Forwarding = options ?? new(),
                DrainNotice = TimeSpan.Zero,
            },
            TimeProvider.System,
            edge.Errors,
            TestContext.Current.CancellationToken);
        edge.Address = IPEndPoint.Parse(edge.Server.Listeners.Single(listener => listener.StartsWith("http://", StringComparison.Ordinal))["http://".Length..]);
        return edge;
    }

    /// <summary>Starts an edge whose only service has these instances.</summary>
    public static async Task<TestEdge> StartAsync(TrafficPolicy policy, params int[] ports)
    {
        var edge = await StartAsync();
        edge.Route(policy, ports);
        return edge;
    }

    /// <summary>Routes everything to these instances.</summary>
    public void Route(TrafficPolicy policy, params int[] ports) => Route(policy, [.. ports.Select(port => Active(port))]);

    /// <summary>Routes everything to these targets.</summary>
    public void Route(TrafficPolicy policy, ImmutableArray<Target> targets)
    {
        var version = Interlocked.Increment(ref _version);
        Server.Table.Apply(new RouteTable(version,
        [
            new ServiceRoutes
            {
                Environment = "test",
                Service = "shop",
                Generation = version,
                Matches = [new RouteMatch(null, "/", ImmutableSortedDictionary<string, string>.Empty)],
                Arms = [new Arm("A", "sha256:a", "1.0", Weight.Full, targets)],
                Salt = "salt",
                Policy = policy,
            },
        ]));
    }

    public static Target Active(int port) => new($"i-{port}", "127.0.0.1", port, TargetState.Active);

    public static Target Draining(int port) => Active(port) with { State = TargetState.Draining };

    /// <summary>The counters of the instance on this port.</summary>
    public InstanceCounters CountersOf(int port) =>
        Server.Table.Counters.Read(Server.Table.Instances, null, accounted: false).Single(row => row.Counters.Instance == $"i-{port}").Counters;

    /// <summary>An HTTP client of the edge, for HTTP/1.1 or HTTP/2 with prior knowledge.</summary>
    public HttpClient Client(int version = 1) => new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = new Uri(Url),
        DefaultRequestVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromSeconds(20),
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Waiting in tests: for a condition, bounded.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"never held: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
