using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Fairway.Access;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Api;

public sealed class AccessTests
{
    [Fact]
    public async Task Only_the_owner_may_open_the_socket()
    {
        await using var house = await ApiHouse.OpenAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(house.Data.Socket));
    }

    [Fact]
    public void Another_user_may_do_nothing_and_root_everything()
    {
        static bool May(uint uid, Permission permission) => new Standing(LocalPeers.Of(new(1, uid), 1000), []).May(permission, null);

        Assert.False(May(65534, Permission.View) || May(65534, Permission.SignedIn));
        Assert.True(May(0, Permission.Administer));
        Assert.True(May(1000, Permission.Administer));
        Assert.Equal("root", LocalPeers.Of(new(1, 0), 1000).Name);
    }

    [Fact]
    public async Task Over_TCP_nobody_sees_anything_without_a_session_or_a_token()
    {
        var address = FreeAddress();
        await using var house = await ApiHouse.OpenAsync(listen: address);
        using var http = new HttpClient { BaseAddress = new($"http://{address}/api/") };
        using var alive = await http.GetAsync("healthz");
        using var look = await http.GetAsync("status");
        using var steer = await http.PostAsync("ledger/rebuild", null);
        var problem = JsonSerializer.Deserialize(await steer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!;

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (alive.StatusCode, look.StatusCode));
        Assert.Equal((HttpStatusCode.Unauthorized, "sign-in-needed"), (steer.StatusCode, problem.Code));
    }

    [Fact]
    public async Task Over_TCP_a_page_that_led_the_browser_here_under_another_name_sees_nothing()
    {
        var address = FreeAddress();
        await using var house = await ApiHouse.OpenAsync(listen: address);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}/api/status");
        request.Headers.Host = "evil.example";
        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Without_a_control_plane_a_command_says_how_to_start_one()
    {
        var data = new DataFolder(Path.Combine(Path.GetTempPath(), "fairway-none"));
        using var client = FairwayClient.For(data);
        var error = await Assert.ThrowsAsync<FairwayException>(() => client.GetStatusAsync(default));

        Assert.Equal(FairwayException.NotRunning, error.Code);
        Assert.Equal($"no control plane is running for {data.Path}", error.Detail);
        Assert.Contains("fairway up", error.Mend, StringComparison.Ordinal);
        Assert.False(await client.IsRunningAsync(default));
    }

    [Fact]
    public async Task A_data_folder_with_a_path_too_long_for_a_socket_works_all_the_same()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("fairway-long-").FullName, new string('x', 120));
        Directory.CreateDirectory(folder);
        await using var house = await ApiHouse.OpenAsync(folder);

        Assert.True(house.Data.HasShortSockets);
        Assert.True(await house.Client.IsRunningAsync(default));
    }

    [Fact]
    public void A_data_folder_is_the_one_given_or_beside_the_nearest_configuration()
    {
        var root = Directory.CreateTempSubdirectory("fairway-resolve-").FullName;
        var deep = Directory.CreateDirectory(Path.Combine(root, "a", "b")).FullName;

        Assert.Equal(Path.Combine(root, "x"), DataFolder.Resolve("x", root).Path);
        Assert.Equal(Path.Combine(deep, ".fairway"), DataFolder.Resolve(null, deep).Path);
        File.WriteAllText(Path.Combine(root, "fairway.yaml"), "");
        Assert.Equal(Path.Combine(root, ".fairway"), DataFolder.Resolve(null, deep).Path);
        Directory.Delete(root, recursive: true);
    }

    private static IPEndPoint FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }
}
