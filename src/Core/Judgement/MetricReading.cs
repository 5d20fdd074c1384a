namespace Fairway.Judgement;

/// <summary>One metric's counts of both arms in one tick.</summary>
/// <param name="CandidateEvents">Events on the candidate.</param>
/// <param name="CandidateExposure">Requests, or seconds.</param>
/// <param name="StableEvents">Events on the stable arm.</param>
/// <param name="StableExposure">Requests, or seconds.</param>
internal readonly record struct MetricReading(long CandidateEvents, double CandidateExposure, long StableEvents, double StableExposure)
{
    // Beyond this a double no longer holds every whole number.
    private const double Most = 9e15;

    /// <summary>Events on either arm.</summary>
    public long Events => CandidateEvents + StableEvents;

    /// <summary>Whether the metric is a share of requests, else a rate over time.</summary>
    public static bool IsShare(MetricSource source) => source is not (MetricSource.Restarts or MetricSource.Rate);

    /// <summary>The counts that a metric is about; null when an arm has none or they make no sense.</summary>
    public static MetricReading? Of(MetricPolicy metric, ArmCounts candidate, ArmCounts stable)
    {
        if (Arm(metric, candidate) is not { } left || Arm(metric, stable) is not { } right) return null;
        return new(left.Events, left.Exposure, right.Events, right.Exposure);
    }

    /// <summary>One arm's counts; null when there are none or they make no sense.</summary>
    public static (long Events, double Exposure)? Arm(MetricPolicy metric, ArmCounts arm)
    {
        (long Events, double Exposure) read = metric.Source switch
        {
            MetricSource.Errors => (arm.Errors, arm.Requests),
            MetricSource.Timeouts => (arm.Timeouts, arm.Requests),
            MetricSource.Resets => (arm.Resets, arm.Requests),
            MetricSource.AboveP95 => (arm.AboveP95, arm.Timed),
            MetricSource.AboveP99 => (arm.AboveP99, arm.Timed),
            MetricSource.Restarts => (arm.Restarts, arm.InstanceSeconds),
            MetricSource.Share or MetricSource.Rate => Queried(metric.Name, arm),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        var isSound = read.Events >= 0 && read.Events <= Most && read.Exposure > 0 && read.Exposure <= Most
            && (!IsShare(metric.Source) || (read.Exposure >= read.Events && Math.Floor(read.Exposure) == read.Exposure));
        return isSound ? read : null;
    }

    private static (long Events, double Exposure) Queried(string name, ArmCounts arm)
    {
        if (!arm.Queried.IsDefaultOrEmpty)
            foreach (var count in arm.Queried)
                if (count.Name == name) return (count.Events, count.Exposure);
        return (0, 0);
    }
}
