using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Gates;

public sealed class CalendarTests
{
    private static readonly DayWindow FridayAfternoon = new([IsoDayOfWeek.Friday], 12 * 60, 0, "Europe/Berlin") { Reason = "no Friday afternoon" };
    private static readonly DayWindow BusinessHours = new(DayWindow.EveryDay[..5], 9 * 60, 17 * 60, "Europe/Berlin");

    [Theory]
    [InlineData("2026-11-27T10:59:59Z", true)]
    [InlineData("2026-11-27T11:00:00Z", false)]
    [InlineData("2026-11-27T22:59:59Z", false)]
    [InlineData("2026-11-27T23:00:00Z", true)]
    public void No_friday_afternoon_is_from_noon_to_midnight_of_its_zone(string at, bool open)
        => Assert.Equal(open, new GateCalendar([FridayAfternoon], [], []).IsOpen(At(at)));

    [Fact]
    public void A_closed_gate_says_when_it_opens_and_why_it_is_closed()
    {
        var settings = GateSettings.Open with { Freeze = [FridayAfternoon], Hours = [BusinessHours] };
        var verdict = GateDecider.Decide(Given.Request(), settings, new(), At("2026-11-27T13:00:00Z"));
        Assert.Equal(GateAnswer.Deny, verdict.Answer);
        Assert.Equal("frozen: Fri 12:00–00:00 Europe/Berlin (no Friday afternoon); next open Mon 2026-11-30 09:00 Europe/Berlin", Given.Rule(verdict, "freeze").Why.Sentence);
        Assert.Equal(At("2026-11-30T08:00:00Z"), Given.Rule(verdict, "freeze").Until);
        Assert.Equal(GateAnswer.Allow, Given.Rule(verdict, "hours").Answer);
    }

    [Fact]
    public void A_gate_may_wait_instead_of_refusing()
        => Assert.Equal(GateAnswer.Hold, GateDecider.Decide(Given.Request(), GateSettings.Open with { Freeze = [FridayAfternoon], Closed = WhenClosed.Wait }, new(), At("2026-11-27T13:00:00Z")).Answer);

    // The goldens of wall time: what does not exist is the first instant after the gap; what exists twice begins first and ends last.
    [Theory]
    [InlineData("America/Chicago", "2020-03-08", 150, 240, "2020-03-08T08:00:00Z", "2020-03-08T09:00:00Z")]
    [InlineData("America/Chicago", "2020-03-09", 150, 240, "2020-03-09T07:30:00Z", "2020-03-09T09:00:00Z")]
    [InlineData("America/Chicago", "2020-11-01", 60, 90, "2020-11-01T06:00:00Z", "2020-11-01T07:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2020-10-04", 135, 180, "2020-10-03T15:30:00Z", "2020-10-03T16:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2021-04-04", 90, 120, "2021-04-03T14:30:00Z", "2021-04-03T15:30:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25", 120, 180, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-28", 1380, 180, "2026-03-28T22:00:00Z", "2026-03-29T01:00:00Z")]
    public void Windows_keep_wall_time_when_the_clocks_change(string zone, string day, int from, int to, string begins, string ends)
    {
        var window = new DayWindow(DayWindow.EveryDay, from, to, zone).On(LocalDatePattern.Iso.Parse(day).Value)!.Value;
        Assert.Equal((At(begins), At(ends)), (window.Start, window.End));
    }

    [Fact]
    public void A_window_that_the_clocks_leave_nothing_of_is_none()
        => Assert.Null(new DayWindow(DayWindow.EveryDay, 130, 150, "Europe/Berlin").On(new LocalDate(2026, 3, 29)));

    [Fact]
    public void A_day_that_a_zone_left_out_has_no_window()
    {
        var window = new DayWindow(DayWindow.EveryDay, 9 * 60, 17 * 60, "Pacific/Apia");
        Assert.Null(window.On(new LocalDate(2011, 12, 30)));
        Assert.NotNull(window.On(new LocalDate(2011, 12, 31)));
    }

    [Fact]
    public void A_night_belongs_to_the_day_it_begins_and_the_same_time_twice_is_a_whole_day()
    {
        var night = new DayWindow([IsoDayOfWeek.Friday], 22 * 60, 6 * 60, "UTC");
        Assert.True(night.Holds(At("2026-11-28T05:59:00Z")));
        Assert.False(night.Holds(At("2026-11-27T05:59:00Z")));
        var day = new DayWindow([IsoDayOfWeek.Friday], 8 * 60, 8 * 60, "UTC");
        Assert.Equal(Duration.FromHours(24), day.On(new LocalDate(2026, 11, 27))!.Value.Duration);
    }

    [Fact]
    public void A_dated_freeze_moves_with_its_zones_rules()
    {
        var freeze = new ConfiguredFreeze("christmas", "2026-12-20T18:00", "2027-01-02", "Europe/Berlin").Resolve();
        Assert.Equal((At("2026-12-20T17:00:00Z"), At("2027-01-01T23:00:00Z")), (freeze.From, freeze.Until));
        Assert.Equal(freeze.Until, new GateCalendar([], [], [freeze]).OpensAfter(freeze.From));
    }

    [Fact]
    public void A_freeze_wins_over_hours_and_over_every_other_rule()
        => Prop.ForAll<int, bool>((minutes, weekly) =>
        {
            var at = Given.Now + Duration.FromMinutes(minutes % 500_000);
            var frozen = new Freeze("x", [], [], at - Duration.FromHours(1), at + Duration.FromHours(1), "x", "ben");
            var settings = GateSettings.Open with { Hours = weekly ? [BusinessHours] : [] };
            return GateDecider.Decide(Given.Request(), settings, new() { Freezes = [frozen], Approvals = [Given.Approval("ben")] }, at).Answer == GateAnswer.Deny;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_opens_was_closed_until_then_and_is_open_then()
        => Prop.ForAll<int>(minutes =>
        {
            var calendar = new GateCalendar([FridayAfternoon], [BusinessHours], []);
            var at = Given.Now + Duration.FromMinutes(Math.Abs(minutes % 600_000));
            if (calendar.IsOpen(at)) return calendar.ClosesAfter(at) is { } closes && !calendar.IsOpen(closes) && calendar.IsOpen(closes - Duration.FromSeconds(1));
            return calendar.OpensAfter(at) is { } opens && calendar.IsOpen(opens) && !calendar.IsOpen(opens - Duration.FromSeconds(1));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_calendar_that_never_opens_says_that_a_person_must()
    {
        var never = new DayWindow(DayWindow.EveryDay, 0, 0, "UTC");
        var verdict = GateDecider.Decide(Given.Request(), GateSettings.Open with { Freeze = [never] }, new(), Given.Now);
        Assert.EndsWith("next open when a person opens it", verdict.Why.Sentence, StringComparison.Ordinal);
    }

    private static Instant At(string text) => InstantPattern.ExtendedIso.Parse(text).Value;
}
