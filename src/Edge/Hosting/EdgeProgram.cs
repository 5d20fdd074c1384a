using System.Runtime.InteropServices;

namespace Fairway.Edge.Hosting;

/// <summary>The edge as a program.</summary>
public static class EdgeProgram
{
    /// <summary>
    /// Runs until it is told to stop: one line on standard output once it serves, <c>SIGTERM</c>, <c>SIGINT</c>, the admin API or the token drain it.
    /// </summary>
    /// <returns>The exit code: 0 after a drain, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(EdgeOptions options, CancellationToken cancellation)
    {
        EdgeServer server;
        try
        {
            server = await EdgeServer.StartAsync(options, TimeProvider.System, Console.Error, cancellation);
        }
        catch (EdgeStartException failure)
        {
            await Console.Error.WriteLineAsync($"fairway edge: {failure.Message}");
            return 1;
        }
        await using (server)
        {
            var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var cancelled = cancellation.Register(() => stop.TrySetResult());
            var table = server.Table.Current.Source;
            await Console.Out.WriteLineAsync(
                $"fairway edge ready: {string.Join(' ', server.Listeners)}, table {table.Version} with {table.Services.Length} services, admin {server.AdminSocket}");
            await Task.WhenAny(stop.Task, server.Drained);
            await server.DrainAsync(CancellationToken.None);
            return 0;

            // A second signal ends it at once: the default action is no longer cancelled.
            void Stop(PosixSignalContext signal) => signal.Cancel = stop.TrySetResult();
        }
    }
}
