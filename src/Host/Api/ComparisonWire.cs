using Fairway.Baselines;
using Fairway.Client.Wire;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Comparisons as the API writes them.</summary>
internal static class ComparisonWire
{
    /// <summary>One that is in the ledger.</summary>
    public static ComparisonInfo Of(ComparedRow row)
    {
        var compared = row.Compared;
        return new(compared.Rollout, ComparisonStates.Compared, compared.Release.Digest, compared.Release.Version, compared.Stable?.Version, RolloutWire.Name(compared.Outcome),
            RolloutWire.Of(compared.Why), Of(compared.Before), Of(compared.After), [.. compared.Changes.Select(change => Of(change, row.UsualOf(change)))], RolloutWire.At(compared.At));
    }

    /// <summary>One that is still being measured, as far as it is.</summary>
    public static ComparisonInfo Of(RolloutRow row, PendingComparison pending, JudgeMemory? memory, PastReleases past)
    {
        var (opened, after) = (pending.Opened, pending.After(isLast: false));
        var known = new ComparedRow(new(opened.Rollout, opened.Number, opened.Release, opened.Stable, opened.IsRollback, row.Phase, opened.Before, after,
            WindowComparison.Compare(opened.Before, after, memory), Why.Because("still-measuring", "{version} is being measured{since}", ("version", opened.Release.Version),
                ("since", after is null ? ": it has not all the traffic yet" : $", {BaselineWords.Time(after.Length)} so far")), row.StartedAt), past.Usual);
        return Of(known) with { State = ComparisonStates.Measuring, At = null };
    }

    /// <summary>Of a rollout that was not measured.</summary>
    public static ComparisonInfo None(RolloutRow row)
    {
        var why = row.EndedAt is null ? Why.Because("not-yet-measured", "{version} has had no traffic yet", ("version", row.Release.Version))
            : Why.Because("never-measured", "{version} was not measured: it had no traffic, or was shipped before comparisons were made", ("version", row.Release.Version));
        return new(row.Id, ComparisonStates.None, row.Release.Digest, row.Release.Version, row.Previous?.Version, RolloutWire.Name(row.Phase), RolloutWire.Of(why), null, null, []);
    }

    /// <summary>What is usual, beside a value when there is one.</summary>
    public static UsualInfo Of(UsualValue usual, MetricChange? beside) => new(usual.Metric, RolloutWire.Name(usual.Kind), new(usual.Value, BaselineWords.Value(usual.Kind, usual.Value)), usual.Spread,
        usual.Releases, beside?.After is { } value && usual.IsWorse(value), beside is null ? null : BaselineWords.Beside(beside, usual));

    private static MetricComparisonInfo Of(MetricChange change, UsualValue? usual) => new(
        change.Metric, RolloutWire.Name(change.Kind), Of(change.Kind, change.Before), Of(change.Kind, change.After), RolloutWire.Name(change.Says), change.Relative,
        change.Evidence?.Ratio, change.Evidence?.Low, change.Evidence?.High, usual is null ? null : Of(usual, change));

    private static MeasuredInfo? Of(MeasureKind kind, double? value) => value is { } number ? new(number, BaselineWords.Value(kind, number)) : null;

    private static WindowInfo? Of(MeasuredWindow? window)
        => window is null ? null : new(RolloutWire.At(window.From), RolloutWire.At(window.To), window.Requests, window.Short?.Sentence);
}
