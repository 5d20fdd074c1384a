using System.Text.Json.Serialization;
using Fairway.Judgement;
using NodaTime;

namespace Fairway.Traffic;

/// <summary>An instance as the runtime has it, as far as it counts.</summary>
/// <param name="Instance">Instance id.</param>
/// <param name="Release">The release's digest.</param>
/// <param name="Restarts">Starts after the first.</param>
/// <param name="IsRunning">Whether its program runs and is meant to.</param>
public readonly record struct InstanceRun(string Instance, string Release, int Restarts, bool IsRunning);

/// <summary>What an instance has gained since a cursor.</summary>
/// <param name="Instance">Instance id.</param>
/// <param name="Release">The release's digest.</param>
/// <param name="Counts">What is new.</param>
public readonly record struct InstanceGain(string Instance, string Release, ArmCounts Counts);

/// <summary>
/// How far an edge's cumulative counters are used up. Kept in the ledger together with what was made of them, each request is used exactly once,
/// whoever crashes meanwhile.
/// </summary>
/// <param name="Epoch">The edge's run that the counts belong to.</param>
/// <param name="At">When they were read.</param>
/// <param name="Used">Counts used up, by instance id.</param>
public sealed record CounterCursor(string Epoch, Instant At, ImmutableSortedDictionary<string, ArmCounts> Used)
{
    // Runs of the edge that are over; an answer of theirs is a late one.
    private const int MostEnded = 8;

    /// <summary>Where slow begins; null while latencies are not counted.</summary>
    public LatencyLine? Line { get; init; }

    /// <summary>Restarts used up, by instance id.</summary>
    public ImmutableSortedDictionary<string, int> Restarts { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Earlier runs of the edge, the latest last.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableList<string>? Ended { get; init; }

    /// <summary>How far the values of a metrics source are used up, by metric; null when none was asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableSortedDictionary<string, QueryCursor>? Queries { get; init; }

    /// <summary>Everything in the counters taken as used up.</summary>
    public static CounterCursor Start(string epoch, ImmutableArray<InstanceCounters> counters, Instant now) => Start(epoch, counters, [], null, now);

    /// <summary>Everything in the counters taken as used up.</summary>
    /// <param name="epoch">The edge's run.</param>
    /// <param name="counters">Its counters.</param>
    /// <param name="runs">The instances.</param>
    /// <param name="line">Where slow begins.</param>
    /// <param name="now">When they were read.</param>
    public static CounterCursor Start(
        string epoch, ImmutableArray<InstanceCounters> counters, ImmutableArray<InstanceRun> runs, LatencyLine? line, Instant now)
        => new(epoch, now, Read(counters, line)) { Line = line, Restarts = Read(runs) };

    /// <summary>
    /// The counts since this cursor, by release digest, and the cursor after them. Another epoch, or a counter that went back, starts at 0: what was counted
    /// since then is new.
    /// </summary>
    public (CounterCursor Next, ImmutableSortedDictionary<string, ArmCounts> Delta) Advance(
        string epoch, ImmutableArray<InstanceCounters> counters, Instant now)
        => Advance(epoch, counters, [], now);

    /// <inheritdoc cref="Advance(string, ImmutableArray{InstanceCounters}, Instant)"/>
    public (CounterCursor Next, ImmutableSortedDictionary<string, ArmCounts> Delta) Advance(
        string epoch, ImmutableArray<InstanceCounters> counters, ImmutableArray<InstanceRun> runs, Instant now)
    {
        var (next, gains) = Gain(epoch, counters, runs, now);
        var delta = ImmutableSortedDictionary.CreateBuilder<string, ArmCounts>(StringComparer.Ordinal);
        foreach (var gain in gains)
            delta[gain.Release] = delta.TryGetValue(gain.Release, out var sum) ? sum + gain.Counts : gain.Counts;
        return (next, delta.ToImmutable());
    }

    /// <summary>As <see cref="Advance(string, ImmutableArray{InstanceCounters}, Instant)"/>, by instance. An answer older than the cursor gives nothing.</summary>
    /// <param name="epoch">The edge's run.</param>
    /// <param name="counters">Its counters; an instance that is missing keeps what is used up of it.</param>
    /// <param name="runs">The instances: their restarts, and the time since the cursor for each that runs.</param>
    /// <param name="now">When they were read.</param>
    public (CounterCursor Next, ImmutableArray<InstanceGain> Gains) Gain(
        string epoch, ImmutableArray<InstanceCounters> counters, ImmutableArray<InstanceRun> runs, Instant now)
    {
        if (now < At || (epoch != Epoch && Ended is { } over && over.Contains(epoch))) return (this, []);
        var isSame = epoch == Epoch;
        var used = (isSame ? Used : ImmutableSortedDictionary<string, ArmCounts>.Empty).ToBuilder();
        var gains = ImmutableArray.CreateBuilder<InstanceGain>();
        var releases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in counters) releases[row.Instance] = row.Release;
        foreach (var (instance, current) in Read(counters, Line))
        {
            var before = used.TryGetValue(instance, out var known) && !WentBack(known, current) ? known : ArmCounts.None;
            var gained = Between(before, current);
            // What is not yet used of it stays: an error that is counted a moment before its request comes with the request.
            used[instance] = before + gained;
            if (gained != ArmCounts.None) gains.Add(new(instance, releases[instance], gained));
        }
        var ended = isSame ? Ended : [.. (Ended ?? []).Add(Epoch).TakeLast(MostEnded)];
        var next = this with { Epoch = epoch, At = now, Used = used.ToImmutable(), Restarts = Restarts.SetItems(Read(runs)), Ended = ended };
        AddRuns(gains, runs, now);
        return (next, gains.ToImmutable());
    }

