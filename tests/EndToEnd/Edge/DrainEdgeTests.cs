using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Edge;

public sealed class DrainEdgeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_in_flight_is_finished_and_nothing_new_accepted(int version)
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        using var client = rig.Client(version);
        var held = client.GetStringAsync("/hold");
        await Until.HoldsAsync(() => origin.Held == 1, "the request is held");
        var (answer, fault) = await rig.Admin.DrainAsync(CancellationToken.None);
        Assert.Null(fault);
        Assert.True(answer!.Draining);
        using var late = rig.Client(version);
        await Until.HoldsAsync(async () => await IsRefusedAsync(late), "new connections are refused");
        // The admin API answers to the end.
        Assert.Equal(1, Assert.Single((await rig.Admin.StatusAsync(CancellationToken.None)).Status!.Instances).InFlight);
        Assert.False(rig.Server.Drained.IsCompleted);
        origin.Release();
        Assert.Equal("a", await held);
        await rig.Server.Drained.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Clients_are_asked_to_leave_before_connections_are_closed()
    {
        await using var rig = await AdminRig.StartAsync(options => options with { DrainNotice = TimeSpan.FromSeconds(3) });
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        using var client = rig.Client();
        using (var before = await client.GetAsync("/")) Assert.NotEqual(true, before.Headers.ConnectionClose);
        var draining = rig.Server.DrainAsync(CancellationToken.None);
        using (var during = await client.GetAsync("/"))
        {
            Assert.Equal(HttpStatusCode.OK, during.StatusCode);
            Assert.True(during.Headers.ConnectionClose);
        }
        await draining.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_drain_ends_when_its_time_is_over()
    {
        await using var rig = await AdminRig.StartAsync(options => options with { DrainTimeout = TimeSpan.FromMilliseconds(300) });
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        using var client = rig.Client();
        var held = client.GetStringAsync("/hold");
        await Until.HoldsAsync(() => origin.Held == 1, "the request is held");
        await rig.Server.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<HttpRequestException>(() => held);
    }

    [Fact]
    public async Task A_connection_that_never_asked_for_anything_does_not_hold_the_drain()
    {
        await using var rig = await AdminRig.StartAsync();
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, rig.Url.Port);
        using var hesitant = new TcpClient();
        await hesitant.ConnectAsync(IPAddress.Loopback, rig.Url.Port);
        await hesitant.GetStream().WriteAsync("PR"u8.ToArray());
        await rig.Server.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(0, await ReadToEndAsync(silent));
        Assert.Equal(0, await ReadToEndAsync(hesitant));
    }

    private static async Task<int> ReadToEndAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<bool> IsRefusedAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/");
            return false;
        }
        catch (HttpRequestException failure)
        {
            return failure.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
        }
    }
}
