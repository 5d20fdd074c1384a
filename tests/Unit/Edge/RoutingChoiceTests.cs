using Fairway.Edge.Admission;
using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Edge.Routing;
using Fairway.Traffic;

namespace Fairway.Edge;

public sealed class RoutingChoiceTests
{
    private static readonly Target[] Stable = [Tables.Target("s0"), Tables.Target("s1")];
    private static readonly Target[] Candidate = [Tables.Target("c0")];

    [Fact]
    public void A_new_user_of_a_split_gets_a_cookie_and_stays_on_the_arm_it_names()
    {
        var entry = Entry(Tables.Split(5_000, Stable, Candidate));
        for (var i = 0; i < 200; i++)
        {
            var first = entry.Choose(Tables.Request());
            Assert.Matches("^fairway=[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax$", first.SetCookie);
            var again = entry.Choose(Tables.Request(("Cookie", $"other=1; {first.SetCookie!.Split(';')[0]}; more=2")));
            Assert.Same(first.Arm, again.Arm);
            Assert.Null(again.SetCookie);
        }
    }

    [Fact]
    public void The_cookie_is_secure_over_https()
    {
        var request = Tables.Request();
        request.Request.Scheme = "https";
        Assert.EndsWith("; SameSite=Lax; Secure", Entry(Tables.Split(5_000, Stable, Candidate)).Choose(request).SetCookie);
    }

    [Theory]
    [InlineData(0, "A")]
    [InlineData(10_000, "B")]
    public void Without_a_real_split_no_cookie_is_set(int candidate, string arm)
    {
        var choice = Entry(Tables.Split(candidate, Stable, Candidate)).Choose(Tables.Request());
        Assert.Equal(arm, choice.Arm.Arm.Name);
        Assert.Null(choice.SetCookie);
    }

