using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Hammer;

/// <summary>Fairway as a user has it: a folder with a fairway.yaml, and the real program running as processes of its own.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private Process? _serve;

    private Installation(string folder, int port)
    {
        (Folder, Port) = (folder, port);
        Data = new DataFolder(Path.Combine(folder, ".fairway"));
        Client = FairwayClient.For(Data);
    }

    /// <summary>Where fairway.yaml is.</summary>
    public string Folder { get; }

    /// <summary>The edge's port.</summary>
    public int Port { get; }

    /// <summary>The data folder.</summary>
    public DataFolder Data { get; }

    /// <summary>The API.</summary>
    public FairwayClient Client { get; }

    /// <summary>Everything the control planes printed.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>A new installation with one service for each host and its rollout section.</summary>
    public static async Task<Installation> StartAsync(string services)
    {
        var folder = Directory.CreateTempSubdirectory("fairway-hammer-").FullName;
        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "fairway.yaml"), $"edge:\n  http: 127.0.0.1:{port}\nservices:\n{services}");
        var installation = new Installation(folder, port);
        await installation.ServeAsync();
        return installation;
    }

    /// <summary>Starts a control plane and waits until it answers.</summary>
    public async Task ServeAsync()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), ["serve", "--data", Data.Path, "--config", Path.Combine(Folder, "fairway.yaml")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _serve = process;
        await Until.TrueAsync(
            async () => process.HasExited ? throw new InvalidOperationException($"the control plane ended\n{Output}") : await Client.IsRunningAsync(default),
            () => $"the control plane answers\n{Output}");
    }

    /// <summary>kill -9 of the control plane, and another one in its place.</summary>
    public async Task KillControlPlaneAsync()
    {
        _serve!.Kill();
        await _serve.WaitForExitAsync();
        _serve.Dispose();
        await ServeAsync();
    }

    /// <summary>kill -9 of the edge; answers when a request through it is answered again.</summary>
    public async Task<TimeSpan> KillEdgeAsync(int pid, string host)
    {
        using (var edge = Process.GetProcessById(pid)) edge.Kill();
        var since = Stopwatch.GetTimestamp();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
        await Until.TrueAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Port}/");
            request.Headers.Host = host;
            try
            {
                using var answer = await http.SendAsync(request);
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (Exception refused) when (refused is HttpRequestException or SocketException)
            {
                return false;
            }
        }, "the edge answers again");
        return Stopwatch.GetElapsedTime(since);
    }

    /// <summary>Makes a release of the shop that behaves as told.</summary>
    public async Task<ReleaseInfo> ReleaseAsync(string service, string version, string settings = "")
    {
        using var tar = ShopArtifact.Tar(version, settings);
        return await Client.CreateReleaseAsync(service, version, null, tar, default);
    }

    /// <summary>Waits for a rollout's end, through restarts of the control plane.</summary>
    public async Task<RolloutInfo> EndOfAsync(string rollout)
    {
        RolloutInfo? last = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                last = await Client.GetRolloutAsync(rollout, default);
            }
            catch (FairwayException)
            {
                // Killed just now; the next one knows.
            }
            return last?.Summary.HasEnded == true;
        }, () => $"{rollout} ends; it is {last?.Summary.Phase} because {last?.Summary.Why.Sentence}");
        return last!;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Client.DownAsync(default);
        }
        catch (FairwayException)
        {
            // Not running: nothing to stop by its word.
        }
        if (_serve is { } process)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
            process.Dispose();
        }
        Client.Dispose();
        try
        {
            foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)) File.SetUnixFileMode(file, (UnixFileMode)0x1FF);
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // Temporary; the system clears it.
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (Output) Output.AppendLine(line.Data);
    }
}
