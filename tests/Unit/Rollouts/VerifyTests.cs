using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Verification;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Checks of a release before any traffic, and with all of it.</summary>
public sealed class VerifyTests
{
    private static readonly CheckSpec Checkout = new() { Name = "checkout", Http = new() { Path = "/checkout" }, Attempts = 2, Pause = Duration.FromSeconds(5) };
    private static readonly CheckSpec Orders = new() { Name = "orders", Command = ["./verify-orders"], At = CheckAt.Preview, Timeout = Duration.FromSeconds(30) };

    [Fact]
    public void Checks_pass_before_the_first_traffic_and_again_with_all_of_it()
    {
        var stage = Checked(Checkout, Orders).Serving("1.0");
        stage.Checks = check => check.Moment == CheckMoment.Preview ? Given.Found(passed: true) : null;
        stage.RollingOut("1.1").Pass(5);
        Assert.Equal(["checkout", "orders"], stage.Sent.OfType<RolloutEffect.Verify>().Where(one => one.Moment == CheckMoment.Preview && one.RolloutId == stage.Rollout.Id).Select(one => one.Check.Name));
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Pass(120);
        Assert.Equal((RolloutPhase.Guarding, "waits-for-checks"), (stage.Rollout.Phase, stage.Rollout.Why.Code));
        Assert.StartsWith("0 of 1 check passed with all traffic; checkout runs, attempt 1 of 2, for", RolloutDecider.Explain(stage.State, stage.World, stage.Now).Sentence, StringComparison.Ordinal);
        stage.Checks = _ => Given.Found(passed: true);
        stage.Finish();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void The_last_word_is_recorded_once_with_every_check()
    {
        var stage = Checked(Checkout, Orders).Serving("1.0").RollingOut("1.1").Finish();
        var verified = Assert.Single(stage.Happened<RolloutEvent.Verified>(), one => one.Artifact == "sha256:files-1.1");
        Assert.True(verified.Passed);
        Assert.Equal("checkout Preview, orders Preview, checkout Live", string.Join(", ", verified.Results.Select(one => $"{one.Name} {one.Moment}")));
        Assert.Equal("3 checks of 1.1 passed in test: checkout (preview), orders (preview), checkout (live)", verified.Why.Sentence);
    }

    [Fact]
    public void A_check_that_fails_before_any_traffic_ends_the_rollout_unseen()
    {
        var stage = Checked(Checkout).Serving("1.0");
        stage.Checks = _ => Given.Found(passed: false);
        stage.RollingOut("1.1").Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        Assert.Equal("check checkout failed before any traffic: expected status 2xx, got status 503", stage.Rollout.TakenBackFor?.Sentence);
        Assert.DoesNotContain(stage.Sent.OfType<RolloutEffect.SetRoutes>().SelectMany(one => one.Routes.Arms), arm => arm.Version == "1.1" && arm.Weight > Weight.Zero);
        Assert.Contains("sha256:1.1", stage.State.Rejected.Keys);
        Assert.False(Assert.Single(stage.Happened<RolloutEvent.Verified>(), one => !one.Passed).Results.Single().Finding.Passed);
    }

    [Fact]
    public void A_check_that_fails_with_all_traffic_takes_the_release_back_at_once()
    {
        var stage = Checked(Checkout).Serving("1.0");
        stage.Checks = check => Given.Found(check.Moment == CheckMoment.Preview);
        stage.RollingOut("1.1");
        Assert.Equal(100, stage.Share("1.1"));
        stage.Pass(6);
        Assert.Equal((100, "verify-failed"), (stage.Share("1.0"), stage.Rollout.TakenBackFor?.Code));
        stage.Finish();
        Assert.Equal("1.0", stage.State.StableRelease?.Version);
        Assert.Contains("with all traffic", stage.Rollout.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_that_failed_is_made_again_after_the_pause_and_the_first_that_passes_counts()
    {
        var stage = Checked(Checkout with { At = CheckAt.Preview }).Serving("1.0");
        stage.Sent.Clear();
        stage.Checks = check => Given.Found(check.Attempt == 2);
        stage.RollingOut("1.1").Pass(4);
        Assert.Equal(1, Assert.Single(stage.Sent.OfType<RolloutEffect.Verify>()).Attempt);
        Assert.Equal(RolloutPhase.Verifying, stage.Rollout.Phase);
        stage.Finish();
        Assert.Equal([1, 2], stage.Sent.OfType<RolloutEffect.Verify>().Select(one => one.Attempt));
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void A_check_that_cannot_be_made_is_no_verdict_and_is_tried_until_the_deadline()
    {
        var stage = Checked(Checkout with { Attempts = 1 }).Serving("1.0");
        stage.Checks = check => check.Moment == CheckMoment.Preview ? Given.Found(passed: true) : new(Given.Fault(Blame.Platform, retryable: true, FaultKind.Unavailable));
        stage.RollingOut("1.1").Pass(300);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        Assert.Null(stage.Rollout.Verified);
        stage.Pass(600);
        Assert.Equal("no-progress", stage.Rollout.TakenBackFor?.Code);
        Assert.Empty(stage.State.Rejected);
    }

    [Fact]
    public void A_check_that_can_never_be_made_takes_the_release_back_without_a_word_against_it()
    {
        var stage = Checked(Checkout).Serving("1.0");
        stage.Checks = _ => new(Given.Fault(Blame.Configuration));
        stage.RollingOut("1.1").Finish();
        Assert.Equal("check checkout could not be made before any traffic: it did not work", stage.Rollout.TakenBackFor?.Sentence);
        Assert.Empty(stage.State.Rejected);
        Assert.DoesNotContain(stage.Happened<RolloutEvent.Verified>(), one => one.Artifact == "sha256:files-1.1");
    }

    [Fact]
    public void Before_any_traffic_each_ready_instance_is_asked_by_itself_and_then_the_edge()
    {
        var stage = Checked(2, Checkout).Serving("1.0");
        stage.Sent.Clear();
        stage.RollingOut("1.1").Finish();
        var (preview, live) = (stage.Sent.OfType<RolloutEffect.Verify>().First(), stage.Sent.OfType<RolloutEffect.Verify>().Last());
        Assert.Equal(stage.Instances.Where(one => one.Release == "sha256:1.1").Select(one => $"http://127.0.0.1:{one.Port}"), preview.Addresses);
        Assert.Equal(Duration.FromSeconds(20), preview.Limit);
        Assert.Empty(live.Addresses);
    }

    [Fact]
    public void A_command_is_told_what_it_checks_and_where()
    {
        var stage = Checked(Orders with { At = CheckAt.Both }).Serving("1.0");
        stage.Sent.Clear();
        stage.RollingOut("1.1").Finish();
        var (preview, live) = (stage.Sent.OfType<RolloutEffect.Verify>().First().Variables, stage.Sent.OfType<RolloutEffect.Verify>().Last().Variables);
        Assert.Equal(("orders", "preview", "1.1"), (preview["FAIRWAY_CHECK"], preview["FAIRWAY_MOMENT"], preview["FAIRWAY_VERSION"]));
        Assert.StartsWith("http://127.0.0.1:", preview["FAIRWAY_URL"], StringComparison.Ordinal);
        Assert.Equal(("live", false), (live["FAIRWAY_MOMENT"], live.ContainsKey("FAIRWAY_URL")));
    }

    [Fact]
    public void Going_back_to_a_former_release_checks_nothing()
    {
        var stage = Checked(Checkout).Serving("1.0").Serving("1.1");
        stage.Checks = _ => Given.Found(passed: false);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal(("1.0", RolloutPhase.Completed), (stage.State.StableRelease?.Version, stage.Rollout.Phase));
    }

    [Fact]
    public void A_person_ends_the_guard_but_not_the_checks()
    {
        var stage = Checked(Checkout).Serving("1.0");
        stage.Checks = check => check.Moment == CheckMoment.Preview ? Given.Found(passed: true) : null;
        stage.RollingOut("1.1");
        stage.Say(RolloutCommand.Promote);
        stage.Pass(3);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        stage.Checks = _ => Given.Found(passed: true);
        stage.Settle();
        Assert.Equal(RolloutPhase.Completed, stage.Rollout.Phase);
    }

    [Fact]
    public void A_paused_guard_still_takes_back_a_release_whose_check_fails()
    {
        var stage = Checked(Checkout with { Attempts = 1 }).Serving("1.0");
        stage.Checks = check => check.Moment == CheckMoment.Preview ? Given.Found(passed: true) : null;
        stage.RollingOut("1.1");
        stage.Say(RolloutCommand.Pause);
        stage.Checks = _ => Given.Found(passed: false);
        stage.Settle().Pass(1);
        Assert.Equal("verify-failed", stage.Rollout.TakenBackFor?.Code);
    }

    [Fact]
    public void An_answer_that_comes_after_the_way_back_began_changes_nothing()
    {
        var stage = Checked(Checkout).Serving("1.0");
        stage.Checks = _ => null;
        stage.RollingOut("1.1");
        var asked = stage.State.Outbox.Values.OfType<RolloutEffect.Verify>().Single();
        stage.Say(RolloutCommand.Abort);
        Assert.DoesNotContain(asked.Id, stage.State.Outbox.Keys);
        Assert.Equal("effect-not-awaited", stage.Do(new RolloutObservation.EffectSettled(asked.Id, Given.Found(passed: false))).Why.Code);
        stage.Finish();
        Assert.Equal(RolloutPhase.Aborted, stage.Rollout.Phase);
    }

    [Fact]
    public void A_service_without_routes_is_asked_only_by_itself()
    {
        var stage = Checked(Checkout);
        stage.Service = stage.Service with { Routes = [] };
        stage.Serving("1.0");
        Assert.All(stage.Sent.OfType<RolloutEffect.Verify>(), one => Assert.Equal(CheckMoment.Preview, one.Moment));
        Assert.True(stage.Rollout.Verified);
    }

    [Fact]
    public void The_clock_set_back_does_not_lengthen_the_pause_between_attempts()
    {
        var stage = Checked(Checkout with { At = CheckAt.Preview }).Serving("1.0");
        stage.Checks = check => Given.Found(check.Attempt == 2);
        stage.RollingOut("1.1").Pass(1);
        stage.Now -= Duration.FromHours(1);
        stage.Settle().Pass(5);
        Assert.NotEqual(RolloutPhase.Verifying, stage.Rollout.Phase);
    }

    private static Stage Checked(params ImmutableArray<CheckSpec> checks) => Checked(1, checks);

    private static Stage Checked(int instances, params ImmutableArray<CheckSpec> checks)
        => Given.Service(Strategy.BlueGreen, instances: instances, guard: 10, policy: policy => policy with { Verify = checks });
}