    [Fact]
    public void Both_arms_are_sticky_by_a_header_too()
    {
        var entry = Entry(Tables.Split(5_000, Stable, Candidate, new TrafficPolicy { Sticky = StickySource.Header, StickyName = "X-User" }));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var user = 0; user < 100; user++)
        {
            var arms = Enumerable.Range(0, 5).Select(_ => entry.Choose(Tables.Request(("x-user", $"u{user}"))).Arm.Arm.Name).Distinct(StringComparer.Ordinal).ToArray();
            seen.Add(Assert.Single(arms));
        }
        Assert.Equal(2, seen.Count);
    }

    [Theory]
    [InlineData(StickySource.None)]
    [InlineData(StickySource.Header)]
    public void Requests_without_a_key_are_split_by_chance(StickySource source)
    {
        var entry = Entry(Tables.Split(2_500, Stable, Candidate, new TrafficPolicy { Sticky = source, StickyName = "X-User" }));
        var candidate = Enumerable.Range(0, 40_000).Count(_ => entry.Choose(Tables.Request()) is { SetCookie: null, Arm.Arm.Name: "B" });
        // Ten standard deviations (87) either way: fails wrongly less than once in 10^22 runs.
        Assert.InRange(candidate, 10_000 - 870, 10_000 + 870);
    }

    [Theory]
    [InlineData("candidate", "B")]
    [InlineData("Candidate", "B")]
    [InlineData("stable", "A")]
    [InlineData("", "A")]
    public void The_preview_header_reaches_the_candidate_at_weight_0(string value, string arm)
        => Assert.Equal(arm, Entry(Tables.Split(0, Stable, Candidate)).Choose(Tables.Request(("fairway-preview", value))).Arm.Arm.Name);

    [Fact]
    public void A_preview_is_never_answered_by_stable()
    {
        var entry = Entry(Tables.Split(0, Stable, []));
        var choice = entry.Choose(Tables.Request(("Fairway-Preview", "candidate")));
        Assert.Null(entry.Pick(choice.Arm, []));
        Assert.Equal((0L, 1L), (entry.Runtime.Diverted, entry.Runtime.Refused(RefusalReason.NoInstance)));
    }

    [Fact]
    public void The_instance_with_the_fewest_requests_is_picked_and_equals_take_turns()
    {
        var entry = Entry(Tables.Split(0, [Tables.Target("s0"), Tables.Target("s1"), Tables.Target("s2")], []));
        var arm = entry.Choose(Tables.Request()).Arm;
        var idle = Enumerable.Range(0, 300).Select(_ => entry.Pick(arm, [])!.Instance).CountBy(name => name, StringComparer.Ordinal).ToArray();
        Assert.Equal([100, 100, 100], idle.Select(pair => pair.Value));
        var busy = entry.Pick(arm, [])!;
        busy.Begin();
        Assert.DoesNotContain(busy, Enumerable.Range(0, 30).Select(_ => entry.Pick(arm, [])));
    }

    [Fact]
    public void What_was_tried_is_not_picked_again()
    {
        var entry = Entry(Tables.Split(0, Stable, Candidate));
        var arm = entry.Choose(Tables.Request()).Arm;
        var first = entry.Pick(arm, [])!;
        var second = entry.Pick(arm, [first])!;
        Assert.NotSame(first, second);
        Assert.Null(entry.Pick(arm, [first, second]));
    }

    [Fact]
    public void An_arm_without_instances_is_served_by_the_other_and_that_is_counted()
    {
        var entry = Entry(Tables.Split(1_000, [], Candidate));
        Assert.Equal("c0", entry.Pick(Arm(entry, "A"), [])!.Instance);
        Assert.Equal(1, entry.Runtime.Diverted);
        entry = Entry(Tables.Split(10_000, Stable, []));
        Assert.StartsWith("s", entry.Pick(Arm(entry, "B"), [])!.Instance);
        Assert.Equal(1, entry.Runtime.Diverted);
    }

    [Fact]
    public void A_candidate_without_a_share_never_serves_for_stable()
        => Assert.Null(Entry(Tables.Split(0, [], Candidate)) is var entry ? entry.Pick(Arm(entry, "A"), []) : null);

    [Fact]
    public void Draining_instances_are_not_picked()
    {
        var entry = Entry(Tables.Split(0, [Tables.Target("s0", TargetState.Draining), Tables.Target("s1")], []));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal("s1", entry.Pick(Arm(entry, "A"), [])!.Instance));
    }

    [Fact]
    public void A_service_without_arms_has_nothing_to_pick()
    {
        var entry = Entry(Tables.Service("shop", Tables.Match()) with { Arms = [] });
        Assert.Null(entry.Pick(entry.Choose(Tables.Request()).Arm, []));
    }

    [Fact]
    public void A_request_that_waited_across_a_swap_follows_the_new_table()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(10_000, Stable, Candidate)));
        var old = Tables.Only(live);
        var chosen = old.Choose(Tables.Request()).Arm;
        Assert.Equal("B", chosen.Arm.Name);
        live.Apply(Tables.Of(Tables.Split(0, Stable, Candidate)));
        Assert.StartsWith("s", old.Pick(chosen, [])!.Instance);
        Assert.Equal("A", old.Choose(Tables.Request()).Arm.Arm.Name);
    }

    [Fact]
    public void A_preview_that_waited_across_a_swap_stays_with_its_release_or_nobody()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(0, Stable, Candidate)));
        var old = Tables.Only(live);
        var preview = old.Choose(Tables.Request(("Fairway-Preview", "candidate"))).Arm;
        live.Apply(Tables.Of(Tables.Split(1_000, Stable, Candidate)));
        Assert.Equal("c0", old.Pick(preview, [])!.Instance);
        live.Apply(Tables.Of(Tables.Service("shop", Tables.Match())));
        Assert.Null(old.Pick(preview, []));
    }

    [Fact]
    public void Runtimes_live_across_tables()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(0, Stable, Candidate)));
        var (service, instance) = (Tables.Only(live).Runtime, Tables.Only(live).Pick(Arm(Tables.Only(live), "A"), [])!);
        instance.Begin();
        live.Apply(Tables.Of(Tables.Split(5_000, Stable, Candidate, new TrafficPolicy { MaxConcurrency = 3 })));
        Assert.Same(service, Tables.Only(live).Runtime);
        Assert.Equal(3, service.Policy.MaxConcurrency);
        Assert.Contains(instance, live.Instances);
        Assert.Equal(1, instance.InFlightCount);
    }

    [Fact]
    public async Task An_instance_that_left_is_told_and_closed_when_its_last_exchange_ends()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0")], [])));
        var instance = Tables.Only(live).Pick(Arm(Tables.Only(live), "A"), [])!;
        Assert.True(instance.Begin());
        var upstream = instance.Attach(new Disposable());
        var told = instance.Draining;
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s1")], [])));
        await Eventually(() => told.IsCancellationRequested);
        Assert.False(upstream.Disposed);
        Assert.Contains(instance, live.Instances);
        instance.End(new ExchangeResult(200, FailureKind.None, 1, 0, 0));
        Assert.True(upstream.Disposed);
        Assert.DoesNotContain(instance, live.Instances);
        Assert.False(instance.Begin());
    }

    [Fact]
    public async Task A_rollback_makes_a_draining_instance_active_with_a_new_token()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0")], [])));
        var instance = Assert.Single(live.Instances);
        var first = instance.Draining;
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0", TargetState.Draining)], [])));
        await Eventually(() => first.IsCancellationRequested);
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0")], [])));
        Assert.Same(instance, Assert.Single(live.Instances));
        Assert.False(instance.IsDraining);
        Assert.False(instance.Draining.IsCancellationRequested);
    }

    [Fact]
    public void A_restarted_instance_on_another_port_keeps_its_counters()
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0", port: 1001)], [])));
        Finish(Assert.Single(live.Instances));
        live.Apply(Tables.Of(Tables.Split(0, [Tables.Target("s0", port: 1002)], [])));
        var moved = Assert.Single(live.Instances);
        Assert.Equal(1002, moved.Port);
        Finish(moved);
        Assert.Equal(2, Assert.Single(live.Counters.Read(live.Instances, null, accounted: false)).Counters.Requests[2]);

        static void Finish(InstanceRuntime instance)
        {
            instance.Begin();
            instance.End(new ExchangeResult(200, FailureKind.None, 1, 0, 0));
        }
    }

    [Fact]
    public async Task A_thousand_swaps_under_readers_never_leave_a_request_without_an_instance()
    {
        var live = new LiveTable(TimeProvider.System);
        Target[] a = [Tables.Target("a0"), Tables.Target("a1")], b = [Tables.Target("b0")];
        live.Apply(Tables.Of(Tables.Split(0, a, b)));
        using var stop = new CancellationTokenSource();
        var begun = 0L;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var entry = live.Current.Match("shop.test", "/", Tables.Request().Request.Headers)!;
                var arm = entry.Choose(Tables.Request()).Arm;
                InstanceRuntime? instance;
                do instance = entry.Pick(arm, []);
                while (instance is not null && !instance.Begin());
                Assert.NotNull(instance);
                Interlocked.Increment(ref begun);
                instance.End(new ExchangeResult(200, FailureKind.None, 10, 0, 0));
            }
        })).ToArray();
        for (var swap = 0; swap < 1000; swap++)
        {
            // Candidate comes, takes over, is taken back, goes: its id is new each time, as the runtime makes them.
            b = [Tables.Target($"b{swap / 4}")];
            var drained = b.Select(target => target with { State = TargetState.Draining }).ToArray();
            live.Apply(Tables.Of((swap % 4) switch
            {
                0 => Tables.Split(5_000, a, b),
                1 => Tables.Split(10_000, a, b),
                2 => Tables.Split(0, a, drained),
                _ => Tables.Split(0, a, []),
            }));
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(begun, live.Counters.Read(live.Instances, null, accounted: false).Sum(row => row.Counters.Requests[2]));
        Assert.Equal(2, live.Instances.Length);
        Assert.All(live.Instances, instance => Assert.Equal(0, instance.InFlightCount));
    }

    [Fact]
    public void A_request_costs_no_allocation_on_its_way_to_an_instance()
    {
        var live = new LiveTable(TimeProvider.System);
        live.Apply(Tables.Of(Tables.Split(5_000, Stable, Candidate)));
        var request = Tables.Request(("Cookie", "a=b; fairway=0123456789abcdefghijkl"), ("X-Other", "1"));
        for (var i = 0; i < 1000; i++) Pass();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Pass();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Pass()
        {
            var entry = live.Current.Match("shop.test", "/", request.Request.Headers)!;
            if (!IsAdmitted(entry.Runtime.EnterAsync(CancellationToken.None))) Assert.Fail("not admitted");
            var instance = entry.Pick(entry.Choose(request).Arm, [])!;
            instance.Begin();
            instance.End(new ExchangeResult(200, FailureKind.None, 150, 0, 0));
            entry.Runtime.Leave();
        }
    }

    private static bool IsAdmitted(ValueTask<AdmissionResult> entering) => entering is { IsCompletedSuccessfully: true, Result: AdmissionResult.Admitted };

    private static ServiceEntry Entry(ServiceRoutes routes)
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(routes));
        return Tables.Only(live);
    }

    private static ArmEntry Arm(ServiceEntry entry, string name) => entry.ArmNamed(name);

    private static async Task Eventually(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
    }

    private sealed class Disposable : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
