using Fairway.Kernel;
using Fairway.Rollouts;
using static Fairway.Baselines.Measured;

namespace Fairway.Baselines;

public sealed class UsualValueTests
{
    [Fact]
    public void What_is_usual_is_the_median_of_the_last_ten_and_one_bad_release_moves_it_little()
    {
        var usual = UsualValue.Of("latency-p99", MeasureKind.Milliseconds, [9_000, 9_000, 120, 128, 130, 131, 129, 127, 126, 900, 133, 125])!;
        Assert.Equal((128.5, 10), (usual.Value, usual.Releases));
        Assert.Equal(2.5 * 1.4826, usual.Spread, 0.001);
    }

    [Fact]
    public void Fewer_than_three_releases_have_nothing_usual_and_fewer_than_five_make_none_unusual()
    {
        Assert.Null(UsualValue.Of("latency-p99", MeasureKind.Milliseconds, [1, 2]));
        Assert.False(Usual(100, 100, 100, 100).IsWorse(1_000));
        Assert.True(Usual(100, 100, 100, 100, 100).IsWorse(1_000));
    }

    [Fact]
    public void Worse_than_usual_is_beyond_what_releases_differ_anyway()
    {
        var wide = Usual(80, 90, 100, 110, 120);
        Assert.False(wide.IsWorse(140));
        Assert.True(wide.IsWorse(182));
        Assert.False(wide.IsWorse(10));
        var tight = Usual(100, 100, 100, 100, 100);
        Assert.False(tight.IsWorse(117));
        Assert.True(tight.IsWorse(118));
    }

    [Fact]
    public void A_trifle_of_errors_and_more_requests_are_never_worse_than_usual()
    {
        var errors = UsualValue.Of("errors", MeasureKind.Share, [0, 0, 0, 0, 0])!;
        Assert.False(errors.IsWorse(0.003));
        Assert.True(errors.IsWorse(0.004));
        Assert.False(UsualValue.Of("requests", MeasureKind.PerSecond, [1, 1, 1, 1, 1])!.IsWorse(100));
    }

    [Fact]
    public void Releases_that_were_taken_back_and_returns_to_former_ones_are_no_part_of_what_is_usual()
    {
        var past = PastReleases.None;
        for (var number = 1; number <= 12; number++) past = past.Add(Compared(number, 100 + number));
        past = past.Add(Compared(13, 900, RolloutPhase.RolledBack)).Add(Compared(14, 900, isRollback: true)).Add(Compared(15, 900, RolloutPhase.Aborted));
        Assert.Equal(Enumerable.Range(3, 10), past.Releases.Select(release => release.Rollout));
        Assert.Equal(107.5, past.Usual.Single(usual => usual.Metric == "latency-p99").Value);
        Assert.Equal(past.Releases, FairwayJson.Read<PastReleases>(FairwayJson.Write(past)).Releases, (one, other) => one.Rollout == other.Rollout && one.Metrics.SequenceEqual(other.Metrics));
    }

    [Fact]
    public void The_words_say_the_value_the_difference_and_of_how_many_releases()
    {
        var usual = UsualValue.Of("latency-p99", MeasureKind.Milliseconds, [129, 129, 129, 129, 129, 129, 129, 129, 129, 129]);
        Assert.Equal("p99 182 ms, 41 % above this service's usual 129 ms (10 releases)", Beside(182, usual));
        Assert.Equal("p99 65 ms, 50 % below this service's usual 129 ms (10 releases)", Beside(65, usual));
        Assert.Equal("p99 1.29 s, 10 times this service's usual 129 ms (10 releases)", Beside(1_290, usual));
        Assert.Equal("p99 129 ms, as this service's usual 129 ms (10 releases)", Beside(129, usual));
        Assert.Null(Beside(129, null));
    }

    [Theory]
    [InlineData(MeasureKind.PerSecond, 12.34, "12.3/s")]
    [InlineData(MeasureKind.Share, 0.0025, "0.25 %")]
    [InlineData(MeasureKind.Share, 0.00001, "< 0.01 %")]
    [InlineData(MeasureKind.Share, 0, "0 %")]
    [InlineData(MeasureKind.Milliseconds, 182.4, "182 ms")]
    [InlineData(MeasureKind.Milliseconds, 1.234, "1.23 ms")]
    [InlineData(MeasureKind.Milliseconds, 2_345, "2.35 s")]
    [InlineData(MeasureKind.Cores, 0.12, "0.12 cores")]
    [InlineData(MeasureKind.Bytes, 34_500_000, "34.5 MB")]
    [InlineData(MeasureKind.Bytes, 2_340_000_000, "2.34 GB")]
    [InlineData(MeasureKind.PerHour, 1.5, "1.5/h")]
    public void Values_have_their_unit(MeasureKind kind, double value, string text) => Assert.Equal(text, BaselineWords.Value(kind, value));

    private static UsualValue Usual(params ReadOnlySpan<double> values) => UsualValue.Of("latency-p99", MeasureKind.Milliseconds, values)!;

    private static string? Beside(double value, UsualValue? usual) => BaselineWords.Beside(new("latency-p99", MeasureKind.Milliseconds, 100, value, Change.Unknown), usual);
}
