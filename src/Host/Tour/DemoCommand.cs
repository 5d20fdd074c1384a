using System.CommandLine;
using System.Runtime.InteropServices;
using Fairway.Cli;
using Fairway.Client;

namespace Fairway.Tour;

/// <summary><c>fairway demo</c>: three releases of a small shop shipped under live traffic, the third taken back.</summary>
public static class DemoCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context)
    {
        var data = new Option<string?>("--data") { Description = "Data folder, emptied first. By default .fairway/demo here.", HelpName = "DIR" };
        // With less, one percent is too few requests to judge by.
        var rate = Numbers.Any("--rate", [], "Requests a second.", 50, 20_000, 400);
        var json = new Option<bool>("--json") { Description = "Print the outcome as one JSON object; progress goes to standard error." };
        var command = new Command("demo", "The tour: ship three releases of examples/shop under live traffic; the third fails one request in twelve and is taken back by itself.") { data, rate, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            void Stop(PosixSignalContext signal)
            {
                signal.Cancel = true;
                stopping.Cancel();
            }

            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
            var folder = new DataFolder(Path.GetFullPath(parsed.GetValue(data) ?? Path.Combine(".fairway", "demo"), context.Folder));
            using var tour = new TourRun(context, folder, parsed.GetValue(rate), parsed.GetValue(json));
            return await tour.RunAsync(stopping.Token);
        });
        return command;
    }
}
