using System.Net;
using Fairway.Client;
using Fairway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Fairway.Api;

/// <summary>
/// The HTTP server of API and console: on the data folder's Unix socket, and on a TCP address unless told otherwise. Nothing is read from
/// the environment.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string _socket;
    private readonly ConsoleListener? _listener;
    private readonly Pages _pages;
    private bool _owns;

    private ApiServer(WebApplication application, string socket, ConsoleListener? listener, Pages pages)
    {
        _application = application;
        _socket = socket;
        _listener = listener;
        _pages = pages;
    }

    /// <summary>Where the console is, such as <c>http://127.0.0.1:7070</c>; null without one, and before the start.</summary>
    public string? Address { get; private set; }

    /// <summary>Every endpoint with its permission; empty before the start.</summary>
    public IReadOnlyList<DeclaredEndpoint> Endpoints { get; private set; } = [];

    /// <summary>Builds one that touches nothing yet: it takes its time, and what it will serve may be opened meanwhile.</summary>
    /// <param name="folder">Whose socket.</param>
    /// <param name="listen">A TCP address to listen on too; null is none. There nobody may do anything without a session or a token.</param>
    public static ApiServer Build(DataFolder folder, ConsoleListen? listen)
    {
        var listener = listen is null ? null : new ConsoleListener(folder, listen);
        var pages = new Pages();
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = "/", ApplicationName = "fairway" });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, folder, listener));
        if (listener is not null) builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = listener.Bind);
        var application = builder.Build();
        application.Use(SecurityHeaders.AddAsync);
        application.Use((context, next) => ApiRoutes.AnswerTheRestAsync(context, pages, next));
        application.Use(RefuseForeignHosts);
        application.UseRouting();
        return new(application, folder.Socket, listener, pages);
    }

    /// <summary>Begins to serve. The caller holds the data folder's lock, so a socket that lies there is a dead one's.</summary>
    /// <param name="services">What the endpoints use.</param>
    /// <param name="report">Told of errors that are ours.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">The socket or the address cannot be bound.</exception>
    public async Task StartAsync(ControlPlaneServices services, Action<Exception> report, CancellationToken cancellation)
    {
        File.Delete(_socket);
        _owns = true;
        var keys = new IdempotencyKeys(services.IdempotencyFolder, services.KeepFile, services.Clock.Time);
        var routes = new ApiRoutes(_application, new(new Recognizer(services.Access.Book, services.Issuer, services.Tickets).RecognizeAsync), keys, _pages, report);
        Map(routes, services);
        ApiRoutes.CheckAllDeclared(_application);
        Endpoints = routes.Declared;
        // Routing adds its end by itself only to builders with defaults.
        _application.UseEndpoints(_ => { });
        await _application.StartAsync(cancellation);
        File.SetUnixFileMode(_socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (_listener is null) return;
        Address = _application.Urls.First(url => !url.Contains("://unix:", StringComparison.Ordinal));
        _listener.Remember(Address);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_owns) await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        if (_owns) File.Delete(_socket);
    }

    private static void Configure(KestrelServerOptions kestrel, DataFolder folder, ConsoleListener? listener)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Limits.Body;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxConcurrentConnections = 1_000;
        // A big artifact over a slow disk is not an attack: who comes over the socket is known.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.ListenUnixSocket(folder.Socket, LocalPeers.Identify);
        if (listener is not null) kestrel.Listen(listener.Wanted);
    }

    /// <summary>Over TCP a browser may be led here under a foreign name (DNS rebinding): only loopback's own names are answered.</summary>
    private static Task RefuseForeignHosts(HttpContext context, Func<Task> next)
    {
        if (context.Features.Get<LocalPeer>() is not null) return next();
        var host = context.Request.Host.Host;
        if (host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))) return next();
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        ServiceEndpoints.Map(routes, services);
        ReleaseEndpoints.Map(routes, services);
        ArtifactEndpoints.Map(routes, services);
        AttestationEndpoints.Map(routes, services);
        RolloutEndpoints.Map(routes, services);
        ComparisonEndpoints.Map(routes, services);
        GateEndpoints.Map(routes, services);
        MigrationEndpoints.Map(routes, services);
        PromotionEndpoints.Map(routes, services);
        GroupEndpoints.Map(routes, services);
        EnvironmentEndpoints.Map(routes, services);
        JudgeEndpoints.Map(routes, services);
        StreamEndpoints.Map(routes, services);
        LedgerEndpoints.Map(routes, services);
        ListEndpoints.Map(routes, services);
        ConfigurationEndpoints.Map(routes, services);
        SubscriptionEndpoints.Map(routes, services);
        OpenApiEndpoints.Map(routes, services);
        AuditEndpoints.Map(routes, services);
        AccessEndpoints.Map(routes, services);
        SourceEndpoints.Map(routes, services);
        PipelineEndpoints.Map(routes, services);
        SignInPages.Map(routes, services);
        MetricsEndpoints.Map(routes, services);
        ConsolePages.Map(routes, services);
    }
}
