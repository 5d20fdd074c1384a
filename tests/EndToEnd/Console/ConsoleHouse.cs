using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;
using Microsoft.Playwright;

namespace Fairway.Console;

/// <summary>A shop, its control plane, and people who open its console.</summary>
internal sealed class ConsoleHouse : IAsyncDisposable
{
    private readonly Browser _browser;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IPage> _pages = [];
    private ControlPlaneProcess? _plane;
    private Task _load = Task.CompletedTask;

    private ConsoleHouse(Browser browser, string rollout, string top) => (_browser, Shop) = (browser, new(rollout, top));

    public ShopFolder Shop { get; }

    /// <summary>Where the console is.</summary>
    public string Address { get; private set; } = "";

    // Asked for, so that no other control plane of this machine takes it while this one is down.
    private readonly int _port = ShopFolder.FreePort();

    /// <summary>Everything that pages wrote to their consoles, and requests that the policy blocked.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>A control plane for one service.</summary>
    /// <param name="browser">Where people look.</param>
    /// <param name="rollout">Members of the service's rollout section.</param>
    /// <param name="run">How the service runs; null as always.</param>
    /// <param name="top">More sections of the configuration, each ending its line.</param>
    public static async Task<ConsoleHouse> OpenAsync(Browser browser, string rollout, string? run = null, string top = "")
    {
        Assert.SkipWhen(Browser.Missing is not null, Browser.Missing ?? "");
        var house = new ConsoleHouse(browser, rollout, top);
        if (run is not null) await File.WriteAllTextAsync(house.Shop.File, (await File.ReadAllTextAsync(house.Shop.File)).Replace("run: ./shop", "run: " + run));
        await house.StartAsync();
        return house;
    }

    /// <summary>Starts the control plane, again after a kill at the same address.</summary>
    public async Task StartAsync()
    {
        _plane = await Shop.StartAsync("serve", "--listen", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"127.0.0.1:{_port}"));
        Address = (await Shop.Client.GetStatusAsync(default)).ControlPlane.Console!;
    }

    /// <summary>kill -9 of the control plane.</summary>
    public async Task KillAsync()
    {
        _plane!.Signal(9);
        await _plane.EndAsync();
        _plane.Dispose();
        _plane = null;
    }

    /// <summary>Requests from now on.</summary>
    public void Load() => _load = Task.WhenAll(_load, Shop.LoadAsync(_stop.Token, "/api/products", looks: 20), Shop.LoadAsync(_stop.Token, looks: 20));

    /// <summary>A window whose person opened the link of <c>fairway login</c>.</summary>
    public async Task<IPage> SignInAsync(string? name = null, string? role = null, int width = 1280, int height = 900, bool dark = false)
    {
        var link = await LinkAsync(name, role);
        var page = await _browser.OpenAsync(Address, width, height, dark);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Dialog += (_, dialog) => Complaints.Add("a dialog of a script: " + dialog.Message);
        _pages.Add(page);
        await page.GotoAsync(link);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Sign in as ") }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(Address + "/");
        return page;
    }

    /// <summary>A window of somebody unknown.</summary>
    public async Task<IPage> StrangerAsync()
    {
        var page = await _browser.OpenAsync(Address);
        _pages.Add(page);
        return page;
    }

    /// <summary>A link that signs in once, as <c>fairway login</c> prints it.</summary>
    public async Task<string> LinkAsync(string? name, string? role)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Shop.Data.Socket), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var body = JsonContent.Create(new { name, roles = role is null ? null : new[] { role } });
        using var answer = await http.PostAsync("http://fairway/api/access/links", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var link = JsonDocument.Parse(text);
        return link.RootElement.GetProperty("url").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _load;
        }
        catch (HttpRequestException)
        {
            // The edge may be gone before the load.
        }
        foreach (var page in _pages) await page.Context.CloseAsync();
        if (_plane is not null)
        {
            await Shop.Client.DownAsync(default);
            await _plane.EndAsync();
            _plane.Dispose();
        }
        Shop.Dispose();
        _stop.Dispose();
    }
}
