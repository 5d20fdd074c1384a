using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.Client;

namespace Fairway.Tour;

/// <summary>The tour's own control plane and edge: real processes of this same program.</summary>
internal sealed class TourPlane : IAsyncDisposable
{
    private const string Marker = "tour-is-running";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DataFolder _folder;
    private readonly TimeProvider _time;
    private readonly Process _process;

    private TourPlane(DataFolder folder, TimeProvider time, Process process, FairwayClient client, Uri url)
    {
        (_folder, _time, _process, Client, Url) = (folder, time, process, client, url);
    }

    public FairwayClient Client { get; }

    /// <summary>Where the edge listens.</summary>
    public Uri Url { get; }

    /// <summary>Whether the control plane has ended, for example by <c>fairway down</c>.</summary>
    public Task Ended => _process.WaitForExitAsync(CancellationToken.None);

    /// <summary>Empties the folder, after stopping what an interrupted tour left running there.</summary>
    /// <exception cref="FairwayException">A tour is running there, or the folder holds something else.</exception>
    public static async Task PrepareAsync(DataFolder folder, TimeProvider time, CancellationToken cancellation)
    {
        var marker = Path.Combine(folder.Path, Marker);
        using (var client = FairwayClient.For(folder))
        {
            if (await client.IsRunningAsync(cancellation))
                throw new FairwayException("tour-running", $"a tour is running in {folder.Path}", $"end it with Ctrl-C where it runs, or with `fairway down --data {folder.Path}`", 409) { Refused = true };
            if (File.Exists(marker))
            {
                using var process = Start(folder, "serve", "--data", folder.Path, "--config", Configuration(folder));
                await UntilAsync(client.IsRunningAsync, process, folder, time, cancellation);
                await client.DownAsync(cancellation);
                await process.WaitForExitAsync(cancellation);
            }
        }

        if (Directory.Exists(folder.Path))
        {
            var strange = Directory.GetFileSystemEntries(folder.Path).Length > 0 && !File.Exists(folder.Ledger) && !File.Exists(Configuration(folder));
            if (strange) throw new FairwayException("not-a-tour", $"{folder.Path} holds something that is not a tour's", "name another folder with --data", 400);
            Erase(folder.Path);
        }

        folder.Create();
        await File.WriteAllTextAsync(marker, "", cancellation);
    }

    public static async Task<TourPlane> StartAsync(DataFolder folder, TimeProvider time, CancellationToken cancellation)
    {
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}/"));
        await File.WriteAllTextAsync(Configuration(folder), TourConfiguration.Text(url), cancellation);
        var process = Start(folder, "up", "--data", folder.Path, "--config", Configuration(folder));
        var client = FairwayClient.For(folder);
        var plane = new TourPlane(folder, time, process, client, url);
        try
        {
            await UntilAsync(async c => await client.IsRunningAsync(c) && (await client.GetStatusAsync(c)).Edge is { Alive: true }, process, folder, time, cancellation);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops every instance, the edge and the control plane.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        try
        {
            if (!_process.HasExited) await Client.DownAsync(limit.Token);
            await _process.WaitForExitAsync(limit.Token);
            File.Delete(Path.Combine(_folder.Path, Marker));
        }
        catch (Exception e) when (e is FairwayException or OperationCanceledException)
        {
            // It died, or does not stop in time: the marker makes the next tour see to the rest.
            if (!_process.HasExited && e is OperationCanceledException) _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        Client.Dispose();
        _process.Dispose();
    }

    private static string Configuration(DataFolder folder) => Path.Combine(folder.Path, "fairway.yaml");

    private static string Log(DataFolder folder) => Path.Combine(folder.Path, "up.log");

    private static Process Start(DataFolder folder, params ReadOnlySpan<string> arguments)
    {
        // Through sh, because .NET can redirect a child's output only to itself; exec leaves nothing in between. In a session of its own: a signal to
        // the tour's whole group (Ctrl-C, timeout(1)) must not make the control plane leave its instances to a next one.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(Log(folder));
        foreach (var part in OwnProgram()) start.ArgumentList.Add(part);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static ImmutableArray<string> OwnProgram()
    {
        var process = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Path.Combine(AppContext.BaseDirectory, "fairway.dll")]
            : File.Exists(Path.Combine(AppContext.BaseDirectory, "fairway")) ? [Path.Combine(AppContext.BaseDirectory, "fairway")] : [process];
    }

    private static async Task UntilAsync(Func<CancellationToken, Task<bool>> ready, Process process, DataFolder folder, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                if (await ready(cancellation)) return;
            }
            catch (FairwayException e) when (e.Status is null)
            {
                // Not yet.
            }

            if (process.HasExited || time.GetElapsedTime(began) > Patience)
                throw new FairwayException("cannot-start", process.HasExited ? "the control plane ended at its start" : "control plane and edge are not up after 30 s", $"see {Log(folder)}",
                    diagnostics: File.Exists(Log(folder)) ? [.. (await File.ReadAllLinesAsync(Log(folder), cancellation)).TakeLast(10)] : []);
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Unpacked releases are read-only, folders too: nothing in them can be deleted before that is undone.</summary>
    private static void Erase(string folder)
    {
        foreach (var inner in Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Prepend(folder))
            File.SetUnixFileMode(inner, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(folder, recursive: true);
    }
}
