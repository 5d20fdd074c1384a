using System.Net;
using Fairway.Edge.Hosting;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Bench.Edge;

/// <summary>
/// Our edge as it runs in production, as a process of its own: the real <see cref="EdgeServer"/> with everything on but the access log. A rollout is under
/// way, so every request is matched, hashed by its sticky cookie onto one of two arms, admitted, counted, and given a trace and a request id.
/// </summary>
internal static class EdgeUnderTest
{
    public static async Task ServeAsync(int port, int upstream)
    {
        SocketTuning.ContinueInline();
        var folder = Directory.CreateTempSubdirectory("fairway-bench-").FullName;
        var options = new EdgeOptions { DataFolder = folder, Http = [new IPEndPoint(IPAddress.Loopback, port)] };
        await using var server = await EdgeServer.StartAsync(options, TimeProvider.System, Console.Error, CancellationToken.None);
        server.Table.Apply(new RouteTable(1,
        [
            new ServiceRoutes
            {
                Environment = "bench",
                Service = "hello",
                Generation = 1,
                Matches = [new RouteMatch(null, "/", ImmutableSortedDictionary<string, string>.Empty)],
                Salt = "rollout-1",
                Arms =
                [
                    new Arm("A", "sha256:a", "1.0", Weight.FromPercent(90), [new Target("a-1", "127.0.0.1", upstream, TargetState.Active)]),
                    new Arm("B", "sha256:b", "1.1", Weight.FromPercent(10), [new Target("b-1", "127.0.0.1", upstream, TargetState.Active)]),
                ],
            },
        ]));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }
}
