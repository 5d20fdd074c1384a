using Fairway.Workloads;
using NodaTime;
using static Fairway.Baselines.Measured;

namespace Fairway.Baselines;

public sealed class WindowMeterTests
{
    [Fact]
    public void Only_what_was_counted_since_it_began_and_only_of_its_release_is_measured()
    {
        var edge = Seen("e", Row(Old, 500, 100), Row(New, 40));
        var meter = WindowMeter.Begin(Old, MeterStart.ControlPlane, World(edge, Old, New), edge, Noon);
        Assert.Null(meter.Measure([], null));
        var window = Look(meter, 20, Seen("e", Row(Old, 700, 110), Row(New, 90))).Measure([], null)!;
        Assert.Equal((Noon, Noon + Duration.FromSeconds(20), 210L), (window.From, window.To, window.Requests));
        Assert.Equal(10.5, window.Find("requests")!.Value);
        Assert.Equal((10.0, 210.0), (window.Find("errors")!.Counts.Events, window.Find("errors")!.Counts.Exposure));
        Assert.Equal(10, window.Find("latency-p50")!.Value!.Value, 0.1);
    }

    [Fact]
    public void A_restart_of_the_edge_loses_nothing_that_it_counted_since()
    {
        var meter = Begin(Old, Row(Old, 500));
        meter = Look(meter, 10, Seen("e", Row(Old, 600)));
        meter = Look(meter, 20, Seen("f", Row(Old, 30)));
        Assert.Equal(130, Look(meter, 21, Seen("e", Row(Old, 601))).Measure([], null)!.Requests);
    }

    [Fact]
    public void An_edge_that_is_away_for_a_while_is_made_up_for_and_one_that_is_away_for_long_begins_it_anew()
    {
        var meter = Look(Begin(Old, Row(Old, 500)), 10, null);
        Assert.Equal(90, Look(meter, 60, Seen("e", Row(Old, 590))).Measure([], null)!.Requests);
        var anew = Look(meter, 500, Seen("e", Row(Old, 900)));
        Assert.Equal((MeterStart.Gap, Noon + Duration.FromSeconds(500)), (anew.Start, anew.Began));
        Assert.Null(anew.Measure([], null));
    }

    [Fact]
    public void What_is_older_than_ten_minutes_is_forgotten()
    {
        var meter = Begin(Old, Row(Old, 0));
        for (var second = 10; second <= 3_600; second += 10) meter = Look(meter, second, Seen("e", Row(Old, second)));
        var window = meter.Measure([], null)!;
        Assert.InRange(window.Length.TotalSeconds, 540, 600);
        Assert.Equal(window.Length.TotalSeconds, window.Requests);
        Assert.Equal(window.Requests, window.Find("latency-p99")!.Counts.Exposure);
    }

    [Fact]
    public void A_look_that_is_not_later_changes_nothing()
    {
        var meter = Look(Begin(Old, Row(Old, 500)), 10, Seen("e", Row(Old, 600)));
        Assert.Equal(100, Look(meter, 10, Seen("e", Row(Old, 900))).Measure([], null)!.Requests);
        Assert.Equal(100, Look(meter, 5, Seen("e", Row(Old, 900))).Measure([], null)!.Requests);
    }

    [Fact]
    public void A_few_requests_have_no_percentiles()
    {
        var window = Look(Begin(Old), 10, Seen("e", Row(Old, 50))).Measure([], null)!;
        Assert.NotNull(window.Find("latency-p50")!.Value);
        Assert.Null(window.Find("latency-p99")!.Value);
    }

    [Fact]
    public void The_later_window_is_counted_against_the_lines_of_the_one_before()
    {
        var before = Look(Begin(Old), 10, Seen("e", Row(Old, 1_000, milliseconds: 10))).Measure([], null)!;
        var after = Look(Begin(New), 10, Seen("e", Row(New, 1_000, milliseconds: 30))).Measure([], before)!;
        Assert.Equal(before.Find("latency-p99")!.Line, after.Find("latency-p99")!.Line);
        Assert.Equal((1_000.0, 1_000.0), (after.Find("latency-p99")!.Counts.Events, after.Find("latency-p99")!.Counts.Exposure));
        Assert.All(["latency-p50", "latency-p90", "latency-p99"], name => Assert.Equal(Change.Worse, WindowComparison.Compare(before, after, null).Single(change => change.Metric == name).Says));
    }

    [Fact]
    public void Cpu_and_memory_are_medians_of_looks_at_ready_instances_and_a_restarted_process_counts_from_nothing()
    {
        var meter = Begin(Old, Row(Old, 0));
        var cpu = 100.0;
        for (var look = 0; look < 30; look++)
        {
            cpu = look == 15 ? 0.1 : cpu + 1;
            var now = Noon + Duration.FromSeconds(5 * look);
            var usage = new UsageLook(now, [new("i-" + Old, Duration.FromSeconds(cpu), 50 << 20, null), new("i-other", Duration.FromSeconds(9_999 * look), 1 << 30, null)]);
            meter = meter.Look(World(Seen("e", Row(Old, look)), Old), usage, now);
        }
        var window = meter.Measure([], null)!;
        Assert.Equal(0.2, window.Find("cpu")!.Value!.Value, 0.005);
        Assert.Equal(50 << 20, window.Find("memory")!.Value!.Value, 1_000_000.0);
        Assert.Equal(28, window.Find("cpu")!.Counts.Exposure);
    }

    private static WindowMeter Begin(string release, params ReadOnlySpan<Traffic.InstanceCounters> rows)
    {
        var edge = Seen("e", rows);
        return WindowMeter.Begin(release, MeterStart.Traffic, World(edge, release), edge, Noon);
    }

    private static WindowMeter Look(WindowMeter meter, int second, Rollouts.EdgeView? edge) => meter.Look(World(edge, meter.Release), null, Noon + Duration.FromSeconds(second));
}
