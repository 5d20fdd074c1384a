using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Tests.Unit.Workloads;

/// <summary>An instance's life on a clock of its own.</summary>
public sealed class InstanceDeciderTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 0, 0);
    private WorkloadSpec _workload = new()
    {
        Command = ["run"], StopGrace = Duration.FromSeconds(10),
        Ready = new() { HealthyAfter = 2, UnhealthyAfter = 3 }, Live = new() { HealthyAfter = 1, UnhealthyAfter = 2 },
    };

    private Instant _now = Start;
    private InstanceState _state = InstanceState.New("shop-a-0-1", SlotName.A, 0, "sha256:1", Start);

    [Fact]
    public void A_new_instance_is_launched_at_once_and_only_once()
    {
        Assert.Equal(InstanceAction.Launch, Tick());
        Assert.Equal((1, false, InstancePhase.Starting), (_state.Attempt, _state.Running, _state.Phase));
        Assert.Equal(InstanceAction.None, Tick(after: 60));
    }

    [Fact]
    public void It_is_ready_after_enough_good_answers_in_a_row_and_unready_after_enough_bad_ones()
    {
        Launch();
        Ready(true);
        Ready(false);
        Ready(true);
        Assert.Equal(InstancePhase.Starting, _state.Phase);
        Ready(true);
        Assert.Equal((InstancePhase.Ready, true), (_state.Phase, _state.WasReady));
        Ready(false);
        Ready(false);
        Ready(true);
        Ready(false);
        Ready(false);
        Assert.Equal(InstancePhase.Ready, _state.Phase);
        Ready(false);
        Assert.Equal(InstancePhase.Unready, _state.Phase);
        Ready(true);
        Ready(true);
        Assert.Equal(InstancePhase.Ready, _state.Phase);
    }

    [Fact]
    public void A_phase_keeps_the_time_it_began()
    {
        Launch();
        _now += Duration.FromSeconds(5);
        MakeReady();
        _now += Duration.FromSeconds(5);
        Ready(true);
        Assert.Equal(Start + Duration.FromSeconds(5), _state.Since);
    }

    [Fact]
    public void An_end_is_followed_by_a_delay_that_grows_and_a_new_launch()
    {
        var delays = new List<Duration>();
        for (var i = 0; i < 4; i++)
        {
            Launch();
            Observe(new InstanceObservation.Ended(Exit(1)));
            Assert.Equal((InstancePhase.BackingOff, i), (_state.Phase, _state.Restarts));
            delays.Add(_state.LaunchAt!.Value - _now);
            Assert.Equal(InstanceAction.None, Tick());
            _now = _state.LaunchAt.Value;
        }

        Assert.Equal(delays.Order(), delays);
        Assert.Equal(4, delays.Distinct().Count());
    }

    [Fact]
    public void A_minute_of_readiness_forgives_earlier_ends()
    {
        for (var i = 0; i < 5; i++) Fail();
        Launch();
        MakeReady();
        _now += Duration.FromSeconds(59);
        Observe(new InstanceObservation.Ended(Exit(1)));
        Assert.Equal(6, _state.Failures);
        _now = _state.LaunchAt!.Value;
        Launch();
        MakeReady();
        _now += Duration.FromSeconds(60);
        Observe(new InstanceObservation.Ended(Exit(1)));
        Assert.Equal(1, _state.Failures);
    }

    [Fact]
    public void A_failed_liveness_check_ends_the_process_in_order_and_starts_it_again_with_the_cause()
    {
        Launch();
        MakeReady();
        Live(false);
        Assert.Equal(InstancePhase.Ready, _state.Phase);
        Assert.Equal(InstanceAction.Terminate, Live(false));
        Assert.Equal(InstancePhase.Stopping, _state.Phase);
        Assert.Equal(InstanceAction.None, Live(false));
        Assert.Equal(InstanceAction.None, Tick(after: 9));
        Assert.Equal(InstanceAction.Kill, Tick(after: 1));
        Assert.Equal(InstanceAction.None, Tick());
        Assert.Equal(InstanceAction.Kill, Tick(after: 1));
        Observe(new InstanceObservation.Ended(Exit(null)));
        Assert.Equal("liveness check failed 2 times in a row, last: no", _state.LastExit?.Cause);
        Assert.Equal(InstancePhase.BackingOff, _state.Phase);
        _now = _state.LaunchAt!.Value;
        Launch();
        Observe(new InstanceObservation.Ended(Exit(1)));
        Assert.Null(_state.LastExit?.Cause);
    }

    [Fact]
    public void Liveness_is_not_judged_before_the_first_readiness_of_each_process()
    {
        Launch();
        for (var i = 0; i < 10; i++) Assert.Equal(InstanceAction.None, Live(false));
        MakeReady();
        Observe(new InstanceObservation.Ended(Exit(1)));
        _now = _state.LaunchAt!.Value;
        Launch();
        for (var i = 0; i < 10; i++) Assert.Equal(InstanceAction.None, Live(false));
    }

    [Fact]
    public void Without_a_liveness_check_an_answer_changes_nothing()
    {
        _workload = _workload with { Live = null };
        Launch();
        MakeReady();
        var before = _state;
        for (var i = 0; i < 10; i++) Live(false);
        Assert.Equal(before, _state);
    }

    [Fact]
    public void An_unwanted_instance_is_asked_killed_after_its_grace_and_forgotten()
    {
        Launch();
        MakeReady();
        Assert.Equal(InstanceAction.Terminate, Observe(new InstanceObservation.Unwanted()));
        Assert.Equal(InstanceAction.None, Observe(new InstanceObservation.Unwanted()));
        Ready(false);
        Assert.Equal(InstancePhase.Stopping, _state.Phase);
        Assert.Equal(InstanceAction.Kill, Tick(after: 10));
        Assert.Equal(InstanceAction.Forget, Observe(new InstanceObservation.Ended(Exit(null))));
    }

    [Fact]
    public void An_unwanted_instance_that_is_not_running_is_forgotten_at_once()
    {
        Launch();
        Observe(new InstanceObservation.Ended(Exit(1)));
        Assert.Equal(InstanceAction.Forget, Observe(new InstanceObservation.Unwanted()));
        Assert.Equal(InstanceAction.None, Tick(after: 3600));
    }

    [Fact]
    public void One_that_is_unwanted_while_it_is_restarted_is_not_started_again()
    {
        Launch();
        MakeReady();
        Live(false);
        Live(false);
        Assert.Equal(InstanceAction.None, Observe(new InstanceObservation.Unwanted()));
        Assert.Equal(InstanceAction.Forget, Observe(new InstanceObservation.Ended(Exit(0))));
    }

    [Fact]
    public void A_start_that_may_work_later_is_tried_again_and_one_that_cannot_is_not()
    {
        Tick();
        Observe(new InstanceObservation.NotLaunched(new(FaultKind.Exhausted, Blame.Platform, true, "no port")));
        Assert.Equal((InstancePhase.BackingOff, "no port", 0), (_state.Phase, _state.Fault?.Message, _state.Restarts));
        _now = _state.LaunchAt!.Value;
        Launch();
        Assert.Null(_state.Fault);
        Observe(new InstanceObservation.Ended(Exit(1)));
        _now = _state.LaunchAt!.Value;
        Tick();
        Observe(new InstanceObservation.NotLaunched(new(FaultKind.Failed, Blame.Release, false, "no such command")));
        Assert.Equal(InstancePhase.Failed, _state.Phase);
        Assert.Equal(InstanceAction.None, Tick(after: 86400));
    }

    [Fact]
    public void A_start_that_was_lost_in_a_crash_is_made_up_for()
    {
        Tick();
        Observe(new InstanceObservation.LaunchLost());
        Assert.Equal(InstanceAction.Launch, Tick());
        Assert.Equal(2, _state.Attempt);
        Observe(new InstanceObservation.Launched());
        Assert.Equal(0, _state.Restarts);
        Observe(new InstanceObservation.LaunchLost());
        Assert.Null(_state.LaunchAt);
    }

    private InstanceAction Observe(InstanceObservation observation)
    {
        var (next, action) = InstanceDecider.Decide(_state, observation, _workload, _now);
        _state = next;
        return action;
    }

    private InstanceAction Tick(double after = 0)
    {
        _now += Duration.FromSeconds(after);
        return Observe(new InstanceObservation.Tick());
    }

    private void Launch()
    {
        Assert.Equal(InstanceAction.Launch, Tick());
        Observe(new InstanceObservation.Launched());
    }

    private void Fail()
    {
        Launch();
        Observe(new InstanceObservation.Ended(Exit(1)));
        _now = _state.LaunchAt!.Value;
    }

    private void MakeReady()
    {
        Ready(true);
        Ready(true);
        Assert.Equal(InstancePhase.Ready, _state.Phase);
    }

    private void Ready(bool good) => Assert.Equal(InstanceAction.None, Observe(new InstanceObservation.ReadyChecked(good)));

    private InstanceAction Live(bool good) => Observe(new InstanceObservation.LiveChecked(good, good ? "yes" : "no"));

    private ExitReason Exit(int? code) => new(code, code is null ? "SIGKILL" : null, false, _now, "");
}
