using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Fairway.Edge.Hosting;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Edge;

public sealed class AdminApiTests
{
    [Fact]
    public async Task A_confirmed_service_is_served_at_once_and_read_back()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("shop-a-0-1");
        var routes = Routes.To(7, origin.Target);
        Assert.Equal(new TableReceipt(1, true, true), await rig.PutAsync(routes));
        using var client = rig.Client();
        Assert.Equal("shop-a-0-1", await client.GetStringAsync("/"));
        Assert.Equal(new TableReceipt(1, false, true), await rig.PutAsync(routes));

        var (table, _) = await rig.Admin.TableAsync(CancellationToken.None);
        Assert.Equal(FairwayJson.Write(new RouteTable(1, [routes])), FairwayJson.Write(table));
        var (view, _) = await rig.Admin.ViewAsync(new("production", "shop"), CancellationToken.None);
        Assert.Equal(7, view!.Generation);
        Assert.Equal(1, Assert.Single(view.Instances).Requests[2]);
        var (counters, _) = await rig.Admin.CountersAsync(CancellationToken.None);
        Assert.Equal((view.Epoch, 1), (counters!.Epoch, counters.TableVersion));
        Assert.Equal(1, Assert.Single(counters.Instances).Requests[2]);
    }

    [Fact]
    public async Task A_deleted_service_is_gone_and_its_late_change_refused()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        var (receipt, _) = await rig.Admin.DeleteAsync(new("production", "shop"), 3, CancellationToken.None);
        Assert.Equal(2, receipt!.Version);
        using var client = rig.Client();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
        var (_, fault) = await rig.Admin.PutAsync(Routes.To(2, origin.Target), CancellationToken.None);
        Assert.Equal(FaultKind.Fenced, fault!.Kind);
        Assert.Equal(0, (await rig.Admin.ViewAsync(new("production", "shop"), CancellationToken.None)).View!.Generation);
    }

    [Fact]
    public async Task An_older_table_or_generation_is_a_conflict_that_names_what_is_in_force()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.Admin.PutAsync(new RouteTable(10, [Routes.To(5)]), CancellationToken.None);
        var refused = await rig.RawAsync(HttpMethod.Put, "/table", FairwayJson.Write(new RouteTable(9, [Routes.To(6)])));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        var problem = await refused.Content.ReadFromJsonAsync<EdgeProblem>(FairwayJson.Options);
        Assert.Equal(10, problem!.Version);
        Assert.Contains("version 9 is not newer than 10", Assert.Single(problem.Problems));
        refused = await rig.RawAsync(HttpMethod.Put, "/services/production/shop", FairwayJson.Write(Routes.To(4)));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("generation 4 is older than 5", Assert.Single((await refused.Content.ReadFromJsonAsync<EdgeProblem>(FairwayJson.Options))!.Problems));
        refused = await rig.RawAsync(HttpMethod.Put, "/table", FairwayJson.Write(new RouteTable(11, [Routes.To(4)])));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal(10, (await rig.Admin.TableAsync(CancellationToken.None)).Table!.Version);
    }

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "no ServiceRoutes" },
        { "null", "null" },
        { "[]", "no ServiceRoutes" },
        { "{}", "missing required" },
        { "{\"environment\":\"production\"", "no ServiceRoutes" },
        { "{\"environment\":1,\"service\":\"shop\",\"generation\":1}", "$.environment" },
        { "{\"environment\":\"production\",\"service\":\"shop\",\"generation\":1,\"arms\":[{\"name\":\"A\",\"release\":\"r\",\"version\":\"1\",\"weight\":9000,\"targets\":[]}]}", "weights sum to 9000" },
        { "{\"environment\":\"production\",\"service\":\"shop\",\"generation\":1,\"arms\":[{\"name\":\"A\",\"release\":\"r\",\"version\":\"1\",\"weight\":10001,\"targets\":[]}]}", "basis points" },
        { "{\"environment\":\"production\",\"service\":\"shop\",\"generation\":1,\"arms\":[{\"name\":\"A\",\"weight\":10000}]}", "targets: missing" },
        { "{\"environment\":\"production\",\"service\":\"shop\",\"generation\":1,\"matches\":[{}]}", "no path" },
        { "{\"environment\":\"production\",\"service\":\"shop\",\"generation\":1,\"matches\":null}", "matches" },
        { "{\"environment\":\"production\",\"service\":\"blog\",\"generation\":1}", "the body is production/blog, the path production/shop" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task What_is_wrong_in_itself_is_refused_and_nothing_changes(string body, string expected)
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PutAsync(Routes.To(0));
        var refused = await rig.RawAsync(HttpMethod.Put, "/services/production/shop", body);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.Contains(expected, await refused.Content.ReadAsStringAsync());
        Assert.Equal(1, (await rig.Admin.TableAsync(CancellationToken.None)).Table!.Version);
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/tables", 404)]
    [InlineData("POST", "/table", 405)]
    [InlineData("GET", "/drain", 405)]
    [InlineData("PUT", "/services/a", 404)]
    [InlineData("POST", "/services/a/b", 405)]
    [InlineData("DELETE", "/services/production/shop?generation=x", 400)]
    [InlineData("DELETE", "/services/production/unknown", 200)]
    public async Task Other_requests_get_a_clear_answer(string method, string path, int status)
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(status, (int)(await rig.RawAsync(new HttpMethod(method), path)).StatusCode);
    }

    [Fact]
    public async Task The_status_tells_what_goes_on()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(3, origin.Target));
        using var client = rig.Client();
        var held = client.GetStringAsync("/hold");
        await Until.HoldsAsync(() => origin.Held == 1, "the request is held");
        var (status, _) = await rig.Admin.StatusAsync(CancellationToken.None);
        Assert.Equal((Environment.ProcessId, 1, true, false), (status!.Pid, status.TableVersion, status.TableStored, status.Draining));
        Assert.Equal(rig.Server.Listeners, status.Listeners);
        Assert.Equal(new EdgeServiceStatus("production", "shop", 3, 1, 0, "closed", 0, EdgeRefusals.None), Assert.Single(status.Services));
        Assert.Equal(new EdgeInstanceStatus("production", "shop", "a", $"127.0.0.1:{origin.Port}", 1, 0, false, false, 0, 0), Assert.Single(status.Instances));
        origin.Release();
        await held;
    }

    [Fact]
    public async Task Metrics_are_on_the_socket_and_alone_on_the_loopback_port()
    {
        await using var rig = await AdminRig.StartAsync(options => options with { Metrics = new IPEndPoint(IPAddress.Loopback, 0) });
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(3, origin.Target));
        using var client = rig.Client();
        await client.GetStringAsync("/");
        await client.GetAsync("/error");
        var url = rig.Server.Listeners.Single(listener => listener.EndsWith("/metrics", StringComparison.Ordinal));
        using var http = new HttpClient();
        var text = await http.GetStringAsync(url);
        Assert.Contains("fairway_edge_requests_total{environment=\"production\",service=\"shop\",version=\"1.0\",release=\"sha256:a\",instance=\"a\",code=\"5xx\"} 1\n", text);
        Assert.Contains("fairway_edge_table_version 1\n", text);
        Assert.Contains("fairway_edge_requests_total{", await (await rig.RawAsync(HttpMethod.Get, "/metrics")).Content.ReadAsStringAsync());
        foreach (var path in (string[])["/table", "/counters", "/status", "/"])
            Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(url.Replace("/metrics", path))).StatusCode);
    }

    [Fact]
    public async Task Only_its_owner_may_open_the_socket()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(rig.Server.AdminSocket));
    }

    [Fact]
    public async Task A_socket_that_a_dead_edge_left_is_replaced()
    {
        await using var rig = AdminRig.New();
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Bound elsewhere and moved, so that disposing it does not remove it: what kill -9 leaves behind.
            dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(rig.Folder, "elsewhere")));
            File.Move(Path.Combine(rig.Folder, "elsewhere"), Path.Combine(rig.Folder, "admin.sock"));
        }
        await rig.StartAgainAsync();
        Assert.NotNull((await rig.Admin.StatusAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_second_edge_in_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var rig = await AdminRig.StartAsync();
        var failure = await Assert.ThrowsAsync<EdgeStartException>(rig.StartAgainAsync);
        Assert.Contains("another edge runs in", failure.Message);
        Assert.NotNull((await rig.Admin.StatusAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_socket_on_which_somebody_answers_is_not_taken()
    {
        await using var first = await AdminRig.StartAsync();
        await using var second = AdminRig.New(options => options with { AdminSocket = first.Server.AdminSocket });
        var failure = await Assert.ThrowsAsync<EdgeStartException>(second.StartAgainAsync);
        Assert.Contains("another edge answers on", failure.Message);
        Assert.NotNull((await first.Admin.StatusAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task When_the_disk_refuses_the_change_is_in_force_and_says_it_is_not_stored()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var origin = await Origin.StartAsync("a");
        var obstacle = Directory.CreateDirectory(Path.Combine(rig.Folder, "table.json.new"));
        Assert.Equal(new TableReceipt(1, true, false), await rig.PutAsync(Routes.To(1, origin.Target)));
        using var client = rig.Client();
        Assert.Equal("a", await client.GetStringAsync("/"));
        var (status, _) = await rig.Admin.StatusAsync(CancellationToken.None);
        Assert.False(status!.TableStored);
        Assert.Contains("in force but not on disk", Assert.Single(status.Notices));
        obstacle.Delete();
        await Until.HoldsAsync(async () => (await rig.Admin.StatusAsync(CancellationToken.None)).Status!.TableStored, "the table is stored once the disk is well");
        Assert.True(File.Exists(Path.Combine(rig.Folder, "table.json")));
    }

    [Fact]
    public async Task Without_an_edge_the_fault_says_so()
    {
        await using var rig = AdminRig.New();
        var (_, fault) = await rig.Admin.StatusAsync(CancellationToken.None);
        Assert.Equal((FaultKind.Unavailable, Blame.Platform, true), (fault!.Kind, fault.Who, fault.Retryable));
        Assert.Contains("admin.sock", fault.Message);
    }
}
