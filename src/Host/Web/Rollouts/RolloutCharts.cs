using Fairway.Rollouts;
using Fairway.Web.Charts;

namespace Fairway.Web;

/// <summary>A rollout's charts. All have the same time axis and the same marks.</summary>
internal static class RolloutCharts
{
    // Powers of ten.
    private static readonly int[] Powers = [0, 1, 2, 4, 6, 9, 12, 15];

    /// <summary>The share of traffic, and the plan's steps as grid lines.</summary>
    public static Chart Weight(RolloutView view, RolloutPicture picture) => Frame(view, picture) with
    {
        Title = "Share of traffic on " + view.Summary.Version,
        Times = [.. picture.Weights.Select(weight => weight.At)],
        Lines = [new(view.Summary.Version, "candidate", [.. picture.Weights.Select(weight => (double?)weight.Percent)], IsStepped: true)],
        Ticks = [.. view.Rollout.Steps.Select(step => step.Weight).Append(0).Append(100).Distinct().Order()],
        Most = 105,
        Format = Say.Percent,
        Height = 110,
    };

    /// <summary>Requests per second of each arm.</summary>
    public static Chart Traffic(RolloutView view, RolloutPicture picture) => Frame(view, picture) with
    {
        Title = "Requests per second",
        Lines = Arms(view, picture, tick => tick.Rate(tick.Stable), tick => tick.Rate(tick.Candidate)),
        Format = number => Say.Rate(number),
        AtLeast = 1,
        Empty = "no request yet",
    };

    /// <summary>Failed share of each arm.</summary>
    public static Chart Errors(RolloutView view, RolloutPicture picture) => Frame(view, picture) with
    {
        Title = "Failed requests",
        Lines = Arms(view, picture, tick => TraceTick.Errors(tick.Stable), tick => TraceTick.Errors(tick.Candidate)),
        Format = share => Say.Share(share),
        AtLeast = 0.01,
        Empty = "no request yet",
    };

    /// <summary>How sure the judge is, on a logarithmic scale, against what it takes; null when nothing is compared.</summary>
    public static Chart? Evidence(RolloutView view, RolloutPicture picture)
    {
        if (view.Rollout.Evidence is not { } evidence || picture.State.Rollout?.JudgePolicy is not { } policy) return null;
        var proven = -Math.Log(policy.FalseSafe);
        double?[] worse = [.. picture.Ticks.Select(tick => (double?)tick.LogWorse)];
        double?[] safe = [.. picture.Ticks.Select(tick => tick.LogSafe)];
        var most = Math.Max(evidence.LogThreshold, worse.Concat(safe).Max() ?? 0) * 1.12;
        return Frame(view, picture) with
        {
            Title = "Judge's evidence (e-value)",
            Lines = [new("that it is worse", "bad", worse), new("that it is safe", "good", safe)],
            Levels =
            [
                new(evidence.LogThreshold, $"taken back at {EValueText.Of(evidence.LogThreshold)}", "bad"),
                new(proven, $"proven safe at {EValueText.Of(proven)}", "good"),
            ],
            Least = -1.2,
            Most = Math.Min(most, 40),
            Ticks = [.. Powers.Select(power => power * Math.Log(10)).Where(tick => tick < Math.Min(most, 40))],
            Format = EValueText.Of,
            Height = 190,
            Empty = "nothing judged yet: it takes requests to both releases at the same time",
        };
    }

    private static Chart Frame(RolloutView view, RolloutPicture picture)
    {
        var from = view.Summary.StartedAt.ToUnixTimeMilliseconds();
        var last = Math.Max(picture.Ticks.IsEmpty ? from : picture.Ticks[^1].To, picture.Story.IsEmpty ? from : picture.Story[^1].At.ToUnixTimeMilliseconds());
        return new()
        {
            Title = "",
            Times = [.. picture.Ticks.Select(tick => tick.To)],
            Lines = [],
            Marks = picture.Marks,
            From = from,
            Until = view.Summary.EndedAt?.ToUnixTimeMilliseconds() ?? last,
        };
    }

    private static ChartLine[] Arms(RolloutView view, RolloutPicture picture, Func<TraceTick, double?> stable, Func<TraceTick, double?> candidate)
    {
        var arms = new List<ChartLine>(2);
        if (view.Summary.PreviousVersion is { } before) arms.Add(new(before + " (stable)", "stable", [.. picture.Ticks.Select(stable)]));
        arms.Add(new(view.Summary.Version, "candidate", [.. picture.Ticks.Select(candidate)]));
        return [.. arms];
    }
}
