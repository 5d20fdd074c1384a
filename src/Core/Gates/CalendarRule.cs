using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>Nothing ships in a freeze or outside its hours; says when it opens.</summary>
internal static class CalendarRule
{
    public const string FreezeId = "freeze";
    public const string HoursId = "hours";

    /// <summary>What the calendar says; nothing when there is none.</summary>
    public static IEnumerable<RuleVerdict> Ask(GateRequest request, GateSettings settings, GateFacts facts, Instant now)
    {
        if (settings.Freeze.IsEmpty && settings.Hours.IsEmpty && facts.Freezes.IsEmpty) yield break;
        var calendar = new GateCalendar(settings.Freeze, settings.Hours, facts.Freezes);
        var closed = settings.Closed == WhenClosed.Wait ? GateAnswer.Hold : GateAnswer.Deny;
        var opens = calendar.IsOpen(now) ? null : calendar.OpensAfter(now);
        var zone = DateTimeZoneProviders.Tzdb[settings.Freeze.Concat(settings.Hours).FirstOrDefault()?.Zone ?? "UTC"];
        if (!settings.Freeze.IsEmpty || !facts.Freezes.IsEmpty) yield return Frozen(request, settings, facts, now, closed, opens, zone, calendar);
        if (settings.Hours.IsEmpty) yield break;
        var inside = settings.Hours.FirstOrDefault(window => window.Holds(now));
        yield return inside is not null
            ? new(HoursId, GateAnswer.Allow, Why.Because("in-hours", "within {hours}", ("hours", inside.Text))) { Until = calendar.ClosesAfter(now) }
            : new(HoursId, closed, Why.Because("out-of-hours", "outside {hours}; next open {opens}",
                ("hours", string.Join(" and ", settings.Hours.Select(window => window.Text))), ("opens", Opens(opens, zone))))
            {
                Until = opens, Change = "wait, or have it overridden by two people", Who = "time, or two people of " + request.Key.Environment,
            };
    }

    private static RuleVerdict Frozen(
        GateRequest request, GateSettings settings, GateFacts facts, Instant now, GateAnswer closed, Instant? opens, DateTimeZone zone, GateCalendar calendar)
    {
        var words = new List<string>();
        foreach (var one in facts.Freezes.Where(one => one.Holds(now)))
            words.Add(one.Until is { } until ? $"{one.Id} until {WallTime.Text(until, zone)} ({one.Reason})" : $"{one.Id} until {one.By} or another ends it ({one.Reason})");
        foreach (var window in settings.Freeze.Where(window => window.Holds(now))) words.Add(window.Text + (window.Reason is { } reason ? $" ({reason})" : ""));
        if (words.Count == 0)
            return new(FreezeId, GateAnswer.Allow, Why.Because("not-frozen", "no freeze is in force")) { Until = calendar.ClosesAfter(now) };
        return new(FreezeId, closed, Why.Because("frozen", "frozen: {freezes}; next open {opens}", ("freezes", string.Join(", ", words)), ("opens", Opens(opens, zone))))
        {
            Until = opens, Change = "wait, end the freeze with `fairway freeze end`, or have it overridden by two people",
            Who = $"time, a deployer of {request.Key.Environment} for a freeze set by hand, or two people",
        };
    }

    private static string Opens(Instant? opens, DateTimeZone zone) => opens is { } at ? WallTime.Text(at, zone) : "when a person opens it";
}
