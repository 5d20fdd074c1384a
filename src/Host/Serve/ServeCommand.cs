using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Fairway.Api;
using Fairway.Client;
using Fairway.Rollouts;

namespace Fairway.Serve;

/// <summary><c>fairway serve</c> and <c>fairway up</c>: the control plane as a program. They differ in what Ctrl-C means.</summary>
public static class ServeCommand
{
    /// <summary><c>serve</c>: ends without touching edge and instances, however it ends.</summary>
    public static Command CreateServe() => Create(
        "serve", "Run the control plane; the edge and the instances outlive it.", interruptStopsAll: false);

    /// <summary><c>up</c>: the same, for one machine and a person in front of it: Ctrl-C stops everything.</summary>
    public static Command CreateUp() => Create(
        "up", "Run control plane and edge here. Ctrl-C stops everything; TERM leaves edge and instances running for the next control plane.", interruptStopsAll: true);

    private static Command Create(string name, string description, bool interruptStopsAll)
    {
        var data = new Option<string?>("--data") { Description = "Data folder; by default $FAIRWAY_DATA, or .fairway beside fairway.yaml." };
        var config = new Option<string?>("--config", "-f") { Description = "Configuration; by default the nearest fairway.yaml upwards." };
        var noEdge = new Option<bool>("--no-edge") { Description = "Keep no edge running." };
        var listen = new Option<string?>("--listen") 
        {
            Description = "Loopback address and port of console and API, such as 127.0.0.1:7070; off for neither. By default 127.0.0.1:7070, or a free port when that is taken.",
        };
        var command = new Command(name, description) { data, config, noEdge, listen };
        command.SetAction(async (parsed, cancellation) =>
        {
            var current = Directory.GetCurrentDirectory();
            var file = parsed.GetValue(config) ?? DataFolder.FindConfiguration(current);
            var given = parsed.GetValue(data);
            // With a file and no word about the data, they belong together.
            var folder = given is null && parsed.GetValue(config) is { } chosen && Environment.GetEnvironmentVariable("FAIRWAY_DATA") is null or ""
                ? new DataFolder(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(chosen))!, ".fairway"))
                : DataFolder.Resolve(given, current);
            try
            {
                var options = new ControlPlaneOptions
                {
                    Data = folder,
                    ConfigurationFile = file,
                    Edge = !parsed.GetValue(noEdge),
                    Listen = parsed.GetValue(listen) switch { null => ConsoleListen.Usual, "off" => null, var address => new(Loopback(address), Required: true) },
                    Tell = line => Console.Error.WriteLine(line),
                };
                return await RunAsync(options, interruptStopsAll, cancellation);
            }
            catch (ControlPlaneStartException error)
            {
                await Console.Error.WriteLineAsync($"fairway {name}: {error.Message}");
                foreach (var line in error.Diagnostics) await Console.Error.WriteLineAsync(line);
                return error.ExitCode;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(ControlPlaneOptions options, bool interruptStopsAll, CancellationToken cancellation)
    {
        await using var plane = await ControlPlane.StartAsync(options, cancellation);
        var signalled = new TaskCompletionSource<PosixSignal>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            plane.ReloadConfiguration();
        });
        await Console.Out.WriteLineAsync($"fairway {ControlPlane.Version} ready: data {options.Data}, socket {options.Data.Socket}");
        if (plane.ConsoleAddress is { } console) await Console.Out.WriteLineAsync($"console: {console}  (`fairway login` prints a link that signs you in)");
        var edge = TellEdgeAsync(plane, options, cancellation);
        if (await Task.WhenAny(signalled.Task, plane.Ended) == signalled.Task && interruptStopsAll && await signalled.Task == PosixSignal.SIGINT)
        {
            await Console.Out.WriteLineAsync("stopping everything; press Ctrl-C again to leave it running");
            await DownAsync(plane);
        }
        await edge;
        return ExitCodes.Done;

        // A second signal ends it at once: the default action is no longer cancelled.
        void Stop(PosixSignalContext signal) => signal.Cancel = signalled.TrySetResult(signal.Signal);
    }

    private static async Task TellEdgeAsync(ControlPlane plane, ControlPlaneOptions options, CancellationToken cancellation)
    {
        if (!options.Edge) return;
        var fault = await plane.AwaitEdgeAsync(cancellation);
        if (fault is null) await Console.Out.WriteLineAsync($"edge ready: {string.Join(", ", plane.EdgeAddresses)}");
        else await Console.Error.WriteLineAsync($"the edge does not run yet, and is tried again: {fault.Message}");
    }

    private static async Task DownAsync(ControlPlane plane)
    {
        try
        {
            await plane.DownAsync(new Actor(Environment.UserName, "interrupted"), CancellationToken.None);
        }
        catch (Exception error) when (error is ApiException or Ports.LedgerException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"not everything could be stopped: {error.Message}");
        }
    }

    private static IPEndPoint Loopback(string text)
    {
        if (!IPEndPoint.TryParse(text, out var address) || address.Port == 0)
            throw new ControlPlaneStartException($"--listen {text} is not an address and port, such as 127.0.0.1:7070", ExitCodes.Usage);
        return IPAddress.IsLoopback(address.Address)
            ? address
            : throw new ControlPlaneStartException(
                string.Create(CultureInfo.InvariantCulture, $"--listen {text}: the API listens on loopback only; use 127.0.0.1:{address.Port} and an SSH tunnel"), ExitCodes.Usage);
    }
}
