using System.Net;
using Fairway.Adapters.Edge;
using Fairway.Edge.Hosting;
using Fairway.Kernel;
using Fairway.Traffic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Fairway.Edge;

/// <summary>A real edge in this process with its admin API on a real socket, in a folder that can be used again after a stop.</summary>
internal sealed class AdminRig : IAsyncDisposable
{
    private AdminRig(string folder, EdgeOptions options)
    {
        Folder = folder;
        Options = options;
        Admin = new EdgeAdminClient(Path.Combine(folder, "admin.sock"), TimeSpan.FromSeconds(20));
    }

    public string Folder { get; }

    public EdgeOptions Options { get; }

    public EdgeAdminClient Admin { get; }

    public EdgeServer Server { get; private set; } = null!;

    public StringWriter Errors { get; private set; } = new();

    public Uri Url => new(Server.Listeners.First(listener => !listener.EndsWith("/metrics", StringComparison.Ordinal)));

    public static async Task<AdminRig> StartAsync(Func<EdgeOptions, EdgeOptions>? change = null)
    {
        var rig = New(change);
        await rig.StartAgainAsync();
        return rig;
    }

    public static AdminRig New(Func<EdgeOptions, EdgeOptions>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("fairway-admin-").FullName;
        var options = new EdgeOptions { DataFolder = folder, Http = [new IPEndPoint(IPAddress.Loopback, 0)], DrainNotice = TimeSpan.Zero, DrainTimeout = TimeSpan.FromSeconds(20) };
        return new AdminRig(folder, change?.Invoke(options) ?? options);
    }

    public async Task StartAgainAsync()
    {
        Errors = new StringWriter();
        Server = await EdgeServer.StartAsync(Options, TimeProvider.System, TextWriter.Synchronized(Errors), CancellationToken.None);
    }

    public async Task<TableReceipt> PutAsync(ServiceRoutes routes)
    {
        var (receipt, fault) = await Admin.PutAsync(routes, CancellationToken.None);
        Assert.Null(fault);
        return receipt!;
    }

    public HttpClient Client(int version = 1) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
    })
    {
        BaseAddress = Url,
        Timeout = TimeSpan.FromSeconds(60),
        DefaultRequestVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async Task<HttpResponseMessage> RawAsync(HttpMethod method, string path, string? body = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(Server.AdminSocket), cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(method, "http://edge" + path);
        if (body is not null) request.Content = new StringContent(body);
        var response = await http.SendAsync(request);
        await response.Content.LoadIntoBufferAsync();
        return response;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        if (Server is not null) await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Routes for tests, with defaults.</summary>
internal static class Routes
{
    public static ServiceRoutes To(long generation, params Target[] targets) => new()
    {
        Environment = "production",
        Service = "shop",
        Generation = generation,
        Matches = [new RouteMatch(null, "/", ImmutableSortedDictionary<string, string>.Empty)],
        Arms = [new Arm("A", "sha256:a", "1.0", Weight.Full, [.. targets])],
        Salt = "salt",
    };

    public static ServiceRoutes Split(long generation, int candidate, Target[] stable, Target[] next) => To(generation, stable) with
    {
        Arms =
        [
            new Arm("A", "sha256:a", "1.0", Weight.FromBasisPoints(10_000 - candidate), [.. stable]),
            new Arm("B", "sha256:b", "1.1", Weight.FromBasisPoints(candidate), [.. next]),
        ],
        PreviewArm = "B",
    };
}

/// <summary>A small instance: answers its own name, and holds requests to <c>/hold</c> until told.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly WebApplication _owner;
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _held;

    private Origin(string name)
    {
        Name = name;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            Listen = listen;
        }));
        _owner = builder.Build();
        _owner.Run(AnswerAsync);
    }

    public string Name { get; }

    public int Held => Volatile.Read(ref _held);

    public int Port => Listen!.IPEndPoint!.Port;

    private ListenOptions? Listen { get; set; }

    public Target Target => new(Name, "127.0.0.1", Port, TargetState.Active);

    public static async Task<Origin> StartAsync(string name)
    {
        var origin = new Origin(name);
        await origin._owner.StartAsync();
        return origin;
    }

    public void Release() => _gate.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _owner.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/hold")
        {
            Interlocked.Increment(ref _held);
            await _gate.Task;
        }
        if (context.Request.Path == "/error") context.Response.StatusCode = 500;
        await context.Response.WriteAsync(Name);
    }
}

/// <summary>Waiting for a condition, bounded.</summary>
internal static class Until
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"never held: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);
}
