using System.Globalization;
using Fairway.Cli.Load;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Hammer;

/// <summary>The promise of the whole: deploys and rollbacks of every kind under load, the control plane killed meanwhile, and no request lost.</summary>
public sealed class ManyDeploysTests(ITestOutputHelper output)
{
    private static readonly string[] Services = ["canary", "blue", "rolling"];

    [Fact]
    public Task Fifteen_deploys_and_rollbacks_under_load_lose_no_request_even_when_the_control_plane_is_killed() => LoseNothingAsync(perService: 5);

    // Minutes of load: run it with `./test endtoend -explicit only`.
    [Fact(Explicit = true)]
    public Task A_hundred_deploys_and_rollbacks_under_load_lose_no_request_even_when_the_control_plane_is_killed() => LoseNothingAsync(perService: 34);

    private async Task LoseNothingAsync(int perService)
    {
        await using var fairway = await Installation.StartAsync(string.Concat(
            Service("canary", "strategy: canary\n      steps: [{ weight: 10%, pause: 500ms }, { weight: 50%, pause: 500ms }, { weight: 100%, pause: 0s }]\n      judge: off", 1),
            Service("blue", "strategy: blueGreen", 2),
            Service("rolling", "strategy: rolling\n      rolling: { maxSurge: 1, maxUnavailable: 0 }", 2)));
        foreach (var service in Services) await ShipAsync(fairway, service, "1.0", "", RolloutPhases.Completed);

        using var stop = new CancellationTokenSource();
        var loads = Services.SelectMany(service => new[] { Load(fairway, service, http2: false, sockets: 4), Load(fairway, service, http2: true, sockets: 0) })
            .Select(plan => new LoadGenerator(plan, TimeProvider.System).RunAsync(stop.Token)).ToArray();
        using var calm = new CancellationTokenSource();
        var kills = KillAgainAndAgainAsync(fairway, calm.Token);

        using var failed = new CancellationTokenSource();
        var shipping = Task.WhenAll(Services.Select(service => Task.Run(() => ShipManyAsync(fairway, service, perService, failed))));
        await ((Task)shipping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await calm.CancelAsync();
        var killed = await kills;
        await stop.CancelAsync();
        var shipped = await shipping;
        var reports = await Task.WhenAll(loads);

        var answered = reports.Sum(report => report.Answered);
        output.WriteLine($"{shipped.Sum()} rollouts, {killed} kills of the control plane, {answered} requests answered, "
            + $"{reports.Sum(report => report.WebSockets?.Moved ?? 0)} WebSockets moved");
        foreach (var failure in reports.SelectMany(report => report.Failures)) output.WriteLine($"{failure.Count} × {failure.Kind}");
        foreach (var sample in reports.SelectMany(report => report.Samples).Where(sample => sample.Kind != "500")) output.WriteLine($"{sample.At:0.0} s {sample.Kind}: {sample.Detail}");
        Assert.True(shipped.Sum() >= perService * Services.Length);
        Assert.True(killed >= 3, $"the control plane was killed {killed} times only");
        Assert.Equal(0, reports.Sum(report => report.Lost));
        Assert.True(answered > perService * 100, $"{answered} requests are no load");
        Assert.Empty((await fairway.Client.VerifyLedgerAsync(default)).Problems);
    }

    /// <summary>Good releases, ones that fail in several ways, and rollbacks by a person; the outcome of each is known beforehand.</summary>
    private static async Task<int> ShipManyAsync(Installation fairway, string service, int many, CancellationTokenSource failed)
    {
        try
        {
            return await ShipManyAsync(fairway, service, many, failed.Token);
        }
        catch
        {
            // One failure is the answer: the others need not go on for minutes.
            await failed.CancelAsync();
            throw;
        }
    }

    private static async Task<int> ShipManyAsync(Installation fairway, string service, int many, CancellationToken failed)
    {
        var done = 0;
        for (var number = 1; done < many && !failed.IsCancellationRequested; number++, done++)
        {
            var version = string.Create(CultureInfo.InvariantCulture, $"2.{number}");
            switch (number % 6)
            {
                case 2:
                    await ShipAsync(fairway, service, version, "\"errorRate\":1", RolloutPhases.RolledBack);
                    break;
                case 4:
                    await ShipAsync(fairway, service, version, "\"crashAfter\":0.05", RolloutPhases.RolledBack);
                    break;
                case 3:
                    await ShipAsync(fairway, service, version, "", RolloutPhases.Completed);
                    await fairway.EndOfAsync(await RetryAsync(() => fairway.Client.CommandAsync(
                        "production", service, new CommandRequest("rollback", "a person changed their mind"), default)));
                    done++;
                    break;
                default:
                    await ShipAsync(fairway, service, version, "", RolloutPhases.Completed);
                    break;
            }
        }
        return done;
    }

    private static async Task ShipAsync(Installation fairway, string service, string version, string settings, string outcome)
    {
        ReleaseInfo? release = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                release = await fairway.ReleaseAsync(service, version, settings);
                return true;
            }
            catch (FairwayException)
            {
                return false;
            }
        }, $"{version} of {service} is stored");
        var rollout = await RetryAsync(() => fairway.Client.DeployAsync(new DeployRequest(service, null, release!.Digest), default));
        string wrong;
        try
        {
            var end = await fairway.EndOfAsync(rollout);
            if (end.Summary.Phase == outcome) return;
            wrong = $"ended {end.Summary.Phase}: {end.Summary.Why.Sentence}";
        }
        catch (TimeoutException late)
        {
            wrong = late.Message;
        }
        var decisions = await RetryAsync(() => fairway.Client.ExplainAsync(rollout, default), explained => explained.Decisions);
        Assert.Fail($"{rollout} {version} ({settings}) {wrong}\n"
            + string.Join('\n', decisions.Select(one => $"{one.AfterMs,7} ms {one.Type} {one.Why?.Sentence} {one.Data}")) + $"\n{fairway.Output}");
    }

    /// <summary>Asks until it is heard: the control plane may be dead just now. A repeated request whose first was heard is refused or the same rollout.</summary>
    private static Task<string> RetryAsync(Func<Task<DecisionAnswer>> ask) => RetryAsync(ask, answer => answer.Rollout);

    private static async Task<TPart> RetryAsync<TAnswer, TPart>(Func<Task<TAnswer>> ask, Func<TAnswer, TPart?> part)
        where TPart : class
    {
        TPart? found = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                found = part(await ask());
                return found is not null;
            }
            catch (FairwayException error) when (error.Code is FairwayException.NotRunning or "connection-lost")
            {
                return false;
            }
        }, "the request is heard");
        return found!;
    }

    /// <summary>
    /// Each control plane lives for a random number of records, so that each gets a little further however busy the machine is, and a random moment more.
    /// </summary>
    private static async Task<int> KillAgainAndAgainAsync(Installation fairway, CancellationToken stop)
    {
        var random = new Random(20_261_121);
        for (var kills = 0; ; kills++)
        {
            try
            {
                var born = await PositionAsync(fairway, stop);
                var life = random.Next(1, 120);
                while (await PositionAsync(fairway, stop) < born + life) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stop);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 300)), TimeProvider.System, stop);
            }
            catch (OperationCanceledException)
            {
                return kills;
            }
            await fairway.KillControlPlaneAsync();
        }
    }

    private static async Task<long> PositionAsync(Installation fairway, CancellationToken cancellation)
        => (await fairway.Client.GetStatusAsync(cancellation)).ControlPlane.LedgerPosition;

    private static LoadPlan Load(Installation fairway, string service, bool http2, int sockets) => new()
    {
        Urls = [new($"http://127.0.0.1:{fairway.Port}/api/products"), new($"http://127.0.0.1:{fairway.Port}/")],
        Rate = 40, Connections = http2 ? 2 : 16, Http2 = http2, WebSockets = sockets, WebSocketPath = "/ws",
        Headers = [new("Host", service + ".test")], GroupByHeader = "Shop-Version", Timeout = TimeSpan.FromSeconds(20),
    };

    private static string Service(string name, string rollout, int instances) => $$"""
          {{name}}:
            run: ./shop
            instances: {{instances}}
            stopGrace: 15s
            ready: { http: /healthz, interval: 200ms, timeout: 5s, healthyAfter: 1, unhealthyAfter: 5 }
            routes: [{ host: {{name}}.test }]
            traffic: { drainTimeout: 5s }
            rollout:
              {{rollout}}
              guard: 2s
              keepWarm: 1s
              progressDeadline: 60s
              maxRestarts: 0
              maxErrors: { ratio: 50%, of: 5 }

        """;
}
