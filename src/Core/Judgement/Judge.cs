using System.Text.Json.Serialization;
using Fairway.Judgement.Statistics;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>What the evidence says of a candidate.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Neither proven. Silence is never a pass nor a failure.</summary>
    InsufficientEvidence,

    /// <summary>Proven no worse than the margin.</summary>
    Safe,

    /// <summary>Worse: take it back.</summary>
    Regressed,
}

/// <summary>Judges a candidate by raw counts. The same ticks under the same policy give the same verdict forever.</summary>
/// <remarks>
/// Two questions on the same counts. *Worse?* per metric an e-process on the odds ratio (or ratio of rates) of candidate to concurrent
/// stable traffic; their mean, weighted
/// by the metrics' parts, is an e-process too, and at 1/α the candidate is Regressed: the probability that this ever happens to a release
/// no worse than tolerated is at
/// most α (J. Ville 1939; weighted means: V. Vovk and R. Wang, Annals of Statistics 49, 2021). *Good enough?* the mirrored test against the
/// margin, for every metric that
/// has one (an intersection-union test, so nothing is split).
/// </remarks>
public static class Judge
{
    /// <summary>
    /// The ceiling looks at the latest ticks that span at least this long and hold at least the policy's number of requests.
    /// </summary>
    public static readonly Duration Window = Duration.FromSeconds(10);

    /// <summary>One more tick. A tick that is not later than the last one, or whose counts make no sense, changes nothing.</summary>
    /// <param name="policy">The same throughout a rollout.</param>
    /// <param name="state"><see cref="JudgeState.Begin"/>, then what the last answer said.</param>
    /// <param name="tick">The counts.</param>
    public static JudgeAnswer Observe(JudgePolicy policy, JudgeState state, JudgeTick tick)
    {
        if (!IsSound(tick))
            return new(state, Verdict.InsufficientEvidence, Why.Because("unusable-counts",
                "these counts make no sense and were left out: {requests} requests, {errors} errors",
                ("requests", tick.Candidate.Requests), ("errors", tick.Candidate.Errors)));
        if (!state.Recent.IsEmpty && tick.To <= state.Recent[^1].To)
            return new(state, Verdict.InsufficientEvidence, Why.Because("late-tick", "counts up to {until} were looked at before",
                ("until", state.Recent[^1].To)));

        var next = Add(policy, state, tick);
        var verdict = Conclude(policy, next, tick.Stable is not null);
        return new(next, verdict, Say(policy, next, tick.Stable is not null, verdict));
    }

    /// <summary>As <see cref="Observe"/>, without the words: for going through many past ticks.</summary>
    /// <param name="policy">The same throughout a rollout.</param>
    /// <param name="state">The state before.</param>
    /// <param name="tick">The counts.</param>
    public static (JudgeState Next, Verdict Verdict) Advance(JudgePolicy policy, JudgeState state, JudgeTick tick)
    {
        if (!IsSound(tick) || (!state.Recent.IsEmpty && tick.To <= state.Recent[^1].To)) return (state, Verdict.InsufficientEvidence);
        var next = Add(policy, state, tick);
        return (next, Conclude(policy, next, tick.Stable is not null));
    }

    private static JudgeState Add(JudgePolicy policy, JudgeState state, JudgeTick tick)
    {
        var recent = Shorten(state.Recent.Add(Recent(tick)), policy, tick.To);
        var isOverlapping = !state.Recent.IsEmpty && tick.From < state.Recent[^1].To;
        var next = state with
        {
            Candidate = state.Candidate + tick.Candidate, Stable = state.Stable + (tick.Stable ?? ArmCounts.None), Recent = recent,
        };
        return !policy.Metrics.IsEmpty && !isOverlapping ? Compare(policy, next, tick) : next;
    }

    /// <summary>The evidence on each metric, for people and for the record.</summary>
    public static ImmutableArray<MetricEvidence> Weigh(JudgePolicy policy, JudgeState state)
        => [.. policy.Metrics.Select(metric => MetricEvidence.Of(policy, metric, StateOf(state, metric)))];

