using Fairway.Access;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Fairway.Gates;

public sealed class ApprovalTests
{
    [Fact]
    public void Without_anybody_it_waits_for_so_many_by_role_and_says_how_to_give_them()
    {
        var verdict = GateDecider.Decide(Given.Request(), Given.Approvals(2), new(), Given.Now);
        Assert.Equal(GateAnswer.Hold, verdict.Answer);
        Assert.Equal("1.1 waits for 2 approvals by an approver, 0 of 2 given", verdict.Why.Sentence);
        var rule = Given.Rule(verdict, "approvals");
        Assert.Equal("fairway approve shop --env production --release one --reason TEXT", rule.Change);
        Assert.Equal("an approver of production, but not anna", rule.Who);
    }

    [Fact]
    public void It_opens_with_the_last_of_them()
    {
        var facts = new GateFacts { Approvals = [Given.Approval("ben")] };
        Assert.Equal("1.1 waits for 1 approval by an approver, 1 of 2 given", GateDecider.Decide(Given.Request(), Given.Approvals(2), facts, Given.Now).Why.Sentence);
        facts = facts with { Approvals = [.. facts.Approvals, Given.Approval("cleo")] };
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), Given.Approvals(2), facts, Given.Now).Answer);
    }

    [Fact]
    public void One_person_counts_once_however_many_tokens_they_use()
    {
        var facts = new GateFacts { Approvals = [Given.Approval("ben"), Given.Approval("ben", by: "token:bens-ci"), Given.Approval("ben", by: "token:other")] };
        Assert.Equal("1 approval by an approver, 1 of 2 given", Given.Rule(GateDecider.Decide(Given.Request(), Given.Approvals(2), facts, Given.Now), "approvals").Why.Sentence);
    }

    [Theory]
    [InlineData("anna", "that of anna is of their own change")]
    [InlineData("maker", "that of maker is of their own change")]
    public void Nobody_approves_what_they_asked_for_or_made(string person, string said)
    {
        var facts = new GateFacts { Authors = ["maker"], Approvals = [Given.Approval(person)] };
        Assert.Contains(said, GateDecider.Decide(Given.Request(), Given.Approvals(1), facts, Given.Now).Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_approval_expires_and_says_so()
    {
        var facts = new GateFacts { Approvals = [Given.Approval("ben", ago: Duration.FromHours(24))] };
        var verdict = GateDecider.Decide(Given.Request(), Given.Approvals(1), facts, Given.Now);
        Assert.Equal(GateAnswer.Hold, verdict.Answer);
        Assert.Contains("that of ben has expired", verdict.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_release_put_forward_withdraws_it()
    {
        var facts = new GateFacts { Approvals = [Given.Approval("ben")], OtherSince = Given.Now - Duration.FromMinutes(1) };
        Assert.Contains("withdrawn by another release", GateDecider.Decide(Given.Request(), Given.Approvals(1), facts, Given.Now).Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seat_is_taken_by_whoever_fits_it_and_nobody_sits_on_two()
    {
        var settings = Given.Approvals(1, Role.Approver, new ApprovalsNeeded(1, Role.Responder));
        var both = Given.Approval("ben") with { Roles = [Role.Approver, Role.Responder] };
        Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request(), settings, new() { Approvals = [both] }, Given.Now).Answer);
        // Ben could sit on either; Cleo only fits the approver's.
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), settings, new() { Approvals = [both, Given.Approval("cleo")] }, Given.Now).Answer);
        Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request(), settings, new() { Approvals = [Given.Approval("dan"), Given.Approval("cleo")] }, Given.Now).Answer);
    }

    [Fact]
    public void An_approval_never_counts_for_another_release()
        => Prop.ForAll<NonEmptyString, NonEmptyString>((one, other) =>
        {
            var facts = new GateFacts { Approvals = [Given.Approval("ben", one.Get), Given.Approval("cleo", one.Get)] };
            var opens = GateDecider.Decide(Given.Request(other.Get), Given.Approvals(2), facts, Given.Now).Answer == GateAnswer.Allow;
            return opens == (one.Get == other.Get);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_more_approval_never_closes_a_gate()
        => Prop.ForAll<PositiveInt, byte[]>((count, people) =>
        {
            var settings = Given.Approvals((count.Get % 4) + 1);
            ImmutableArray<Approval> approvals = [.. people.Select(person => Given.Approval($"person{person % 6}"))];
            var before = GateDecider.Decide(Given.Request(), settings, new() { Approvals = approvals }, Given.Now).Answer;
            var after = GateDecider.Decide(Given.Request(), settings, new() { Approvals = approvals.Add(Given.Approval("zoe")) }, Given.Now).Answer;
            return after <= before;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_somebody_may_say_is_decided_by_their_roles_there()
    {
        var (request, settings) = (Given.Request(), Given.Approvals(1, Role.Responder));
        Assert.Equal("not-an-approver", GateWords.Approve(Given.Standing("ben", "deployer"), request, settings, new(), null, Given.Now).Why.Code);
        Assert.Equal("not-an-approver", GateWords.Approve(Given.Standing("ben", "approver@staging"), request, settings, new(), null, Given.Now).Why.Code);
        Assert.NotNull(GateWords.Approve(Given.Standing("ben", "responder@production"), request, settings, new(), null, Given.Now).Event);
        Assert.Equal("own-change", GateWords.Approve(Given.Standing("anna", "admin", "token:annas"), request, settings, new(), null, Given.Now).Why.Code);
    }

    [Fact]
    public void A_yes_to_one_release_takes_those_to_others_back()
    {
        var record = new GateRecord();
        foreach (var (person, release) in new[] { ("ben", "one"), ("cleo", "one"), ("ben", "two") })
            record = record.Apply(new GateEvent.Approved(release, "1", person, [Role.Approver], Given.Now + Duration.FromHours(1), new(person), Given.Now), record.Version + 1);
        Assert.Equal([("ben", "two")], record.Approvals.Select(one => (one.Person, one.Release)));
        record = record.Apply(new GateEvent.ApprovalWithdrawn("two", "1", "ben", new("ben"), Given.Now), record.Version + 1);
        Assert.Empty(record.Approvals);
    }
}
