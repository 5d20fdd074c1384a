using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Fairway.Bench.Ledger;
using Fairway.Client.Wire;
using Fairway.Hammer;

// How long does a release that is taken back go on getting requests? From the decision's time in the ledger to the start of the last request
// that the release answered. Real processes, the shop behind the edge, eight clients that ask again 5 ms after each answer. Usage: Rollback [ROUNDS]
const int warm = 3;
var pause = TimeSpan.FromMilliseconds(5);
var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
var rounds = args.Length > 0 && int.TryParse(args[0], out var given) ? given : 50;
await using var fairway = await Installation.StartAsync("""
      shop:
        run: ./shop
        ready: { http: /healthz, interval: 100ms, timeout: 2s, healthyAfter: 1, unhealthyAfter: 5 }
        rollout: { strategy: blueGreen, guard: 10m, keepWarm: 10m }

    """);
using var stop = new CancellationTokenSource();
var seen = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
await DeployAsync("1.0");
await PhaseAsync(RolloutPhases.Guarding);
await fairway.Client.CommandAsync("production", "shop", new CommandRequest("promote"), default);
await PhaseAsync(RolloutPhases.Completed);
var clients = Enumerable.Range(0, 8).Select(_ => AskAsync(stop.Token)).ToArray();

var times = new List<double>();
for (var round = 1 - warm; round <= rounds; round++)
{
    var version = string.Create(CultureInfo.InvariantCulture, $"2.{round + warm}");
    var rollout = await DeployAsync(version);
    await PhaseAsync(RolloutPhases.Guarding);
    await Until.TrueAsync(() => Task.FromResult(seen.ContainsKey(version)), version + " serves");
    await fairway.Client.CommandAsync("production", "shop", new CommandRequest("rollback", "bench"), default);
    await fairway.EndOfAsync(rollout);
    var explained = await fairway.Client.ExplainAsync(rollout, default);
    var decided = explained.Decisions.First(decision => decision.Type == "rollback-started.v1").At;
    if (round < 1) continue;
    times.Add((new DateTimeOffset(seen[version], TimeSpan.Zero) - decided).TotalMilliseconds);
    if (!Console.IsOutputRedirected) Console.Error.Write($"\r{round}/{rounds}: {times[^1]:0.0} ms   ");
}
await stop.CancelAsync();
var errors = (await Task.WhenAll(clients)).Sum();
times.Sort();
var table = string.Create(CultureInfo.InvariantCulture, $"""
    | rounds | median ms | p90 ms | worst ms | failed requests |
    | ---: | ---: | ---: | ---: | ---: |
    | {times.Count} | {times[times.Count / 2]:0.0} | {times[(int)(times.Count * 0.9)]:0.0} | {times[^1]:0.0} | {errors} |
    """);
Console.WriteLine(table);
Results.Replace("Rollback", string.Create(CultureInfo.InvariantCulture, $"""
    From the decision to take a warm release back (its record in the ledger) to the start of the last request that this release answered,
    with eight clients that ask again 5 ms after each answer: a full blue-green rollout in its guard, `fairway rollback`, and again. Real processes, the shop
    behind the edge, one clock; after {warm} rounds of warming.

    Command: `dotnet run -c Release --project bench/Rollback` ({Environment.ProcessorCount} cores, load average {load} when it began).

    {table}
    """));
return times[^1] < 100 && errors == 0 ? 0 : 1;

async Task<string> DeployAsync(string version)
{
    var release = await fairway.ReleaseAsync("shop", version);
    return (await fairway.Client.DeployAsync(new DeployRequest("shop", null, release.Digest), default)).Rollout!;
}

Task PhaseAsync(string phase) => Until.TrueAsync(async () => (await fairway.Client.GetServiceAsync("production", "shop", default)).Rollout?.Summary.Phase == phase, phase);

// Asks, pauses, and asks again on one kept connection: notes for each version when its last request was begun. Answers the number of requests that failed.
async Task<int> AskAsync(CancellationToken cancellation)
{
    var failed = 0;
    using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxConnectionsPerServer = 1 });
    var address = new Uri($"http://127.0.0.1:{fairway.Port}/api/products");
    while (!cancellation.IsCancellationRequested)
    {
        var begun = TimeProvider.System.GetUtcNow().UtcTicks;
        try
        {
            using var answer = await http.GetAsync(address, CancellationToken.None);
            if (answer.StatusCode != HttpStatusCode.OK) failed++;
            else seen.AddOrUpdate(answer.Headers.GetValues("Shop-Version").First(), begun, (_, last) => Math.Max(last, begun));
        }
        catch (HttpRequestException)
        {
            failed++;
        }
        await Task.Delay(pause, TimeProvider.System, CancellationToken.None);
    }
    return failed;
}
