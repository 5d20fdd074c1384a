using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Fairway.Client;
using Fairway.Metrics.Configuration;

namespace Fairway.Metrics;

/// <summary><c>fairway metrics serve</c>: the metrics engine as a program of its own.</summary>
public static class MetricsCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder of the samples; made when it is not there.", HelpName = "DIR", Required = true };
        var listen = Address("--listen", "Where the Prometheus HTTP API listens. By default 127.0.0.1:9090.");
        var grpc = Address("--otlp-grpc", "Where OTLP over gRPC is taken, such as 127.0.0.1:4317. By default nowhere.");
        var config = new Option<string?>("--config") { Description = "A prometheus.yml: what to scrape, where to write on. SIGHUP reads it again.", HelpName = "FILE" };
        var retention = new Option<TimeSpan>("--retention")
        {
            Description = "How long samples are kept, such as 15d. By default 15d.", HelpName = "DURATION", DefaultValueFactory = _ => TimeSpan.FromDays(15),
            CustomParser = result =>
            {
                if (PrometheusDuration.TryParse(result.Tokens[0].Value, out var span) && span >= TimeSpan.FromHours(2)) return span;
                result.AddError($"--retention is a duration of at least 2h, such as 15d, not '{result.Tokens[0].Value}'");
                return default;
            },
        };
        var serve = new Command("serve", "Run the metrics engine alone: scrapes, takes remote write and OTLP, and answers the Prometheus HTTP API.") { data, listen, config, retention, grpc };
        serve.SetAction((parsed, cancellation) => RunAsync(
            new() { Data = Path.GetFullPath(parsed.GetValue(data)!), ConfigFile = parsed.GetValue(config), Retention = parsed.GetValue(retention) },
            parsed.GetValue(listen) ?? new(IPAddress.Loopback, 9090), parsed.GetValue(grpc), cancellation));
        return new("metrics", "The metrics engine.") { serve };
    }

    private static async Task<int> RunAsync(MetricsOptions options, IPEndPoint listen, IPEndPoint? grpc, CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var given = cancellation.Register(() => ended.TrySetResult());
        try
        {
            await using var engine = await MetricsEngine.OpenAsync(options, Report, cancellation);
            await using var server = await MetricsServer.StartAsync(engine, listen, grpc, cancellation);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                _ = Task.Run(() => ReloadAsync(engine, cancellation), CancellationToken.None);
            });
            await Console.Out.WriteLineAsync($"fairway metrics ready: http://{server.Address}, data {options.Data}");
            if (server.GrpcAddress is { } bound) await Console.Out.WriteLineAsync($"OTLP over gRPC: {bound}");
            await ended.Task;
            return ExitCodes.Done;
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Usage;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(e.Message);
            return ExitCodes.Failed;
        }

        // A second signal ends it at once: the default action is no longer cancelled.
        void Stop(PosixSignalContext signal) => signal.Cancel = ended.TrySetResult();
    }

    private static async Task ReloadAsync(MetricsEngine engine, CancellationToken cancellation)
    {
        await engine.ReloadAsync(cancellation);
        if (engine.ReloadSucceeded) await Console.Out.WriteLineAsync("configuration read again");
    }

    private static void Report(string what) => Console.Error.WriteLine($"fairway metrics: {what}");

    private static Option<IPEndPoint?> Address(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDR",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.StartsWith("localhost:", StringComparison.Ordinal)) text = "127.0.0.1" + text["localhost".Length..];
            if (text.StartsWith(':')) text = "0.0.0.0" + text;
            if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var address)) return address;
            result.AddError($"{name} is an address and a port, such as 127.0.0.1:9090, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}
