using Fairway.Catalog;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Tests.Unit.Workloads;

public sealed class SlotPlanTests
{
    [Fact]
    public void An_empty_slot_starts_all_ordinals()
    {
        var plan = SlotPlan.For("1", 3, []);
        Assert.Equal([0, 1, 2], plan.Start);
        Assert.Empty(plan.Remove);
    }

    [Fact]
    public void Instances_of_the_release_stay_and_gaps_are_filled()
    {
        var plan = SlotPlan.For("1", 3, [Have(2, "1"), Have(0, "1")]);
        Assert.Equal([1], plan.Start);
        Assert.Empty(plan.Remove);
    }

    [Fact]
    public void Another_release_takes_all_places()
    {
        var plan = SlotPlan.For("2", 2, [Have(0, "1"), Have(1, "1")]);
        Assert.Equal([0, 1], plan.Start);
        Assert.Equal(2, plan.Remove.Length);
    }

    [Fact]
    public void What_is_being_removed_what_cannot_start_and_what_is_doubled_gives_its_place_to_a_new_one()
    {
        var plan = SlotPlan.For("1", 3, [Have(0, "1") with { Ending = Ending.Removed }, Have(1, "1") with { Phase = InstancePhase.Failed }, Have(2, "1"), Have(2, "1") with { Id = "z" }]);
        Assert.Equal([0, 1], plan.Start);
        Assert.Equal("0/1 1/1 z", string.Join(' ', plan.Remove));
    }

    [Fact]
    public void One_that_waits_for_its_next_start_keeps_its_place()
        => Assert.Empty(SlotPlan.For("1", 1, [Have(0, "1") with { Phase = InstancePhase.BackingOff }]).Start);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Nothing_wanted_removes_all(int count)
    {
        var plan = SlotPlan.For("1", count, [Have(0, "1")]);
        Assert.Empty(plan.Start);
        Assert.Single(plan.Remove);
    }

    [Fact]
    public void An_id_names_environment_service_slot_ordinal_and_effect()
        => Assert.Equal("production.shop-b-2-17", SlotPlan.InstanceId(new("production", "shop"), SlotName.B, 2, 17));

    private static InstanceState Have(int ordinal, string release) => InstanceState.New($"{ordinal}/{release}", SlotName.A, ordinal, release, Instant.FromUnixTimeSeconds(0));
}
