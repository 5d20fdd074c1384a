using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Notifications;

public sealed class RolloutTaleTests
{
    private static readonly Instant Begin = Instant.FromUtc(2026, 3, 1, 12, 0);
    private static readonly Release Shipped = Release("1.4");

    [Fact]
    public void A_rollout_that_goes_well_tells_its_beginning_each_step_after_the_first_and_its_end()
        => Assert.Equal(
            ["Started 1", "Promoted 4", "Promoted 6", "Completed 8"],
            Told(Started(), Step(0), Waits("step-held"), Step(1), Waits("step-held"), Step(2), Waits("guarding"), Ended(RolloutPhase.Completed)));

    [Fact]
    public void A_held_step_tells_each_reason_once_however_often_it_comes_back()
        => Assert.Equal(
            ["Started 1", "Held 3", "Held 5"],
            Told(Started(), Step(0), Waits("no-traffic"), Waits("step-judged"), Waits("waits-for-proof"), Waits("no-traffic"), Waits("waits-for-proof")));

    [Fact]
    public void The_next_step_may_tell_the_same_reason_again()
        => Assert.Equal(["Started 1", "Held 3", "Promoted 4", "Held 5"], Told(Started(), Step(0), Waits("no-traffic"), Step(1), Waits("no-traffic")));

    [Fact]
    public void A_pause_is_told_once_though_two_records_say_it()
        => Assert.Equal(["Started 1", "Held 3"], Told(Started(), Step(0), new RolloutEvent.Paused(new("anna", "lunch"), Begin), Waits("paused")));

    [Fact]
    public void Going_back_is_told_when_it_is_decided_and_not_again_at_its_end()
        => Assert.Equal(["Started 1", "RolledBack 3"], Told(Started(), Step(0), Back(RolloutPhase.RolledBack), Ended(RolloutPhase.RolledBack)));

    [Fact]
    public void A_rollout_that_a_person_ends_is_given_up_and_not_rolled_back()
        => Assert.Equal(["Started 1", "Aborted 2"], Told(Started(), Back(RolloutPhase.Aborted), Ended(RolloutPhase.Aborted)));

    [Fact]
    public void A_rollback_to_a_former_release_is_told_as_one()
        => Assert.Equal(["RolledBack 1", "Completed 2"], Told(Started(isRollback: true), Ended(RolloutPhase.Completed)));

    [Fact]
    public void A_rollback_says_where_it_goes()
        => Assert.Equal("shop goes back to 1.4 in production, from 1.3", RolloutTale.Tell(null, 1, Started(isRollback: true), Because("asked")).Told!.Title);

    [Fact]
    public void Without_its_beginning_nothing_is_told() => Assert.Empty(Told(Step(1), Waits("no-traffic"), Ended(RolloutPhase.Completed)));

    [Fact]
    public void A_notice_carries_the_reason_and_who_asked()
    {
        var (_, notice) = RolloutTale.Tell(null, 1, Started(), Why.Because("asked", "anna deploys {version}", ("version", "1.4")));
        Assert.Equal(("shop 1.4 is being rolled out to production, after 1.3", "anna deploys 1.4", "anna"), (notice!.Title, notice.Why.Sentence, notice.By.Name));
    }

    private static IEnumerable<string> Told(params RolloutEvent[] events)
    {
        RolloutTale? tale = null;
        foreach (var (index, happened) in events.Index())
        {
            (tale, var notice) = RolloutTale.Tell(tale, index + 1, happened, Because("any"));
            if (notice is not null) yield return $"{notice.Kind} {notice.Seq}";
        }
    }

    private static RolloutEvent.RolloutStarted Started(bool isRollback = false) => new(
        "production/shop/3", 3, Shipped, Release("1.3"), isRollback, new() { Key = new("production", "shop"), Workload = Shipped.Workload }, Strategy.Canary, SlotName.B,
        new(Weight.Zero, 1, 1, Duration.Zero), [], new("anna"), Because("asked"), Begin);

    private static RolloutEvent.StepEntered Step(int step) => new(step, Because("step"), Begin);

    private static RolloutEvent.Waiting Waits(string code) => new(Because(code), Begin);

    private static RolloutEvent.RollbackStarted Back(RolloutPhase endsAs) => new(endsAs, new("anna"), Because("bad"), Begin);

    private static RolloutEvent.RolloutEnded Ended(RolloutPhase phase) => new(phase, Because("end"), Begin);

    private static Why Because(string code) => Why.Because(code, "because");

    private static Release Release(string version) => new("sha256:" + version, "shop", version, "sha256:a", new WorkloadSpec { Command = ["shop"] }, Begin);
}
