using System.Text.Json;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class EventTests
{
    [Fact]
    public void Every_event_has_a_versioned_name_of_its_own()
    {
        var shapes = typeof(RolloutEvent).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(RolloutEvent))).ToList();
        Assert.Equal(shapes.Count, EventTypes<RolloutEvent>.Names.Length);
        Assert.All(EventTypes<RolloutEvent>.Names, name => Assert.Matches("^[a-z]+(-[a-z]+)*\\.v[1-9][0-9]*$", name));
    }

    [Fact]
    public void A_stream_adds_up_to_the_state_that_was_live()
    {
        var stage = Given.Rollout(instances: 2).Pass(70);
        var records = stage.Ledger.Select((happened, i) =>
        {
            var made = RolloutEventCodec.Write(happened, RolloutEventCodec.ActorOf(happened), null);
            return new Ledger.LedgerEvent(i + 1, "service/test/shop", i + 1, made.At, made.Type, made.Actor, null, CanonicalJson.Canonicalize(made.Data), "", "");
        });
        Assert.Equal(FairwayJson.Write(stage.State), FairwayJson.Write(RolloutEventCodec.Replay(stage.State.Key, records)));
    }

    [Fact]
    public void The_whole_state_can_be_kept_as_json()
    {
        var stage = Given.Rollout(instances: 2).Pass(70);
        Assert.Equal(FairwayJson.Write(stage.State), FairwayJson.Write(FairwayJson.Read<ServiceState>(FairwayJson.Write(stage.State))));
    }

    [Fact]
    public void Records_of_others_in_the_stream_are_passed_over()
        => Assert.Null(EventTypes<RolloutEvent>.Read("release-stored.v1", "{}"));

    [Fact]
    public void Data_that_is_not_of_its_shape_is_an_error()
        => Assert.Throws<JsonException>(() => EventTypes<RolloutEvent>.Read("weight-confirmed.v1", """{"weight":"much"}"""));

    [Fact]
    public void An_actor_is_the_person_who_said_it_and_else_fairway()
    {
        Assert.Equal("anna", RolloutEventCodec.ActorOf(new RolloutEvent.Paused(Stage.Anna, Instant.MinValue)));
        Assert.Equal("fairway", RolloutEventCodec.ActorOf(new RolloutEvent.WeightConfirmed(Weight.Full, 1, Instant.MinValue)));
    }
}

