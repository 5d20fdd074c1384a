using Fairway.Catalog;
using Fairway.Policy;
using NodaTime;

namespace Fairway.Gates;

/// <summary>Items of the checklist about what a service promises, and what policies read of it.</summary>
public sealed class PromiseTests
{
    private static readonly Objective Availability = new("availability", "good", "total", 0.99, Duration.FromDays(30));

    private static readonly GateSettings Asking = GateSettings.Open with
    {
        Checklist = new() { Runbook = CheckWeight.Required, Alerts = CheckWeight.Required, Smoke = CheckWeight.Required, Backup = CheckWeight.Required, Objectives = CheckWeight.Required, RollbackTarget = CheckWeight.Required },
    };

    [Fact]
    public void A_runbook_must_be_written_and_there()
    {
        Assert.Equal("runbook-missing", Ask("runbook", new()));
        Assert.Equal("runbook-gone", Ask("runbook", new() { Runbook = new("docs/shop.md", IsThere: false) }));
        Assert.Equal("runbook-there", Ask("runbook", new() { Runbook = new("docs/shop.md", IsThere: true) }));
    }

    [Fact]
    public void A_backup_that_is_too_old_stops_a_release_with_its_age()
    {
        var promise = new BackupPromise(Duration.FromHours(24), "latest");
        Assert.Equal("no-backup-promised", Ask("backup", new()));
        Assert.Equal("backup-missing", Ask("backup", new() { Backup = new(promise, null) }));
        Assert.Equal("backup-fresh", Ask("backup", new() { Backup = new(promise, Given.Now - Duration.FromHours(24)) }));
        var old = GateDecider.Decide(Given.Request(), Asking, new() { Backup = new(promise, Given.Now - Duration.FromHours(36)) }, Given.Now);
        Assert.Equal("the newest backup of shop is 36 h old; it promises one every 24 h", Given.Rule(old, "checklist/backup").Why.Sentence);
        Assert.Equal(GateAnswer.Deny, old.Answer);
    }

    [Fact]
    public void A_backup_is_shown_by_its_file_or_by_who_attests_it_whichever_is_newer()
    {
        var promise = new BackupPromise(Duration.FromHours(24), null);
        Assert.Equal("there is no backup of shop: nobody attests one", Say(new() { Backup = new(promise, null) }));
        Assert.Equal("its newest backup is 3 h old, of at most 24 h", Say(new() { Backup = new(promise, null), Service = [Attested("backup", 3)] }));
        Assert.Equal("its newest backup is 2 h old, of at most 24 h", Say(new() { Backup = new(promise, Given.Now - Duration.FromHours(2)), Service = [Attested("backup", 3)] }));
        Assert.Equal("its newest backup is 1 h old, of at most 24 h", Say(new() { Backup = new(promise, null), Service = [Attested("backup", 30), Attested("restore-drill", 1)] }));
        Assert.Equal("the newest backup of shop is 30 h old; it promises one every 24 h; the newest failed: the disk is full",
            Say(new() { Backup = new(promise, Given.Now - Duration.FromHours(30)), Service = [Attested("backup", 1, "the disk is full")] }));

        static string Say(GateFacts facts) => Given.Rule(GateDecider.Decide(Given.Request(), Asking, facts, Given.Now), "checklist/backup").Why.Sentence;
    }

    [Fact]
    public void A_restore_drill_that_failed_stops_a_release_however_fresh_the_backup_is()
    {
        var facts = new GateFacts { Backup = new(new(Duration.FromHours(24), "latest"), Given.Now), Service = [Attested("restore-drill", 48, "two tables are empty"), Attested("backup", 1)] };
        Assert.Equal("backup-unusable", Ask("backup", facts));
        Assert.Equal("backup-fresh", Ask("backup", facts with { Service = [Attested("backup", 1), Attested("restore-drill", 0)] }));
    }

    [Fact]
    public void An_alert_must_speak_of_the_service()
    {
        Assert.Equal("alerts-missing", Ask("alerts", new() { Alerts = new([], 0, null) }));
        var others = GateDecider.Decide(Given.Request(), Asking, new() { Alerts = new([], 3, null) }, Given.Now);
        Assert.Equal("no alert tells when shop is ill: among 3 rules none speaks of it", Given.Rule(others, "checklist/alerts").Why.Sentence);
        var many = GateDecider.Decide(Given.Request(), Asking, new() { Alerts = new(["A", "B", "C", "D", "E"], 9, null) }, Given.Now);
        Assert.Equal("alerts speak of shop: A, B, C and 2 more", Given.Rule(many, "checklist/alerts").Why.Sentence);
        var away = GateDecider.Decide(Given.Request(), Asking, new() { Alerts = new([], 0, "it does not answer") }, Given.Now);
        Assert.Equal((GateAnswer.Hold, "alerts-unknown"), (Given.Rule(away, "checklist/alerts").Answer, Given.Rule(away, "checklist/alerts").Why.Code));
    }

