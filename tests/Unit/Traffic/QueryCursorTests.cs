using Fairway.Judgement;
using NodaTime;

namespace Fairway.Traffic;

public sealed class QueryCursorTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 1, 1, 12, 0);

    [Fact]
    public void What_was_there_before_is_no_count_and_what_came_since_is_counted_once()
    {
        var cursor = Start(Share((10, 1_000), (20, 9_000)));
        Assert.Equal(((3, 50), (1, 400)), Next(ref cursor, 5, Share((13, 1_050), (21, 9_400))));
        Assert.Equal(((0, 10), (2, 100)), Next(ref cursor, 10, Share((13, 1_060), (23, 9_500))));
    }

    [Fact]
    public void A_reading_again_or_a_late_one_gives_nothing()
    {
        var cursor = Start(Share((10, 1_000), (20, 9_000)));
        Assert.NotNull(Next(ref cursor, 5, Share((13, 1_050), (21, 9_400))));
        var before = cursor;
        Assert.Null(Next(ref cursor, 5, Share((13, 1_050), (21, 9_400))));
        Assert.Null(Next(ref cursor, 4, Share((99, 9_999), (99, 9_999))));
        Assert.Equal(before, cursor);
        Assert.Equal(((1, 5), (1, 5)), Next(ref cursor, 6, Share((14, 1_055), (22, 9_405))));
    }

    [Theory]
    [InlineData(5, 1_100, 30, 9_500)]
    [InlineData(20, 100, 30, 9_500)]
    [InlineData(20, 1_100, 5, 9_500)]
    [InlineData(20, 1_100, 30, 500)]
    public void A_value_that_falls_starts_both_releases_anew_without_a_count(double bad, double total, double stableBad, double stableTotal)
    {
        var cursor = Start(Share((10, 1_000), (20, 9_000)));
        Assert.Null(Next(ref cursor, 5, Share((bad, total), (stableBad, stableTotal))));
        Assert.Equal(((1, 10), (2, 20)), Next(ref cursor, 10, Share((bad + 1, total + 10), (stableBad + 2, stableTotal + 20))));
    }

    [Fact]
    public void A_value_that_vanishes_starts_anew_when_it_is_back()
    {
        var cursor = Start(Share((10, 1_000), (20, 9_000)));
        Assert.Null(Next(ref cursor, 5, new("failed", null, new(30, 9_500))));
        Assert.False(cursor.IsKnown);
        Assert.Null(Next(ref cursor, 10, Share((15, 1_100), (40, 9_900))));
        Assert.Equal(((1, 10), (2, 20)), Next(ref cursor, 15, Share((16, 1_110), (42, 9_920))));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e17)]
    public void A_value_that_makes_no_sense_is_as_one_that_vanished(double value)
    {
        var cursor = Start(Share((10, 1_000), (20, 9_000)));
        Assert.Null(Next(ref cursor, 5, Share((value, 1_100), (30, 9_500))));
        Assert.Null(Next(ref cursor, 10, Share((15, 1_200), (40, 9_900))));
        Assert.NotNull(Next(ref cursor, 15, Share((16, 1_210), (42, 9_920))));
    }

    [Fact]
    public void Parts_of_events_are_kept_until_they_are_whole()
    {
        var cursor = Start(Share((0, 0), (0, 0)));
        Assert.Equal(((0, 2), (0, 3)), Next(ref cursor, 5, Share((0.6, 2.5), (0, 3.9))));
        Assert.Equal(((1, 3), (0, 1)), Next(ref cursor, 10, Share((1.2, 5), (0, 4))));
        Assert.Equal(((1, 5), (0, 1)), Next(ref cursor, 15, Share((2, 10), (0, 5))));
    }

    [Fact]
    public void An_event_that_is_seen_before_its_total_comes_with_the_total()
    {
        var cursor = Start(Share((0, 0), (0, 0)));
        Assert.Equal(((2, 2), (0, 9)), Next(ref cursor, 5, Share((3, 2), (0, 9))));
        Assert.Equal(((1, 8), (0, 9)), Next(ref cursor, 10, Share((3, 10), (0, 18))));
    }

    [Fact]
    public void A_count_waits_until_there_is_one_of_the_other_release_beside_it()
    {
        var cursor = Start(Share((0, 0), (0, 0)));
        Assert.Null(Next(ref cursor, 5, Share((1, 10), (0, 0))));
        Assert.Null(Next(ref cursor, 10, Share((2, 20), (0, 0))));
        Assert.Equal(((3, 30), (1, 90)), Next(ref cursor, 15, Share((3, 30), (1, 90))));
    }

    [Fact]
    public void A_fall_while_a_count_waits_is_seen()
    {
        var cursor = Start(Share((0, 0), (0, 0)));
        Assert.Null(Next(ref cursor, 5, Share((5, 50), (0, 0))));
        Assert.Null(Next(ref cursor, 10, Share((1, 10), (0, 9))));
        Assert.Equal(((0, 1), (0, 1)), Next(ref cursor, 15, Share((1, 11), (0, 10))));
    }

    [Fact]
    public void A_rate_is_over_the_time_that_instances_ran_since_the_last_reading()
    {
        var cursor = Start(Rate(7, 100)).Ran(2.5, 10).Ran(2.5, 10);
        Assert.Equal(((3, 5), (1, 20)), Next(ref cursor, 5, Rate(10, 101)));
        Assert.Null(Next(ref cursor, 6, Rate(12, 101)));
        cursor = cursor.Ran(1, 4);
        Assert.Equal(((2, 1), (0, 4)), Next(ref cursor, 7, Rate(12, 101)));
    }

    [Fact]
    public void Alone_the_candidate_counts_whatever_the_stable_release_gives()
    {
        var cursor = Start(Share((0, 0), (0, 0)));
        var (next, candidate, stable) = cursor.Advance(Noon + Duration.FromSeconds(5), new("failed", new(1, 10), null), alone: true);
        Assert.Equal((new MetricCount("failed", 1, 10), null), (candidate, stable));
        (next, candidate, _) = next.Advance(Noon + Duration.FromSeconds(10), Share((1, 10), (0, 0)), alone: true);
        Assert.Null(candidate);
        (_, candidate, _) = next.Advance(Noon + Duration.FromSeconds(15), Share((3, 15), (0, 0)), alone: true);
        Assert.Equal(new MetricCount("failed", 2, 5), candidate);
    }

    private static QueryCursor Start(QueriedReading reading) => QueryCursor.Start(Noon, reading);

    // Both counts of a later reading; null for none.
    private static ((long Events, double Exposure) Candidate, (long Events, double Exposure) Stable)? Next(ref QueryCursor cursor, int second, QueriedReading reading)
    {
        (cursor, var candidate, var stable) = cursor.Advance(Noon + Duration.FromSeconds(second), reading, alone: false);
        Assert.Equal(candidate is null, stable is null);
        return candidate is null ? null : ((candidate.Events, candidate.Exposure), (stable!.Events, stable.Exposure));
    }

    private static QueriedReading Share((double Bad, double Total) candidate, (double Bad, double Total) stable)
        => new("failed", new(candidate.Bad, candidate.Total), new(stable.Bad, stable.Total));

    private static QueriedReading Rate(double candidate, double stable) => new("failed", new(candidate, null), new(stable, null));
}
