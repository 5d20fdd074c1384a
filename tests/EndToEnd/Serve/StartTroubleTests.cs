using System.Net;
using System.Net.Sockets;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;

namespace Fairway.Serve;

/// <summary>What keeps a control plane from starting is said with how to mend it, and nothing is left behind.</summary>
public sealed class StartTroubleTests
{
    [Fact]
    public async Task A_broken_configuration_is_shown_with_its_places_and_exit_code_2()
    {
        using var shop = new ShopFolder("stps: 3");
        var (code, output) = await ControlPlaneProcess.RunAsync("serve", "--data", shop.Data.Path, "--config", shop.File, "--no-edge");

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("fairway.yaml:8:16: error", output, StringComparison.Ordinal);
        Assert.Contains("did you mean steps?", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(shop.Data.Path));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_named()
    {
        using var shop = new ShopFolder();
        var inAFile = Path.Combine(shop.File, "data");
        var (code, output) = await ControlPlaneProcess.RunAsync("serve", "--data", inAFile, "--config", shop.File, "--no-edge");

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains($"the data folder {inAFile} cannot be made", output, StringComparison.Ordinal);
        Assert.Contains("--data", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_on_a_file_system_that_refuses_writes_is_named()
    {
        using var shop = new ShopFolder();
        var (code, output) = await ControlPlaneProcess.RunAsync("serve", "--data", "/proc/fairway", "--config", shop.File, "--no-edge");

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("the data folder /proc/fairway cannot be made", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_of_the_edge_that_is_in_use_is_named_and_taken_when_it_is_free()
    {
        using var shop = new ShopFolder();
        using var other = new TcpListener(IPAddress.Loopback, shop.Port);
        other.Start();
        using var plane = await shop.StartAsync();
        EdgeInfo? edge = null;
        await Until.TrueAsync(async () =>
        {
            edge = (await shop.Client.GetStatusAsync(default)).Edge;
            return edge?.Problem is { } problem && problem.Contains("in use", StringComparison.Ordinal);
        }, "the edge's problem is known");
        Assert.False(edge!.Alive);
        Assert.Contains($"{shop.Port}", edge.Problem, StringComparison.Ordinal);
        other.Stop();

        await Until.TrueAsync(async () => (await shop.Client.GetStatusAsync(default)).Edge!.Alive, "the edge has the port");
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_port_of_the_API_that_is_in_use_is_named()
    {
        using var shop = new ShopFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var (code, output) = await ControlPlaneProcess.RunAsync(
            "serve", "--data", shop.Data.Path, "--config", shop.File, "--no-edge", "--listen", other.LocalEndpoint.ToString()!);

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains(other.LocalEndpoint.ToString()!, output, StringComparison.Ordinal);
        Assert.Contains("in use", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:7070", "loopback only")]
    [InlineData("here", "is not an address and port")]
    public async Task The_API_is_never_open_to_other_machines(string listen, string says)
    {
        using var shop = new ShopFolder();
        var (code, output) = await ControlPlaneProcess.RunAsync("serve", "--data", shop.Data.Path, "--config", shop.File, "--no-edge", "--listen", listen);

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }
}
