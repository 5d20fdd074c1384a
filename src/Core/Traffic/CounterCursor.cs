using Fairway.Judgement;
using NodaTime;

namespace Fairway.Traffic;

/// <summary>
/// How far an edge's cumulative counters are used up. Kept in the ledger together with what was made of them, each request is used exactly once,
/// whoever crashes meanwhile.
/// </summary>
/// <param name="Epoch">The edge's run that the counts belong to.</param>
/// <param name="At">When they were read.</param>
/// <param name="Used">Counts used up, by instance id.</param>
public sealed record CounterCursor(string Epoch, Instant At, ImmutableSortedDictionary<string, ArmCounts> Used)
{
    /// <summary>Everything in the counters taken as used up.</summary>
    public static CounterCursor Start(string epoch, ImmutableArray<InstanceCounters> counters, Instant now) => new(epoch, now, Read(counters));

    /// <summary>
    /// The counts since this cursor, by release digest, and the cursor after them. Another epoch, or a counter that went back, starts at 0: what was counted
    /// since then is new.
    /// </summary>
    public (CounterCursor Next, ImmutableSortedDictionary<string, ArmCounts> Delta) Advance(
        string epoch, ImmutableArray<InstanceCounters> counters, Instant now)
    {
        var next = Read(counters);
        var delta = ImmutableSortedDictionary.CreateBuilder<string, ArmCounts>(StringComparer.Ordinal);
        foreach (var row in counters)
        {
            var current = next[row.Instance];
            var used = epoch == Epoch && Used.TryGetValue(row.Instance, out var before) && before.Requests <= current.Requests && before.Errors <= current.Errors
                ? before : ArmCounts.None;
            var gained = new ArmCounts(current.Requests - used.Requests, current.Errors - used.Errors);
            if (gained.Requests == 0 && gained.Errors == 0) continue;
            delta[row.Release] = delta.TryGetValue(row.Release, out var sum) ? sum + gained : gained;
        }
        return (new(epoch, now, next), delta.ToImmutable());
    }

    /// <summary>
    /// An instance's attempts and failures. An attempt that the edge tried again elsewhere counts as a failed one of this instance, whatever the client saw.
    /// A failure that was answered is in 5xx too and must not count twice; how many were is not known, so the larger of the two is taken.
    /// </summary>
    public static ArmCounts CountsOf(InstanceCounters row)
    {
        long finished = 0;
        for (var i = 1; i < row.Requests.Length; i++) finished += row.Requests[i];
        var answered = row.Requests.Length > 5 ? row.Requests[5] : 0;
        var notRetried = Math.Max(0, row.ConnectFailures + row.Resets + row.Timeouts - row.Retries);
        var requests = finished + row.Retries;
        return new(requests, Math.Min(requests, row.Retries + Math.Max(answered, notRetried)));
    }

    private static ImmutableSortedDictionary<string, ArmCounts> Read(ImmutableArray<InstanceCounters> counters)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, ArmCounts>(StringComparer.Ordinal);
        foreach (var row in counters)
            read[row.Instance] = read.TryGetValue(row.Instance, out var sum) ? sum + CountsOf(row) : CountsOf(row);
        return read.ToImmutable();
    }
}