public sealed class CounterCursorTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 1, 1, 12, 0);

    [Fact]
    public void Each_request_is_used_once()
    {
        var cursor = CounterCursor.Start("one", [Row("a", 100, 5)], Noon);
        var (next, delta) = cursor.Advance("one", [Row("a", 130, 6), Row("b", 10, 0)], Noon);
        Assert.Equal(new(31, 1), delta["sha256:a"]);
        Assert.Equal(new(10, 0), delta["sha256:b"]);
        Assert.Empty(next.Advance("one", [Row("a", 130, 6), Row("b", 10, 0)], Noon).Delta);
    }

    [Fact]
    public void Another_run_of_the_edge_counts_from_nothing()
    {
        var (_, delta) = CounterCursor.Start("one", [Row("a", 100, 5)], Noon).Advance("two", [Row("a", 110, 6)], Noon);
        Assert.Equal(new(116, 6), delta["sha256:a"]);
    }

    [Fact]
    public void A_counter_that_went_back_was_begun_anew()
    {
        var (_, delta) = CounterCursor.Start("one", [Row("a", 100, 5)], Noon).Advance("one", [Row("a", 7, 0)], Noon);
        Assert.Equal(new(7, 0), delta["sha256:a"]);
    }

    [Theory]
    [InlineData(10, 3, 0, 0, 0, 0, 13, 3)]
    [InlineData(10, 3, 2, 1, 0, 0, 13, 3)]
    [InlineData(10, 0, 0, 0, 2, 0, 10, 2)]
    [InlineData(10, 0, 0, 4, 0, 4, 14, 4)]
    [InlineData(10, 2, 3, 3, 0, 4, 16, 6)]
    public void A_failure_that_was_answered_does_not_count_twice(
        long good, long answered, long connects, long resets, long timeouts, long retries, long requests, long errors)
        => Assert.Equal(new ArmCounts(requests, errors) { Timeouts = timeouts, Resets = resets }, CounterCursor.CountsOf(Row("a", good, answered) with
        {
            ConnectFailures = connects, Resets = resets, Timeouts = timeouts, Retries = retries,
        }));

    [Fact]
    public void An_answer_that_comes_late_or_from_a_run_that_is_over_gives_nothing()
    {
        var cursor = CounterCursor.Start("one", [Row("a", 100, 5)], Noon);
        var (next, _) = cursor.Advance("two", [Row("a", 10, 0)], Noon + Duration.FromSeconds(2));
        Assert.Same(next, next.Advance("two", [Row("a", 5, 0)], Noon + Duration.FromSeconds(1)).Next);
        var (same, late) = next.Advance("one", [Row("a", 130, 6)], Noon + Duration.FromSeconds(3));
        Assert.Same(next, same);
        Assert.Empty(late);
    }

    [Fact]
    public void A_row_that_was_missing_for_a_while_is_not_counted_again()
    {
        var cursor = CounterCursor.Start("one", [Row("a", 100, 5), Row("b", 50, 0)], Noon);
        var (without, _) = cursor.Advance("one", [Row("a", 110, 5)], Noon);
        Assert.Equal(new(3, 0), without.Advance("one", [Row("a", 110, 5), Row("b", 53, 0)], Noon).Delta["sha256:b"]);
    }

    [Fact]
    public void An_error_read_a_moment_before_its_request_comes_with_the_request()
    {
        var cursor = CounterCursor.Start("one", [Row("a", 100, 0)], Noon);
        var (next, none) = cursor.Advance("one", [Row("a", 100, 0) with { Resets = 1 }], Noon);
        Assert.Empty(none);
        Assert.Equal(new ArmCounts(1, 1) { Resets = 1 }, next.Advance("one", [Row("a", 101, 0) with { Resets = 1 }], Noon).Delta["sha256:a"]);
    }

    [Fact]
    public void Latency_is_counted_against_the_stable_releases_percentiles_as_they_were_when_counting_began()
    {
        var before = Row("a", 1_000, 0) with { Latency = Timed((1_000, 950), (5_000, 40), (20_000, 10)) };
        var line = LatencyLine.Of("sha256:a", [before])!;
        Assert.Equal(new(LatencyBuckets.IndexOf(1_000), LatencyBuckets.IndexOf(5_000)), line);
        var cursor = CounterCursor.Start("one", [before], [], line, Noon);
        var after = before with { Latency = Timed((1_000, 960), (5_000, 43), (20_000, 11)), Requests = [0, 0, 1_014, 0, 0, 0] };
        var counted = cursor.Advance("one", [after], Noon).Delta["sha256:a"];
        Assert.Equal((14, 4, 1), (counted.Timed, counted.AboveP95, counted.AboveP99));
        Assert.Null(LatencyLine.Of("sha256:a", [Row("a", 1, 0) with { Latency = Timed((1_000, 199)) }]));
    }

    [Fact]
    public void A_line_that_comes_later_counts_only_from_then_on()
    {
        var cursor = CounterCursor.Start("one", [Row("a", 1, 0)], Noon);
        var now = Row("a", 1, 0) with { Latency = Timed((1_000, 300)) };
        var next = cursor.WithLine(LatencyLine.Of("sha256:a", [now])!, [now]);
        Assert.Empty(next.Advance("one", [now], Noon).Delta);
    }

    [Fact]
    public void Restarts_and_running_time_are_used_once_and_a_restart_count_that_went_back_was_begun_anew()
    {
        var cursor = CounterCursor.Start("one", [], [new("a", "sha256:a", 2, true)], null, Noon);
        var (next, delta) = cursor.Advance("one", [], [new("a", "sha256:a", 3, true), new("b", "sha256:a", 0, true)], Noon + Duration.FromMilliseconds(2_500));
        Assert.Equal((1, 5.0), (delta["sha256:a"].Restarts, delta["sha256:a"].InstanceSeconds));
        var (_, later) = next.Advance("one", [], [new("a", "sha256:a", 1, false)], Noon + Duration.FromMilliseconds(3_500));
        Assert.Equal((1, 0.0), (later["sha256:a"].Restarts, later["sha256:a"].InstanceSeconds));
    }

    [Fact]
    public void Whatever_the_edge_and_the_runtime_answer_no_count_is_negative()
    {
        var random = new Random(7);
        var cursor = CounterCursor.Start("one", [], Noon);
        for (var i = 0; i < 2_000; i++)
        {
            var row = Row("a", random.Next(50), random.Next(50)) with
            {
                Resets = random.Next(9), Timeouts = random.Next(9), Retries = random.Next(9), ConnectFailures = random.Next(9), Latency = Timed((random.Next(9_000), random.Next(400))),
            };
            if (random.Next(9) == 0 && LatencyLine.Of("sha256:a", [row]) is { } line) cursor = cursor.WithLine(line, [row]);
            var (next, delta) = cursor.Advance(random.Next(3) == 0 ? "two" : "three", random.Next(5) == 0 ? [] : [row], [new("a", "sha256:a", random.Next(5), true)],
                Noon + Duration.FromSeconds(i + random.Next(5) - 2));
            cursor = FairwayJson.Read<CounterCursor>(FairwayJson.Write(next));
            foreach (var counts in delta.Values)
            {
                Assert.True(counts is { Requests: >= 0, Errors: >= 0, Timeouts: >= 0, Resets: >= 0, Timed: >= 0, AboveP95: >= 0, AboveP99: >= 0, Restarts: >= 0, InstanceSeconds: >= 0 });
                Assert.True(counts.Errors <= counts.Requests && counts.AboveP95 <= counts.Timed);
            }
        }
    }

    private static ImmutableSortedDictionary<int, long> Timed(params (long Microseconds, long Count)[] latencies)
        => latencies.ToImmutableSortedDictionary(one => LatencyBuckets.IndexOf(one.Microseconds), one => one.Count);

    private static InstanceCounters Row(string instance, long good, long bad) => new()
    {
        Environment = "test", Service = "shop", Release = "sha256:" + instance, Version = "1", Instance = instance, Requests = [9, 0, good, 0, 0, bad],
    };
}
