using Fairway.Kernel;
using Fairway.Policy;
using NodaTime;

namespace Fairway.Gates;

public sealed class GateDeciderTests
{
    private static readonly EarlierStay Staging = new("staging", Given.Now - Duration.FromMinutes(20), Smoke: true);

    [Fact]
    public void A_gate_without_rules_lets_everything_pass()
    {
        var verdict = GateDecider.Decide(Given.Request(), GateSettings.Open, new(), Given.Now);
        Assert.Equal(GateAnswer.Allow, verdict.Answer);
        Assert.Empty(verdict.Rules);
    }

    [Theory]
    [InlineData(CheckWeight.Required, GateAnswer.Deny)]
    [InlineData(CheckWeight.Advisory, GateAnswer.Allow)]
    [InlineData(CheckWeight.Off, GateAnswer.Allow)]
    public void An_item_of_the_checklist_stops_only_when_it_is_required(CheckWeight weight, GateAnswer answer)
        => Assert.Equal(answer, GateDecider.Decide(Given.Request(), GateSettings.Open with { Checklist = new() { Tests = weight } }, new(), Given.Now).Answer);

    [Fact]
    public void The_newest_attestation_of_a_kind_counts_and_all_kinds_of_scans_do()
    {
        var settings = GateSettings.Open with { Checklist = new() { Scans = CheckWeight.Required } };
        AttestedFact Scan(string kind, bool passed, int minute) => new(kind, passed, "2 findings", Given.Now + Duration.FromMinutes(minute));
        var mended = new GateFacts { Attested = [Scan("scan/secrets", false, 1), Scan("scan/secrets", true, 2), Scan("scan/dependencies", true, 1)] };
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), settings, mended, Given.Now).Answer);
        var broken = mended with { Attested = mended.Attested.Add(Scan("scan/dependencies", false, 3)) };
        Assert.Equal("scan/dependencies of 1.1 failed: 2 findings", Given.Rule(GateDecider.Decide(Given.Request(), settings, broken, Given.Now), "checklist/scans").Why.Sentence);
    }

    [Fact]
    public void A_release_does_not_skip_an_environment()
    {
        var settings = GateSettings.Open with { After = ["staging"], Soak = Duration.FromMinutes(10) };
        Assert.Equal("the gate of production refuses 1.1: 1.1 has not served in staging, which comes before production",
            GateDecider.Decide(Given.Request(), settings, new(), Given.Now).Why.Sentence);
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), settings, new() { Earlier = [Staging] }, Given.Now).Answer);
    }

    [Fact]
    public void Soaking_waits_and_says_how_long()
    {
        var settings = GateSettings.Open with { After = ["staging"], Soak = Duration.FromMinutes(30) };
        var verdict = GateDecider.Decide(Given.Request(), settings, new() { Earlier = [Staging] }, Given.Now);
        Assert.Equal("1.1 waits for 10 min more in staging, where it served for 20 min of 30 min", verdict.Why.Sentence);
        Assert.Equal(Given.Now + Duration.FromMinutes(10), verdict.Until);
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), settings, new() { Earlier = [Staging] }, verdict.Until!.Value).Answer);
    }

    [Fact]
    public void A_soak_that_another_release_cut_short_does_not_go_on()
    {
        var settings = GateSettings.Open with { After = ["staging"], Soak = Duration.FromMinutes(30) };
        var left = Staging with { Left = Given.Now - Duration.FromMinutes(5) };
        Assert.Equal("soak-broken", Given.Rule(GateDecider.Decide(Given.Request(), settings, new() { Earlier = [left] }, Given.Now + Duration.FromDays(1)), "soak").Why.Code);
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), settings, new() { Earlier = [left with { Longest = Duration.FromMinutes(31) }] }, Given.Now).Answer);
    }

    [Fact]
    public void Nothing_automatic_ships_a_rejected_release_not_even_by_an_override()
    {
        var facts = new GateFacts
        {
            Rejections = [new("staging", Why.Because("crash-loop", "it crashed"))], Overrides = [Confirmed("sha256:one")],
        };
        Assert.Equal(GateAnswer.Deny, GateDecider.Decide(Given.Request(automatic: true), GateSettings.Open, facts, Given.Now).Answer);
        Assert.Equal(GateAnswer.Allow, GateDecider.Decide(Given.Request(), GateSettings.Open with { Checklist = new() }, facts, Given.Now).Answer);
        Assert.Equal(GateAnswer.Deny, GateDecider.Decide(Given.Request(), GateSettings.Open with { Checklist = new() }, facts with { Overrides = [] }, Given.Now).Answer);
    }

    [Fact]
    public void An_override_by_two_sets_rules_aside_for_its_release_and_for_a_time()
    {
        var facts = new GateFacts { Overrides = [Confirmed("sha256:one")] };
        var verdict = GateDecider.Decide(Given.Request(), Given.Approvals(2), facts, Given.Now);
        Assert.Equal((GateAnswer.Allow, "the gate of production lets 1.1 pass by an override of approvals"), (verdict.Answer, verdict.Why.Sentence));
        Assert.Equal("set aside by ben and cleo: shop is down", Given.Rule(verdict, "override").Why.Sentence);
        Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request("sha256:two"), Given.Approvals(2), facts, Given.Now).Answer);
        Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request(), Given.Approvals(2), facts, Given.Now + Duration.FromHours(2)).Answer);
        Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request(), Given.Approvals(2), new() { Overrides = [Confirmed("sha256:one") with { ConfirmedAt = null }] }, Given.Now).Answer);
    }

    [Fact]
    public void One_person_alone_overrides_nothing()
    {
        var (request, settings) = (Given.Request(), Given.Approvals(1));
        Assert.Equal("reason-missing", GateWords.Propose(Given.Standing("ben", "admin"), request, settings, " ", Given.Now).Why.Code);
        var proposed = (GateEvent.OverrideProposed)GateWords.Propose(Given.Standing("ben", "deployer"), request, settings, "shop is down", Given.Now).Event!;
        var facts = new GateFacts { Overrides = new GateRecord().Apply(proposed, 1).Overrides };
        Assert.Equal("own-override", GateWords.Confirm(Given.Standing("ben", "admin", "token:bens"), request, settings, facts, "yes", Given.Now).Why.Code);
        Assert.Equal("not-an-approver", GateWords.Confirm(Given.Standing("cleo", "deployer"), request, settings, facts, "yes", Given.Now).Why.Code);
        Assert.NotNull(GateWords.Confirm(Given.Standing("cleo", "approver"), request, settings, facts, "yes", Given.Now).Event);
        Assert.Equal("nothing-to-confirm", GateWords.Confirm(Given.Standing("cleo", "approver"), request, settings, facts, "yes", Given.Now + Duration.FromHours(2)).Why.Code);
    }

    [Fact]
    public void Every_rule_speaks_also_when_one_has_refused()
    {
        var settings = Given.Approvals(1) with { After = ["staging"], Checklist = new() { Tests = CheckWeight.Required, Healthy = CheckWeight.Required } };
        var verdict = GateDecider.Decide(Given.Request(), settings, new() { Serving = new("1.0", 1, 2, IsHere: true) }, Given.Now);
        Assert.Equal(["order", "checklist/never-rejected", "checklist/tests", "checklist/healthy", "approvals"], verdict.Rules.Select(rule => rule.Rule));
        Assert.Equal(GateAnswer.Deny, verdict.Answer);
        Assert.Equal("only 1 of 2 instances of 1.0 ready", Given.Rule(verdict, "checklist/healthy").Why.Sentence);
    }

    [Fact]
    public void A_verdict_is_read_back_from_the_ledger_as_it_was_written()
    {
        var verdict = GateDecider.Decide(Given.Request(), Given.Approvals(2), new(), Given.Now);
        var read = FairwayJson.Read<GateVerdict>(FairwayJson.Write(verdict));
        Assert.True(verdict.SaysAs(read));
        Assert.Equal(verdict.Why, read.Why);
    }

    [Theory]
    [InlineData("release.attestations.exists(a, a.kind == 'tests' && a.passed)", GateAnswer.Allow)]
    [InlineData("release.attestations.exists(a, a.kind == 'sbom' && a.passed)", GateAnswer.Deny)]
    [InlineData("rollout.soaked >= duration('10m') && environment.previous == 'staging'", GateAnswer.Allow)]
    [InlineData("budget.remaining > 0.5", GateAnswer.Deny)]
    [InlineData("!has(budget.remaining) || budget.remaining > 0.5", GateAnswer.Allow)]
    [InlineData("rollout.approvals.size() == 1 && actor.kind == 'person' && now > timestamp('2026-01-01T00:00:00Z')", GateAnswer.Allow)]
    public void Policies_of_the_file_are_rules_of_the_gate(string expression, GateAnswer answer)
    {
        var facts = new GateFacts
        {
            Attested = [new("tests", true, "412 passed", Given.Now)], Earlier = [Staging], Place = new(1, "staging", Ephemeral: false), Approvals = [Given.Approval("ben")],
        };
        var (set, issues) = PolicySet.Compile([new() { Name = "p", Owner = "platform", Expression = expression }]);
        Assert.Empty(issues);
        var verdict = GateDecider.Decide(Given.Request(), GateSettings.Open, facts, Given.Now, set);
        Assert.Equal(answer, verdict.Answer);
        if (answer == GateAnswer.Deny) Assert.Equal("platform", Given.Rule(verdict, "policy/p").Who);
    }

    private static Override Confirmed(string release)
        => new(release, "ben", "ben", "shop is down", Given.Now - Duration.FromMinutes(2), Given.Now + Duration.FromHours(1)) { ConfirmedBy = "cleo", ConfirmedAt = Given.Now - Duration.FromMinutes(1) };
}