    /// <summary>Natural logarithm of the evidence of a regression over all metrics; Regressed at <see cref="LogThreshold"/>.</summary>
    public static double LogEvidence(JudgePolicy policy, JudgeState state)
    {
        if (state.Metrics.IsEmpty) return 0;
        var guarded = policy.Guard > Duration.Zero ? GuardWatch.Part : 0;
        var (total, sum) = (0.0, WeightSum(policy));
        for (var i = 0; i < policy.Metrics.Length; i++)
        {
            var metric = policy.Metrics[i];
            var known = i < state.Metrics.Length && state.Metrics[i].Name == metric.Name ? state.Metrics[i] : StateOf(state, metric);
            var part = PartOf(policy, metric, sum);
            total += part * (1 - guarded) * Linear(known.LogEvidence);
            total += part * guarded * Linear(known.LogGuard ?? 0);
        }
        return Math.Log(total);
    }

    /// <summary>ln 1/α.</summary>
    public static double LogThreshold(JudgePolicy policy) => -Math.Log(policy.FalseRollback);

    /// <summary>A metric's part of the false-rollback probability, 0 to 1.</summary>
    public static double PartOf(JudgePolicy policy, MetricPolicy metric) => PartOf(policy, metric, WeightSum(policy));

    /// <summary>
    /// Whether every metric that has a margin is proven below it, and the requests are split as they should be.
    /// </summary>
    public static bool IsProvenSafe(JudgePolicy policy, JudgeState state)
    {
        var asked = 0;
        foreach (var metric in policy.Metrics)
        {
            if (metric.Margin is null) continue;
            asked++;
            if (StateOf(state, metric).LogSafety < -Math.Log(policy.FalseSafe)) return false;
        }
        return asked > 0 && !SampleRatio.IsWrong(state.SampleRatio);
    }

    // Above any threshold, and within a double.
    private const double Beyond = 600;

    // Counts beyond this are no counts; sums of them must not overflow.
    private const double Most = 1L << 50;

    private const int MostRecent = 60;

    // Most metrics have no events most of the time.
    private static double Linear(double log) => log == 0 ? 1 : Math.Exp(Math.Min(log, Beyond));

    private static double WeightSum(JudgePolicy policy)
    {
        var sum = 0.0;
        foreach (var one in policy.Metrics) sum += Math.Max(0, one.Weight);
        return sum;
    }

    private static double PartOf(JudgePolicy policy, MetricPolicy metric, double sum)
        => sum > 0 ? Math.Max(0, metric.Weight) / sum : 1.0 / policy.Metrics.Length;

    private static JudgeState Compare(JudgePolicy policy, JudgeState state, JudgeTick tick)
    {
        if (state.Metrics.IsEmpty)
            state = JudgeState.Begin(policy, null) with { Candidate = state.Candidate, Stable = state.Stable, Recent = state.Recent };
        var instances = Math.Max(state.Instances, Math.Max(1, tick.Instances));
        var warmUp = state.WarmUpLeft + (instances - state.Instances) * Math.Max(0, policy.WarmUpRequests);
        var isWarm = warmUp == 0;
        state = state with { Instances = instances, WarmUpLeft = Math.Max(0, warmUp - tick.Candidate.Requests) };
        if (tick.Mixed) return state;

        var length = Duration.FromMilliseconds((long)(tick.To - tick.From).TotalMilliseconds);
        var isConcurrent = tick.Stable is { Requests: > 0 };
        var isAlone = tick.Weight == Weight.Full && !isConcurrent;
        var metrics = state.Metrics.ToBuilder();
        for (var i = 0; i < policy.Metrics.Length && i < metrics.Count; i++)
        {
            var metric = policy.Metrics[i];
            if (!isWarm && metric.Source is MetricSource.AboveP95 or MetricSource.AboveP99) continue;
            if (isAlone) metrics[i] = GuardWatch.Add(metrics[i], metric, policy, tick.Candidate, length);
            else if (tick.Stable is { } stable && MetricReading.Of(metric, tick.Candidate, stable) is { } reading)
                metrics[i] = Comparison.Add(metrics[i], metric, reading, state.Reserve);
        }
        state = state with
        {
            Metrics = metrics.MoveToImmutable(),
            Weight = tick.Weight,
            AtWeight = Duration.Min(JudgePace.NewFor, tick.Weight == state.Weight ? state.AtWeight + length : length),
            Shifted = state.Shifted || (tick.Weight != state.Weight && state.Weight > Weight.Zero),
            SampleRatio = isConcurrent && tick.Weight > Weight.Zero && tick.Weight < Weight.Full
                ? SampleRatio.Add(state.SampleRatio, tick.Weight.BasisPoints / 10_000.0, tick.Candidate.Requests,
                    tick.Candidate.Requests + tick.Stable!.Requests)
                : state.SampleRatio,
        };
        return Elapse(policy, state, length);
    }