    /// <summary>Latencies counted against this line from here on.</summary>
    public CounterCursor WithLine(LatencyLine line, ImmutableArray<InstanceCounters> counters)
    {
        var used = Used.ToBuilder();
        foreach (var (instance, current) in Read(counters, line))
        {
            var before = used.GetValueOrDefault(instance, ArmCounts.None);
            used[instance] = before with { Timed = current.Timed, AboveP95 = current.AboveP95, AboveP99 = current.AboveP99 };
        }
        return this with { Line = line, Used = used.ToImmutable() };
    }

    /// <summary>
    /// An instance's attempts and failures. An attempt that the edge tried again elsewhere counts as a failed one of this instance, whatever the client saw.
    /// A failure that was answered is in 5xx too and must not count twice; how many were is not known, so the larger of the two is taken.
    /// </summary>
    public static ArmCounts CountsOf(InstanceCounters row) => CountsOf(row, null);

    private static ArmCounts CountsOf(InstanceCounters row, LatencyLine? line)
    {
        long finished = 0;
        for (var i = 1; i < row.Requests.Length; i++) finished += row.Requests[i];
        var answered = row.Requests.Length > 5 ? row.Requests[5] : 0;
        var notRetried = Math.Max(0, row.ConnectFailures + row.Resets + row.Timeouts - row.Retries);
        var requests = finished + row.Retries;
        var (timed, above95, above99) = line?.Count(row.Latency) ?? default;
        return new(requests, Math.Min(requests, row.Retries + Math.Max(answered, notRetried)))
        {
            Timeouts = row.Timeouts, Resets = row.Resets, Timed = timed, AboveP95 = above95, AboveP99 = above99,
        };
    }

    private void AddRuns(ImmutableArray<InstanceGain>.Builder gains, ImmutableArray<InstanceRun> runs, Instant now)
    {
        // Whole milliseconds, as the ledger keeps them.
        var seconds = Math.Floor((now - At).TotalMilliseconds) / 1_000;
        foreach (var run in runs)
        {
            var before = Restarts.TryGetValue(run.Instance, out var known) && known <= run.Restarts ? known : 0;
            var gained = ArmCounts.None with { Restarts = run.Restarts - before, InstanceSeconds = run.IsRunning ? seconds : 0 };
            if (gained != ArmCounts.None) gains.Add(new(run.Instance, run.Release, gained));
        }
    }

    private static bool WentBack(ArmCounts before, ArmCounts current) => before.Requests > current.Requests || before.Errors > current.Errors
        || before.Timeouts > current.Timeouts || before.Resets > current.Resets || before.Timed > current.Timed || before.AboveP95 > current.AboveP95
        || before.AboveP99 > current.AboveP99;

    // Counters are read one after the other while they grow: an error may be seen a moment before its request.
    private static ArmCounts Between(ArmCounts before, ArmCounts current)
    {
        var requests = current.Requests - before.Requests;
        var timed = current.Timed - before.Timed;
        return new(requests, Math.Min(requests, current.Errors - before.Errors))
        {
            Timeouts = Math.Min(requests, current.Timeouts - before.Timeouts), Resets = Math.Min(requests, current.Resets - before.Resets), Timed = timed,
            AboveP95 = Math.Min(timed, current.AboveP95 - before.AboveP95), AboveP99 = Math.Min(timed, current.AboveP99 - before.AboveP99),
        };
    }

    private static ImmutableSortedDictionary<string, ArmCounts> Read(ImmutableArray<InstanceCounters> counters, LatencyLine? line)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, ArmCounts>(StringComparer.Ordinal);
        foreach (var row in counters)
            read[row.Instance] = read.TryGetValue(row.Instance, out var sum) ? sum + CountsOf(row, line) : CountsOf(row, line);
        return read.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, int> Read(ImmutableArray<InstanceRun> runs)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var run in runs) read[run.Instance] = run.Restarts;
        return read.ToImmutable();
    }
}
