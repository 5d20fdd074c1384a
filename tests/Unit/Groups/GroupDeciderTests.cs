using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Groups;

/// <summary>What a release group decides of what it sees. Histories of whole runs are the simulator's.</summary>
public sealed class GroupDeciderTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 4, 10, 0);

    [Fact]
    public void Nothing_ships_when_a_gate_denies_and_all_reasons_are_said()
    {
        var decision = Ask(Facts((PartSight.Untouched, GateAnswer.Deny), (PartSight.Untouched, GateAnswer.Deny)));
        Assert.Equal(Refusal.Refused, decision.Refused);
        Assert.Equal(("group-gate-denies", true, true), (decision.Why.Code, decision.Why.Sentence.Contains("pay: ", StringComparison.Ordinal), decision.Why.Sentence.Contains("web: ", StringComparison.Ordinal)));
        Assert.Empty(decision.Events);
    }

    [Fact]
    public void Nothing_ships_while_a_gate_holds_one_part_and_all_go_on_when_it_opens()
    {
        var held = Ask(Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Hold)));
        Assert.Equal((GroupPhase.Waiting, 0), (held.Next!.Phase, held.Asks.Length));
        Assert.Empty(Look(held, Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Hold))).Events);
        var open = Look(held, Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow)));
        Assert.Equal([new GroupAsk("pay", GroupAskKind.Deploy)], open.Asks);
    }

    [Fact]
    public void The_next_part_begins_when_the_one_before_has_all_its_traffic_and_none_completes_before_all_are_fine()
    {
        var begun = Look(Ask(Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow))), Facts(PartSight.Rolling, PartSight.Untouched));
        Assert.Empty(begun.Asks);
        var second = Look(begun, Facts(PartSight.Fine, PartSight.Untouched));
        Assert.Equal([new GroupAsk("web", GroupAskKind.Deploy)], second.Asks);
        var watched = Look(second, Facts(PartSight.Fine, PartSight.Guarding));
        Assert.Empty(watched.Asks);
        var fine = Look(watched, Facts(PartSight.Fine, PartSight.Fine));
        Assert.Equal([new GroupAsk("pay", GroupAskKind.Finish), new GroupAsk("web", GroupAskKind.Finish)], fine.Asks);
        Assert.Equal(GroupPhase.Completed, Look(fine, Facts(PartSight.Completed, PartSight.Completed)).Next!.Phase);
    }

    [Fact]
    public void What_changed_goes_back_the_last_first()
    {
        var run = Look(Ask(Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow))), Facts(PartSight.Guarding, PartSight.Rolling));
        var back = Look(run, Facts(PartSight.Guarding, PartSight.GoingBack));
        Assert.Equal(GroupPhase.TakingBack, back.Next!.Phase);
        Assert.Empty(back.Asks);
        Assert.Equal([new GroupAsk("pay", GroupAskKind.TakeBack)], Look(back, Facts(PartSight.Guarding, PartSight.Back)).Asks);
        Assert.Equal(GroupPhase.TakenBack, Look(back, Facts(PartSight.Back, PartSight.Back)).Next!.Phase);
    }

    [Fact]
    public void A_part_that_serves_already_is_left_alone_both_ways()
    {
        var run = Look(Ask(Facts((PartSight.Serving, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow))), Facts(PartSight.Serving, PartSight.Untouched));
        Assert.Equal([new GroupAsk("web", GroupAskKind.Deploy)], run.Asks);
        var back = GroupDecider.Decide(run.Next, new GroupObservation.Aborted(new("anna")), Now);
        Assert.Equal(GroupPhase.Stopped, Look(back, Facts(PartSight.Serving, PartSight.Untouched)).Next!.Phase);
        Assert.Equal("group-already-serving", Ask(Facts((PartSight.Serving, GateAnswer.Allow), (PartSight.Serving, GateAnswer.Allow))).Why.Code);
    }

    [Fact]
    public void A_second_wish_during_a_run_and_one_for_a_busy_service_are_conflicts()
    {
        var run = Ask(Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow)));
        Assert.Equal(Refusal.Conflict, GroupDecider.Decide(run.Next, Wish(Facts(PartSight.Rolling, PartSight.Untouched)), Now).Refused);
        Assert.Equal(Refusal.Conflict, Ask(Facts((PartSight.Busy, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow))).Refused);
    }

    [Fact]
    public void A_completed_run_is_taken_back_by_a_persons_word_and_what_was_new_leaves()
    {
        var run = Look(Ask(Facts((PartSight.Untouched, GateAnswer.Allow), (PartSight.Untouched, GateAnswer.Allow))), Facts(PartSight.Fine, PartSight.Fine));
        var completed = Look(run, Facts(PartSight.Completed, PartSight.Completed));
        var back = GroupDecider.Decide(completed.Next, new GroupObservation.RolledBack(new("anna")), Now);
        Assert.Equal([new GroupAsk("web", GroupAskKind.Retire)], Look(back, Facts(PartSight.Completed, PartSight.Completed)).Asks);
        Assert.Equal([new GroupAsk("pay", GroupAskKind.TakeBack)], Look(back, Facts(PartSight.Completed, PartSight.Back)).Asks);
    }

    private static GroupDecision Ask(GroupFacts facts) => GroupDecider.Decide(null, Wish(facts), Now);

    private static GroupDecision Look(GroupDecision before, GroupFacts facts) => GroupDecider.Decide(before.Next, new GroupObservation.Looked(facts), Now);

    private static GroupObservation.Asked Wish(GroupFacts facts)
        => new(new("checkout", "production", null, [new("pay", Release("pay"), "1.0", []), new("web", Release("web"), null, ["pay"])], new("anna")), facts);

    private static GroupFacts Facts(PartSight pay, PartSight web) => Facts((pay, GateAnswer.Allow), (web, GateAnswer.Allow));

    private static GroupFacts Facts((PartSight Sight, GateAnswer Gate) pay, (PartSight Sight, GateAnswer Gate) web) => new(
        ImmutableSortedDictionary<string, SeenPart>.Empty.Add("pay", Seen("pay", pay.Sight)).Add("web", Seen("web", web.Sight)),
        ImmutableSortedDictionary<string, GateVerdict>.Empty.Add("pay", Verdict("pay", pay.Gate)).Add("web", Verdict("web", web.Gate)));

    private static SeenPart Seen(string service, PartSight sight) => new(sight, sight is PartSight.Untouched or PartSight.Serving or PartSight.Busy ? null : $"production/{service}/2", null);

    private static GateVerdict Verdict(string service, GateAnswer answer) => new(new("production", service), "sha256:" + service, "1.1", GateMoment.Request, answer,
        [new("checklist/tests", answer, Why.Because("tests-missing", "nothing says that the tests passed"))]);

    private static Release Release(string service) => new("sha256:" + service, service, "1.1", "sha256:files", new() { Command = ["run"] }, Now);
}