    [Fact]
    public void A_release_that_skipped_an_environment_was_not_tried_there()
    {
        var verdict = GateDecider.Decide(Given.Request(), Asking with { After = ["staging"] }, new(), Given.Now);
        Assert.Equal(("smoke-unseen", GateAnswer.Deny), (Given.Rule(verdict, "checklist/smoke").Why.Code, Given.Rule(verdict, "checklist/smoke").Answer));
        Assert.Equal("no-earlier", Ask("smoke", new()));
    }

    [Fact]
    public void Objectives_stop_a_release_when_their_budget_is_spent_and_hold_it_when_nobody_can_say()
    {
        Assert.Equal("no-objectives", Ask("objectives", new()));
        Assert.Equal("objectives-met", Ask("objectives", new() { Objectives = [new(Availability, 995, 1_000, null)] }));
        Assert.Equal("objectives-met", Ask("objectives", new() { Objectives = [new(Availability, 0, 0, null)] }));
        Assert.Equal("budget-spent", Ask("objectives", new() { Objectives = [new(Availability, 980, 1_000, null)] }));
        var unknown = GateDecider.Decide(Given.Request(), Asking, new() { Objectives = [new(Availability, null, null, "no answer")] }, Given.Now);
        Assert.Equal(GateAnswer.Hold, Given.Rule(unknown, "checklist/objectives").Answer);
    }

    [Fact]
    public void A_rollback_target_is_warm_or_can_be_started_or_is_missing()
    {
        Assert.Equal("rollback-target-warm", Ask("rollback-target", new() { Serving = new("1.0", 2, 2, IsHere: false) }));
        Assert.Equal("rollback-target-here", Ask("rollback-target", new() { Serving = new("1.0", 0, 2, IsHere: true) }));
        Assert.Equal("rollback-target-missing", Ask("rollback-target", new() { Serving = new("1.0", 0, 2, IsHere: false) }));
    }

    [Theory]
    [InlineData("actor.roles.exists(role, role == 'deployer') && !actor.roles.exists(role, role == 'admin')")]
    [InlineData("budget.objective == 'availability' && budget.remaining > 0.49 && budget.remaining < 0.51 && budget.window == duration('720h')")]
    [InlineData("queue.mode == 'oldest' && queue.waiting == 2 && queue.busy")]
    [InlineData("release.branch == 'main' && release.commit.startsWith('c0ffee')")]
    [InlineData("change.commits == 2 && change.kinds == ['feat', 'fix'] && change.breaking && change.files.exists(file, file.endsWith('.sql')) && change.migrations == 1")]
    [InlineData("change.authors.all(author, author in ['anna', 'bert'])")]
    [InlineData("budget.burnRate > 14.3 && budget.burnRate < 14.5")]
    [InlineData("service.attestations.exists(a, a.kind == 'restore-drill' && a.passed && now - a.at < duration('720h'))")]
    public void A_policy_reads_who_asks_what_waits_what_is_left_and_where_it_comes_from(string allow)
    {
        var facts = new GateFacts
        {
            Objectives = [new(Availability, 995, 1_000, null) { BurnRate = 14.4 }, new(Availability with { Name = "latency" }, 1_000, 1_000, null)], Queue = new("oldest", 2, Busy: true), Origin = new("c0ffee01", "main", "shop"),
            Change = new(new(2, ["feat", "fix"], IsBreaking: true, ["anna", "bert"], ["db/2.sql", "shop.cs"]), 1), Service = [Attested("restore-drill", 48)],
        };
        var request = Given.Request() with { Roles = ["deployer@production", "admin@staging", "viewer"] };
        Assert.Equal(GateAnswer.Allow, Decide(request, facts, allow).Answer);
    }

    [Theory]
    [InlineData("!has(release.branch) && !has(release.commit) && !has(actor.roles)")]
    [InlineData("!has(budget.burnRate) && !has(change.commits) && !has(change.files) && service.attestations.size() == 0")]
    public void What_is_not_known_is_absent(string allow) => Assert.Equal(GateAnswer.Allow, Decide(Given.Request(), new(), allow).Answer);

    private static AttestedFact Attested(string kind, int hours, string? failed = null)
        => new(kind, failed is null, failed ?? "fine", Given.Now - Duration.FromHours(hours));

    private static string Ask(string item, GateFacts facts) => Given.Rule(GateDecider.Decide(Given.Request(), Asking, facts, Given.Now), "checklist/" + item).Why.Code;

    private static GateVerdict Decide(GateRequest request, GateFacts facts, string allow)
    {
        var (set, issues) = PolicySet.Compile([new PolicyRule { Name = "asked", Expression = allow }]);
        Assert.Empty(issues);
        return GateDecider.Decide(request, GateSettings.Open, facts, Given.Now, set);
    }
}
