using System.Net;
using System.Net.Sockets;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;

namespace Fairway.Serve;

/// <summary>A folder with a configuration of the shop, and what a person does with it.</summary>
internal sealed class ShopFolder : IDisposable
{
    private readonly string _top;

    public ShopFolder(string rollout = "guard: 0s", string top = "")
    {
        _top = top;
        Folder = Directory.CreateTempSubdirectory("fairway-serve-").FullName;
        Port = FreePort();
        Data = new(Path.Combine(Folder, ".fairway"));
        Client = FairwayClient.For(Data);
        Write(rollout);
    }

    public string Folder { get; }

    public string File => Path.Combine(Folder, "fairway.yaml");

    public int Port { get; }

    public DataFolder Data { get; }

    public FairwayClient Client { get; }

    /// <summary>Writes the configuration anew.</summary>
    public void Write(string rollout) => System.IO.File.WriteAllText(
        File,
        $$"""
        {{_top}}edge:
          http: 127.0.0.1:{{Port}}
        services:
          shop:
            run: ./shop
            ready: { http: /healthz, interval: 100ms, timeout: 10s, healthyAfter: 1, unhealthyAfter: 5 }
            stopGrace: 5s
            rollout: { {{rollout}} }
        """);

    /// <summary>Starts <c>serve</c> or <c>up</c> and waits until it answers.</summary>
    public async Task<ControlPlaneProcess> StartAsync(string verb = "serve", params string[] more)
    {
        var plane = ControlPlaneProcess.Start([verb, "--data", Data.Path, "--config", File, .. more]);
        await Hammer.Until.TrueAsync(() => Client.IsRunningAsync(default), () => $"the control plane answers\n{plane.Text()}");
        return plane;
    }

    /// <summary>Makes a release of the shop that behaves as told.</summary>
    public Task<ReleaseInfo> ReleaseAsync(string version, string settings = "")
        => Client.CreateReleaseAsync("shop", version, null, ShopArtifact.Tar(version, settings), default);

    /// <summary>Asks for a release of the shop that behaves as told.</summary>
    public async Task DeployAsync(string version, string settings = "")
        => await Client.DeployAsync(new("shop", null, (await ReleaseAsync(version, settings)).Digest), default);

    /// <summary>Waits until the service looks so.</summary>
    public async Task<ServiceInfo> UntilAsync(Func<ServiceInfo, bool> holds, string what)
    {
        ServiceInfo? last = null;
        await Hammer.Until.TrueAsync(
            async () =>
            {
                last = await Client.GetServiceAsync("production", "shop", default);
                return holds(last);
            },
            () => $"{what}; it is {last?.State} {last?.Rollout?.Summary.Id} {last?.Rollout?.Summary.Phase}: {last?.Rollout?.Summary.Why.Sentence}");
        return last!;
    }

    public Task<ServiceInfo> UntilEndAsync(int number, string phase)
        => UntilAsync(now => now.Rollout?.Summary is { HasEnded: true } rollout && rollout.Number == number && rollout.Phase == phase, $"rollout {number} is {phase}");

    /// <summary>The version that answers through the edge; null when nobody does.</summary>
    public async Task<string?> VersionAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            using var answer = await http.GetAsync($"http://127.0.0.1:{Port}/api/products");
            return answer.IsSuccessStatusCode && answer.Headers.TryGetValues("Shop-Version", out var version) ? version.Single() : null;
        }
        catch (Exception refused) when (refused is HttpRequestException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Runs the program against this folder's control plane to its end.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => ControlPlaneProcess.RunAsync([.. arguments, "--data", Data.Path]);

    /// <summary>One request after the other until told to stop, by a user who looks at each answer for some milliseconds: the machine is not theirs alone.</summary>
    public async Task LoadAsync(CancellationToken stop, string path = "/", int looks = 3)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
        while (!stop.IsCancellationRequested)
        {
            using (await http.GetAsync($"http://127.0.0.1:{Port}{path}", CancellationToken.None)) await Task.Delay(TimeSpan.FromMilliseconds(looks), TimeProvider.System, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Broom.Sweep(Folder);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
