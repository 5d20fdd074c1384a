using NodaTime;

namespace Fairway.Gates;

/// <summary>When something may ship: in no freeze, and in one of the hours if there are any. A freeze wins.</summary>
/// <param name="freeze">Weekly times at which nothing ships.</param>
/// <param name="hours">The only weekly times at which something ships; empty is any.</param>
/// <param name="dated">Freezes with dates.</param>
public sealed class GateCalendar(ImmutableArray<DayWindow> freeze, ImmutableArray<DayWindow> hours, ImmutableArray<Freeze> dated)
{
    // Two boundaries a day over more than a year: whoever is closed for longer opens by a person's hand.
    private const int MostBoundaries = 1_000;

    /// <summary>Whether something may ship at a moment.</summary>
    public bool IsOpen(Instant at) => !dated.Any(one => one.Holds(at)) && !freeze.Any(window => window.Holds(at)) && (hours.IsEmpty || hours.Any(window => window.Holds(at)));

    /// <summary>The first moment after another at which something may ship; null when none is in sight.</summary>
    public Instant? OpensAfter(Instant at) => Next(at, open: true);

    /// <summary>The first moment after another at which nothing may ship; null when none is in sight.</summary>
    public Instant? ClosesAfter(Instant at) => Next(at, open: false);

    private Instant? Next(Instant at, bool open)
    {
        for (var i = 0; i < MostBoundaries; i++)
        {
            if (Boundary(at) is not { } next) return null;
            if (IsOpen(next) == open) return next;
            at = next;
        }
        return null;
    }

    /// <summary>The first beginning or end of any window after a moment.</summary>
    private Instant? Boundary(Instant at)
    {
        Instant? first = null;
        foreach (var one in dated)
        {
            Earlier(one.From);
            if (one.Until is { } until) Earlier(until);
        }
        foreach (var window in freeze.Concat(hours))
            foreach (var interval in window.Around(at))
            {
                Earlier(interval.Start);
                Earlier(interval.End);
            }
        return first;

        void Earlier(Instant boundary)
        {
            if (boundary > at && (first is not { } known || boundary < known)) first = boundary;
        }
    }
}
