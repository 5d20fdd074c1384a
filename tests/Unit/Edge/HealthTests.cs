using System.Net;
using System.Net.Sockets;
using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Routing;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Edge;

public sealed class HealthTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly LiveTable _live;

    public HealthTests() => _live = new LiveTable(_time);

    public ValueTask DisposeAsync() => _live.DisposeAsync();

    [Fact]
    public void Failures_in_a_row_eject_an_instance_and_it_is_passed_over()
    {
        Apply(Tables.Split(0, [Tables.Target("s0"), Tables.Target("s1")], []));
        var bad = Instance("s0");
        for (var i = 0; i < 4; i++) Fail(bad, FailureKind.Connect);
        Succeed(bad);
        for (var i = 0; i < 4; i++) Fail(bad, FailureKind.Timeout);
        Assert.False(bad.IsEjected);
        Fail(bad, FailureKind.Reset);
        Assert.True(bad.IsEjected);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal("s1", Pick()!.Instance));
    }

    [Fact]
    public void Bad_answers_and_clients_that_leave_eject_nobody()
    {
        Apply(Tables.Split(0, [Tables.Target("s0"), Tables.Target("s1")], []));
        for (var i = 0; i < 20; i++)
        {
            Instance("s0").Begin();
            Instance("s0").End(new ExchangeResult(503, FailureKind.None, 1, 0, 0));
            Fail(Instance("s0"), FailureKind.ClientAbort);
        }
        Assert.False(Instance("s0").IsEjected);
    }

    [Fact]
    public void The_last_usable_instance_of_a_service_is_never_ejected()
    {
        Apply(Tables.Split(0, [Tables.Target("s0"), Tables.Target("s1")], [Tables.Target("c0")]));
        for (var i = 0; i < 10; i++) Fail(Instance("s0"), FailureKind.Connect);
        for (var i = 0; i < 10; i++) Fail(Instance("s1"), FailureKind.Connect);
        Assert.True(Instance("s0").IsEjected);
        // The candidate has no share: it could not serve for stable.
        Assert.False(Instance("s1").IsEjected);
        Assert.Equal("s1", Pick()!.Instance);
    }

    [Fact]
    public void An_arm_whose_instance_is_ejected_is_served_by_the_other()
    {
        Apply(Tables.Split(5_000, [Tables.Target("s0")], [Tables.Target("c0")]));
        for (var i = 0; i < 5; i++) Fail(Instance("c0"), FailureKind.Connect);
        Assert.True(Instance("c0").IsEjected);
        var entry = Tables.Only(_live);
        Assert.Equal("s0", entry.Pick(entry.ArmNamed("B"), [])!.Instance);
        // And when that was tried too, the ejected one is better than nobody.
        Assert.Equal("c0", entry.Pick(entry.ArmNamed("B"), [Instance("s0")])!.Instance);
    }

    [Fact]
    public void Two_instances_that_fail_at_the_same_time_are_not_both_ejected()
    {
        for (var round = 0; round < 50; round++)
        {
            Apply(Tables.Split(0, [Tables.Target($"a{round}"), Tables.Target($"b{round}")], []));
            var both = new[] { Instance($"a{round}"), Instance($"b{round}") };
            Parallel.ForEach(both, instance =>
            {
                for (var i = 0; i < 20; i++) Fail(instance, FailureKind.Connect);
            });
            Assert.Single(both, instance => instance.IsEjected);
        }
    }

    [Fact]
    public async Task A_dead_instance_stays_ejected_until_it_accepts_connections_again()
    {
        var port = FreePort();
        Apply(Tables.Split(0, [Tables.Target("s0", port: port), Tables.Target("s1")], [], new TrafficPolicy { EjectFor = Duration.FromSeconds(5) }));
        var dead = Instance("s0");
        for (var i = 0; i < 5; i++) Fail(dead, FailureKind.Connect);
        for (var second = 0; second < 30; second++)
        {
            await Step(TimeSpan.FromSeconds(1));
            Assert.True(dead.IsEjected);
        }
        using var alive = new TcpListener(IPAddress.Loopback, port);
        alive.Start();
        await Until(() => !dead.IsEjected);
        Assert.Equal(1, dead.Ejection.Total);
    }

    [Fact]
    public void Ejections_in_a_row_double_to_ten_times()
    {
        var policy = new TrafficPolicy { EjectFor = Duration.FromSeconds(5) };
        var ejection = new Ejection(_time);
        double[] seconds = [.. Enumerable.Range(0, 7).Select(_ =>
        {
            var length = ejection.Eject(policy).TotalSeconds;
            ejection.Return();
            return length;
        })];
        Assert.Equal([5, 10, 20, 40, 50, 50, 50], seconds);
        _time.Advance(TimeSpan.FromSeconds(49));
        Assert.Equal(50, ejection.Eject(policy).TotalSeconds);
        ejection.Return();
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(5, ejection.Eject(policy).TotalSeconds);
    }

    [Fact]
    public void Exchanges_in_flight_are_seen_until_they_end()
    {
        Apply(Tables.Split(0, [Tables.Target("s0")], []));
        var instance = Instance("s0");
        instance.Begin();
        instance.Begin();
        instance.MarkUpgraded();
        Assert.Equal((2, 1), (instance.InFlightCount, instance.UpgradedCount));
        Apply(Tables.Service("other", Tables.Match()));
        Assert.Equal(2, Read("s0").InFlight);
        instance.End(new ExchangeResult(101, FailureKind.None, 1, 10, 20, Upgraded: true));
        instance.End(new ExchangeResult(200, FailureKind.None, 1, 0, 0));
        var row = Read("s0");
        Assert.Equal((0, 0), (row.InFlight, row.Upgraded));
        Assert.Equal([0, 1, 1, 0, 0, 0], row.Requests);
        Assert.Equal(1, Assert.Single(row.Latency).Value);
        Assert.Equal((10, 20), (row.BytesIn, row.BytesOut));
    }

    private InstanceCounters Read(string instance)
        => _live.Counters.Read(_live.Instances, null, accounted: false).Select(row => row.Counters).Single(row => row.Instance == instance);

    private void Apply(ServiceRoutes routes) => _live.Apply(Tables.Of(routes));

    private InstanceRuntime Instance(string name) => _live.Instances.Single(instance => instance.Instance == name);

    private InstanceRuntime? Pick()
    {
        var entry = Tables.Only(_live);
        return entry.Pick(entry.Choose(Tables.Request()).Arm, []);
    }

    private static void Fail(InstanceRuntime instance, FailureKind failure)
    {
        instance.Begin();
        instance.End(new ExchangeResult(502, failure, 1, 0, 0));
    }

    private static void Succeed(InstanceRuntime instance)
    {
        instance.Begin();
        instance.End(new ExchangeResult(200, FailureKind.None, 1, 0, 0));
    }

    private async Task Step(TimeSpan by)
    {
        _time.Advance(by);
        // Connects run on real sockets: give the one that was started its turn.
        await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
    }

    private async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Step(TimeSpan.FromMilliseconds(100));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
