using System.Net;
using System.Text.Json;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Routing;
using Fairway.Kernel;
using Fairway.Traffic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Fairway.Edge;

/// <summary>What is written down of a request, and what never is.</summary>
public sealed class ForwardingAccessLogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_request_is_a_line_without_its_query()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.ReadAsync(5);
            await wire.SendAsync("HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nnew");
            await wire.ReadToEndAsync();
        });
        var lines = await LoggedAsync(1, instance.Port, async client =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/cart?token=secret") { Content = new StringContent("12345") };
            request.Headers.Add("X-Request-Id", "r-1");
            request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            using var response = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            using var elsewhere = await client.GetAsync("/other?password=secret", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        });
        Assert.Equal(2, lines.Length);
        var cart = lines[0];
        Assert.Equal("r-1", cart.GetProperty("requestId").GetString());
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", cart.GetProperty("traceId").GetString());
        Assert.Equal("127.0.0.1", cart.GetProperty("client").GetString());
        Assert.Equal("POST", cart.GetProperty("method").GetString());
        Assert.Equal("/cart", cart.GetProperty("path").GetString());
        Assert.Equal(201, cart.GetProperty("status").GetInt32());
        Assert.Equal(5, cart.GetProperty("bytesIn").GetInt64());
        Assert.Equal(3, cart.GetProperty("bytesOut").GetInt64());
        Assert.Equal("test/shop", cart.GetProperty("service").GetString());
        Assert.Equal("1.0", cart.GetProperty("version").GetString());
        Assert.Equal($"i-{instance.Port}", cart.GetProperty("instance").GetString());
        Assert.Equal("no-route", lines[1].GetProperty("error").GetString());
        Assert.DoesNotContain(lines, line => line.GetRawText().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_share_of_the_requests_is_written_and_always_the_same_ones()
    {
        async Task<string[]> IdsAsync()
        {
            var lines = await LoggedAsync(0.25, 1, async client =>
            {
                for (var i = 0; i < 400; i++)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
                    request.Headers.Add("X-Request-Id", $"order-{i}");
                    using var response = await client.SendAsync(request, Cancellation);
                }
            });
            return [.. lines.Select(line => line.GetProperty("requestId").GetString()!)];
        }

        var first = await IdsAsync();
        Assert.InRange(first.Length, 60, 140);
        Assert.Equal(first, await IdsAsync());
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_costs_lines_and_no_request()
    {
        var log = new AccessLog(new FullDisk(), 1, TimeProvider.System);
        await ServeAsync(log, 1, async client =>
        {
            using var response = await client.GetAsync("/nowhere", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        });
        await log.DisposeAsync();
        Assert.Equal(1, log.Dropped);
    }

    private static async Task<JsonElement[]> LoggedAsync(double rate, int port, Func<HttpClient, Task> act)
    {
        var file = Path.GetTempFileName();
        try
        {
            var log = new AccessLog(File.Create(file), rate, TimeProvider.System);
            await ServeAsync(log, port, act);
            await log.DisposeAsync();
            Assert.Equal(0, log.Dropped);
            return [.. (await File.ReadAllLinesAsync(file, Cancellation)).Select(line => JsonDocument.Parse(line).RootElement)];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task ServeAsync(AccessLog log, int port, Func<HttpClient, Task> act)
    {
        await using var live = new LiveTable(TimeProvider.System);
        live.Apply(new RouteTable(1,
        [
            new ServiceRoutes
            {
                Environment = "test",
                Service = "shop",
                Generation = 1,
                Matches = [new RouteMatch(null, "/cart", ImmutableSortedDictionary<string, string>.Empty)],
                Arms = [new Arm("A", "sha256:a", "1.0", Weight.Full, [TestEdge.Active(port)])],
            },
        ]));
        using var handler = new EdgeHandler(() => live.Current, TimeProvider.System, new ForwardingOptions { AccessLog = log });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.Run(handler.HandleAsync);
        await server.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        await act(client);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("No space left on device");
    }
}
