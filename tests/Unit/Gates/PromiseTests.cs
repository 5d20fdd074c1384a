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
        Checklist = new() { Runbook = CheckWeight.Required, Backup = CheckWeight.Required, Objectives = CheckWeight.Required, RollbackTarget = CheckWeight.Required },
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
    public void A_policy_reads_who_asks_what_waits_what_is_left_and_where_it_comes_from(string allow)
    {
        var facts = new GateFacts
        {
            Objectives = [new(Availability, 995, 1_000, null), new(Availability with { Name = "latency" }, 1_000, 1_000, null)], Queue = new("oldest", 2, Busy: true), Origin = new("c0ffee01", "main"),
        };
        var request = Given.Request() with { Roles = ["deployer@production", "admin@staging", "viewer"] };
        Assert.Equal(GateAnswer.Allow, Decide(request, facts, allow).Answer);
    }

    [Theory]
    [InlineData("!has(release.branch) && !has(release.commit) && !has(actor.roles)")]
    public void What_is_not_known_is_absent(string allow) => Assert.Equal(GateAnswer.Allow, Decide(Given.Request(), new(), allow).Answer);

    private static string Ask(string item, GateFacts facts) => Given.Rule(GateDecider.Decide(Given.Request(), Asking, facts, Given.Now), "checklist/" + item).Why.Code;

    private static GateVerdict Decide(GateRequest request, GateFacts facts, string allow)
    {
        var (set, issues) = PolicySet.Compile([new PolicyRule { Name = "asked", Expression = allow }]);
        Assert.Empty(issues);
        return GateDecider.Decide(request, GateSettings.Open, facts, Given.Now, set);
    }
}
