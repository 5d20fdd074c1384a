using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Adapters.Edge;

/// <summary>The edge's admin API over its Unix socket. Every call ends within <paramref name="timeout"/>.</summary>
/// <param name="socket">Path of the socket.</param>
/// <param name="timeout">For one call.</param>
public sealed class EdgeAdminClient(string socket, TimeSpan timeout) : IDisposable
{
    // The host is never looked up: every connection goes to the socket.
    private static readonly Uri Base = new("http://edge/");

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
        UseProxy = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        BaseAddress = Base,
        Timeout = timeout,
    };

    /// <summary>Puts one service's routes in force; returns when the edge has confirmed them.</summary>
    public Task<(TableReceipt? Receipt, Fault? Fault)> PutAsync(ServiceRoutes routes, CancellationToken cancellation)
        => SendAsync<TableReceipt>(HttpMethod.Put, PathOf(routes.Environment, routes.Service), routes, cancellation);

    /// <summary>Puts a whole table in force.</summary>
    public Task<(TableReceipt? Receipt, Fault? Fault)> PutAsync(RouteTable table, CancellationToken cancellation)
        => SendAsync<TableReceipt>(HttpMethod.Put, "table", table, cancellation);

    /// <summary>Takes a service away; <paramref name="generation"/> fences changes that are still under way.</summary>
    public Task<(TableReceipt? Receipt, Fault? Fault)> DeleteAsync(ServiceKey service, long generation, CancellationToken cancellation)
        => SendAsync<TableReceipt>(HttpMethod.Delete, $"{PathOf(service.Environment, service.Service)}?generation={generation}", null, cancellation);

    /// <summary>The table in force.</summary>
    public Task<(RouteTable? Table, Fault? Fault)> TableAsync(CancellationToken cancellation) => SendAsync<RouteTable>(HttpMethod.Get, "table", null, cancellation);

    /// <summary>What the edge says of one service.</summary>
    public Task<(EdgeView? View, Fault? Fault)> ViewAsync(ServiceKey service, CancellationToken cancellation)
        => SendAsync<EdgeView>(HttpMethod.Get, PathOf(service.Environment, service.Service), null, cancellation);

    /// <summary>All counters.</summary>
    public Task<(EdgeCounters? Counters, Fault? Fault)> CountersAsync(CancellationToken cancellation)
        => SendAsync<EdgeCounters>(HttpMethod.Get, "counters", null, cancellation);

    /// <summary>How the edge is.</summary>
    public Task<(EdgeStatus? Status, Fault? Fault)> StatusAsync(CancellationToken cancellation)
        => SendAsync<EdgeStatus>(HttpMethod.Get, "status", null, cancellation);

    /// <summary>Counters and state as Prometheus text.</summary>
    /// <exception cref="IOException">The edge does not answer.</exception>
    public async Task<ReadOnlyMemory<byte>> MetricsAsync(CancellationToken cancellation)
    {
        if (!File.Exists(socket)) throw new IOException("the edge does not run");
        try
        {
            return await _http.GetByteArrayAsync("metrics", cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new IOException($"the edge cannot be asked: {failure.GetBaseException().Message}", failure);
        }
    }

    /// <summary>Asks the edge to drain and end; returns once it has begun.</summary>
    public Task<(EdgeStatus? Status, Fault? Fault)> DrainAsync(CancellationToken cancellation)
        => SendAsync<EdgeStatus>(HttpMethod.Post, "drain", null, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(T? Answer, Fault? Fault)> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellation)
        where T : class
    {
        // An edge that does not run yet is asked for every few milliseconds: that need not cost a connection and an exception each.
        if (!File.Exists(socket)) return (null, Unreachable("there is no such socket"));
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, FairwayJson.Options);
            using var response = await _http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode) return (null, await RefusalAsync(response, cancellation));
            return (await response.Content.ReadFromJsonAsync<T>(FairwayJson.Options, cancellation), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new Fault(FaultKind.Timeout, Blame.Platform, true, $"the edge did not answer on {socket} within {timeout.TotalSeconds:0.#} s; \"fairway status\" shows whether it runs"));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException)
        {
            return (null, Unreachable(failure.GetBaseException().Message));
        }
        catch (JsonException failure)
        {
            return (null, new Fault(FaultKind.Invalid, Blame.Fairway, false, $"the edge's answer to {method} /{path} is not understood ({failure.Message}); is it another version of Fairway?"));
        }
    }

    private Fault Unreachable(string why)
        => new(FaultKind.Unavailable, Blame.Platform, true, $"the edge cannot be reached on {socket} ({why}); it is started again by itself");

    private static async Task<Fault> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        EdgeProblem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            problem = await response.Content.ReadFromJsonAsync<EdgeProblem>(FairwayJson.Options, cancellation);
        var why = problem is null ? $"status {(int)response.StatusCode}" : string.Join("; ", problem.Problems.IsDefaultOrEmpty ? [problem.Detail] : problem.Problems);
        return response.StatusCode switch
        {
            HttpStatusCode.Conflict => new(FaultKind.Fenced, Blame.Fairway, false, $"the edge holds something newer: {why}"),
            HttpStatusCode.BadRequest => new(FaultKind.Invalid, Blame.Configuration, false, $"the edge refuses these routes: {why}"),
            HttpStatusCode.NotFound => new(FaultKind.NotFound, Blame.Fairway, false, why),
            _ => new(FaultKind.Unavailable, Blame.Platform, true, $"the edge could not do it: {why}"),
        };
    }

    private static string PathOf(string environment, string service) => $"services/{Uri.EscapeDataString(environment)}/{Uri.EscapeDataString(service)}";
}
