using System.Text.Json;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

public sealed class EventTests
{
    [Fact]
    public void Every_event_has_a_versioned_name_of_its_own()
    {
        var shapes = typeof(RolloutEvent).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(RolloutEvent))).ToList();
        Assert.Equal(shapes.Count, RolloutEventCodec.TypeNames.Length);
        Assert.All(RolloutEventCodec.TypeNames, name => Assert.Matches("^[a-z]+(-[a-z]+)*\\.v[1-9][0-9]*$", name));
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
        => Assert.Null(RolloutEventCodec.Read("release-stored.v1", "{}"));

    [Fact]
    public void Data_that_is_not_of_its_shape_is_an_error()
        => Assert.Throws<JsonException>(() => RolloutEventCodec.Read("weight-confirmed.v1", """{"weight":"much"}"""));

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
        => Assert.Equal(new ArmCounts(requests, errors), CounterCursor.CountsOf(Row("a", good, answered) with
        {
            ConnectFailures = connects, Resets = resets, Timeouts = timeouts, Retries = retries,
        }));

    private static InstanceCounters Row(string instance, long good, long bad) => new()
    {
        Environment = "test", Service = "shop", Release = "sha256:" + instance, Version = "1", Instance = instance, Requests = [9, 0, good, 0, 0, bad],
    };
}