    // Blocks are measured by the ticks' own lengths: a clock that steps moves none of them.
    private static JudgeState Elapse(JudgePolicy policy, JudgeState state, Duration length)
    {
        var elapsed = state.BlockElapsed + length;
        if (elapsed < Comparison.Block) return state with { BlockElapsed = elapsed };
        var invest = state.Reserve * (state.Shifted ? Bets.PerShift : Bets.PerBlock);
        var reserve = Math.Max(1e-9, Math.Round(state.Reserve - invest, 9));
        var metrics = state.Metrics.ToBuilder();
        for (var i = 0; i < policy.Metrics.Length && i < metrics.Count; i++)
            metrics[i] = Comparison.Close(metrics[i], policy.Metrics[i], invest, reserve);
        return state with { BlockElapsed = Duration.Zero, Reserve = reserve, Shifted = false, Metrics = metrics.MoveToImmutable() };
    }

    private static Verdict Conclude(JudgePolicy policy, JudgeState state, bool hasStable)
    {
        if (Ceiling.Of(policy, state.Recent).Verdict == Verdict.Regressed) return Verdict.Regressed;
        if (policy.Metrics.IsEmpty) return Verdict.InsufficientEvidence;
        if (LogEvidence(policy, state) >= LogThreshold(policy)) return Verdict.Regressed;
        return hasStable && IsProvenSafe(policy, state) ? Verdict.Safe : Verdict.InsufficientEvidence;
    }

    private static Why Say(JudgePolicy policy, JudgeState state, bool hasStable, Verdict verdict)
    {
        var ceiling = Ceiling.Of(policy, state.Recent);
        if (policy.Metrics.IsEmpty || ceiling.Verdict == Verdict.Regressed) return ceiling.Why;
        if (verdict == Verdict.Regressed) return Reasons.Regressed(policy, state);
        if (!hasStable) return Reasons.NothingToCompare(ceiling.Why);
        if (SampleRatio.IsWrong(state.SampleRatio)) return Reasons.WrongSplit(state);
        return verdict == Verdict.Safe ? Reasons.Safe(policy, state) : Reasons.NotEnough(policy, state);
    }

    private static bool IsSound(JudgeTick tick)
        => tick.To >= tick.From && IsSound(tick.Candidate) && (tick.Stable is null || IsSound(tick.Stable));

    private static bool IsSound(ArmCounts arm)
        => arm.Errors >= 0 && arm.Requests >= arm.Errors && arm.Requests < Most && IsSmall(arm.InstanceSeconds) && IsSmall(arm.Timeouts)
            && IsSmall(arm.Resets) && IsSmall(arm.Timed) && IsSmall(arm.AboveP95) && IsSmall(arm.AboveP99) && IsSmall(arm.Restarts)
            && (arm.Queried.IsDefaultOrEmpty || arm.Queried.All(count => IsSmall(count.Events) && IsSmall(count.Exposure)));

    // False for what is no number.
    private static bool IsSmall(double count) => count is < Most and > -Most;

    private static MetricState StateOf(JudgeState state, MetricPolicy metric)
    {
        foreach (var known in state.Metrics)
            if (known.Name == metric.Name) return known;
        return new(metric.Name) { Noise = ArmNoise.Pick([]) };
    }

    private static RecentTick Recent(JudgeTick tick)
        => new(tick.To, new(tick.Candidate.Requests, tick.Candidate.Errors))
        {
            StableRequests = tick.Stable?.Requests ?? 0, StableErrors = tick.Stable?.Errors ?? 0,
        };

    private static ImmutableArray<RecentTick> Shorten(ImmutableArray<RecentTick> ticks, JudgePolicy policy, Instant now)
    {
        long requests = 0;
        foreach (var tick in ticks) requests += tick.Counts.Requests;
        var first = 0;
        while (first < ticks.Length - 1 && now - ticks[first].To >= Window && requests - ticks[first].Counts.Requests >= policy.MinRequests)
            requests -= ticks[first++].Counts.Requests;
        if (first > 0) ticks = ticks[first..];
        // A candidate with hardly a request would gather ticks for hours: the oldest two become one.
        while (ticks.Length > MostRecent) ticks = ticks.RemoveAt(0).SetItem(0, Merged(ticks[0], ticks[1]));
        return ticks;
    }

    private static RecentTick Merged(RecentTick older, RecentTick newer)
        => newer with { Counts = older.Counts + newer.Counts, StableRequests = older.StableRequests + newer.StableRequests, StableErrors = older.StableErrors + newer.StableErrors };
}
