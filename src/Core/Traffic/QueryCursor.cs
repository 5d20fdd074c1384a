using System.Text.Json.Serialization;
using Fairway.Judgement;
using NodaTime;

namespace Fairway.Traffic;

/// <summary>How far one release's cumulative values are used up.</summary>
/// <param name="Used">Values used up: what is above them is new. Events and totals are used in whole numbers, the rest stays.</param>
/// <param name="Last">The values last seen; one that falls began anew.</param>
/// <param name="Seconds">Time that instances ran since <paramref name="Used"/>, in seconds, summed over them.</param>
public sealed record QueriedArm(QueriedValue Used, QueriedValue Last, double Seconds);

/// <summary>
/// How far a queried metric's values of both releases are used up. Both go together: a count speaks only beside the other release's count
/// of the same time.
/// </summary>
/// <param name="From">When the values used up were asked for.</param>
/// <param name="At">When the values last looked at were asked for.</param>
/// <param name="Candidate">Null while the source has no value of it.</param>
/// <param name="Stable">Null while the source has no value of it.</param>
public sealed record QueryCursor(Instant From, Instant At, QueriedArm? Candidate, QueriedArm? Stable)
{
    // Beyond this a double no longer holds every whole number.
    private const double Most = 9e15;

    /// <summary>Whether both values are known.</summary>
    [JsonIgnore]
    public bool IsKnown => Candidate is not null && Stable is not null;

    /// <summary>A cursor at values, all of them taken as used up.</summary>
    public static QueryCursor Start(Instant at, QueriedReading reading) => new(at, at, Begin(reading.Candidate), Begin(reading.Stable));

    /// <summary>Time in which instances ran.</summary>
    /// <param name="candidate">Seconds, summed over the candidate's instances.</param>
    /// <param name="stable">Seconds, summed over the stable release's instances.</param>
    public QueryCursor Ran(double candidate, double stable) => this with
    {
        Candidate = Candidate is null ? null : Candidate with { Seconds = Math.Round(Candidate.Seconds + candidate, 3) },
        Stable = Stable is null ? null : Stable with { Seconds = Math.Round(Stable.Seconds + stable, 3) },
    };

    /// <summary>
    /// What is new in a reading, and the cursor after it. A reading that is not later gives nothing. Where a value falls or is missing,
    /// counting begins anew without a count.
    /// </summary>
    /// <param name="at">When it was asked for.</param>
    /// <param name="reading">The values.</param>
    /// <param name="alone">The candidate has all traffic: its count does not wait for one of the stable release.</param>
    public (QueryCursor Next, MetricCount? Candidate, MetricCount? Stable) Advance(Instant at, QueriedReading reading, bool alone)
    {
        if (at <= At) return (this, null, null);
        var (left, right) = (Sound(reading.Candidate), Sound(reading.Stable));
        if (!Continues(Candidate, left) || !(alone || Continues(Stable, right))) return (Start(at, reading), null, null);
        var candidate = Gain(Candidate!, left!);
        if (alone)
        {
            var rest = right is null ? Stable : Begin(right);
            return candidate.Exposure > 0
                ? (new(at, at, Use(Candidate!, left!, candidate), rest), Count(reading.Metric, candidate), null)
                : (this with { At = at, Candidate = Candidate! with { Last = left! }, Stable = rest }, null, null);
        }
        var stable = Gain(Stable!, right!);
        // Sources learn of releases at different moments: a count waits until there is one beside it.
        if (candidate.Exposure <= 0 || stable.Exposure <= 0)
            return (this with { At = at, Candidate = Candidate! with { Last = left! }, Stable = Stable! with { Last = right! } }, null, null);
        return (new(at, at, Use(Candidate!, left!, candidate), Use(Stable!, right!, stable)), Count(reading.Metric, candidate), Count(reading.Metric, stable));
    }

    private static QueriedArm? Begin(QueriedValue? value) => Sound(value) is { } sound ? new(sound, sound, 0) : null;

    private static QueriedValue? Sound(QueriedValue? value)
        => value is { Events: >= 0 and <= Most, Total: null or (>= 0 and <= Most) } ? value : null;

    private static bool Continues(QueriedArm? before, QueriedValue? now)
        => before is not null && now is not null && now.Events >= before.Last.Events && (now.Total is null) == (before.Last.Total is null)
            && !(now.Total < before.Last.Total);

    // An event that is seen a moment before its total comes with the total.
    private static (double Events, double Exposure) Gain(QueriedArm before, QueriedValue now)
    {
        var events = Math.Floor(now.Events - before.Used.Events);
        if (now.Total is not { } total) return (events, before.Seconds);
        var exposure = Math.Floor(total - before.Used.Total!.Value);
        return (Math.Min(events, exposure), exposure);
    }

    private static QueriedArm Use(QueriedArm before, QueriedValue now, (double Events, double Exposure) gained)
        => new(new(before.Used.Events + gained.Events, now.Total is null ? null : before.Used.Total + gained.Exposure), now, 0);

    private static MetricCount Count(string metric, (double Events, double Exposure) gained) => new(metric, (long)gained.Events, gained.Exposure);
}
