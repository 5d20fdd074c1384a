using Fairway.Judgement;
using static Fairway.Baselines.Measured;

namespace Fairway.Baselines;

public sealed class WindowComparisonTests
{
    [Fact]
    public void Many_more_requests_above_the_line_of_before_are_worse_and_many_fewer_better()
    {
        var slower = Compare(Latency(129, 10, 1_000), Latency(182, 80, 1_000));
        Assert.Equal((Change.Worse, 129.0, 182.0), (slower.Says, slower.Before, slower.After));
        Assert.Equal(0.41, slower.Relative!.Value, 0.005);
        Assert.True(slower.Evidence!.Low > WindowTest.Tolerated);
        Assert.Equal(Change.Better, Compare(Latency(182, 100, 1_000), Latency(129, 10, 1_000)).Says);
    }

    [Fact]
    public void The_same_again_is_alike_when_there_is_enough_of_it_and_unknown_when_not()
    {
        Assert.Equal(Change.Alike, Compare(Share("failed", 100, 1_000), Share("failed", 104, 1_000)).Says);
        Assert.Equal(Change.Unknown, Compare(Share("failed", 2, 20), Share("failed", 3, 20)).Says);
        Assert.Equal(Change.Unknown, Compare(Share("failed", 0, 0), Share("failed", 3, 20)).Says);
    }

    [Fact]
    public void A_value_that_hardly_moved_is_alike_however_many_lie_above_the_line()
        => Assert.Equal(Change.Alike, Compare(Latency(100, 10, 10_000), Latency(104, 9_000, 10_000)).Says);

    [Fact]
    public void A_few_failures_among_very_many_requests_are_alike_and_the_same_share_of_few_is_not_known()
    {
        Assert.Equal(Change.Alike, Compare(Share("errors", 0, 50_000), Share("errors", 9, 50_000)).Says);
        Assert.Equal(Change.Alike, Compare(Share("errors", 0, 50_000), Share("errors", 0, 50_000)).Says);
        Assert.Equal(Change.Unknown, Compare(Share("errors", 0, 50), Share("errors", 0, 50)).Says);
        Assert.Equal(Change.Worse, Compare(Share("errors", 10, 50_000), Share("errors", 900, 50_000)).Says);
        Assert.Equal(Change.Alike, Compare(Share("errors", 0, 200), Share("errors", 0, 300)).Says);
        Assert.Equal(Change.Alike, Compare(new("restarts", MeasureKind.PerHour, 0, new(0, 600)), new("restarts", MeasureKind.PerHour, 0, new(0, 60))).Says);
    }

    [Fact]
    public void More_requests_are_different_and_not_worse()
    {
        var change = Compare(new("requests", MeasureKind.PerSecond, 10, new(3_000, 300)), new("requests", MeasureKind.PerSecond, 50, new(15_000, 300)));
        Assert.Equal(Change.Different, change.Says);
        Assert.Equal(Change.Alike, Compare(new("requests", MeasureKind.PerSecond, 10, new(3_000, 300)), new("requests", MeasureKind.PerSecond, 11, new(3_300, 300))).Says);
    }

    [Fact]
    public void Requests_that_fail_in_clumps_need_more_of_them_to_be_called_worse()
    {
        var (before, after) = (Window(Share("errors", 20, 1_000)), Window(Share("errors", 100, 1_000)));
        Assert.Equal(Change.Worse, Assert.Single(WindowComparison.Compare(before, after, null)).Says);
        var clumps = new JudgeMemory { Metrics = [new("errors") { Windows = 100, Squares = 1_000, Variances = 100 }] };
        Assert.Equal(Change.Unknown, Assert.Single(WindowComparison.Compare(before, after, clumps)).Says);
    }

    [Fact]
    public void What_only_one_window_has_is_unknown_and_no_window_leaves_nothing_out()
    {
        var changes = WindowComparison.Compare(Window(Share("errors", 1, 10), Share("gone", 1, 10)), Window(Share("errors", 1, 10), Share("new", 1, 10)), null);
        Assert.Equal(["errors", "new", "gone"], changes.Select(change => change.Metric));
        Assert.Equal((null, 0.1, Change.Unknown), (changes[1].Before, changes[1].After, changes[1].Says));
        Assert.Equal((0.1, null, Change.Unknown), (changes[2].Before, changes[2].After, changes[2].Says));
        Assert.Empty(WindowComparison.Compare(null, null, null));
        Assert.All(WindowComparison.Compare(null, Window(Share("errors", 1, 10)), null), change => Assert.Equal(Change.Unknown, change.Says));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(1e300)]
    public void Counts_that_make_no_sense_prove_nothing(double events)
        => Assert.Equal(Change.Unknown, Compare(Share("errors", 10, 1_000), new("errors", MeasureKind.Share, 0.5, new(events, 1_000))).Says);

    [Fact]
    public void Swapped_windows_say_the_opposite()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var (one, other) = (Share("errors", random.Next(0, 300), 1_000), Share("errors", random.Next(0, 300), 1_000));
            Assert.Equal(Compare(one, other).Says switch { Change.Worse => Change.Better, Change.Better => Change.Worse, var same => same }, Compare(other, one).Says);
        }
    }

    private static MetricChange Compare(MeasuredMetric before, MeasuredMetric after) => Assert.Single(WindowComparison.Compare(Window(before), Window(after), null));
}
