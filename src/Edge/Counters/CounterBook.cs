using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Edge.Health;
using Fairway.Traffic;

namespace Fairway.Edge.Counters;

/// <summary>
/// Every row of counters. The row of an instance that left the table stays until it was read twice and ten minutes have passed, so that a reader that missed
/// one look loses no count.
/// </summary>
internal sealed class CounterBook(TimeProvider time)
{
    private const int MinReads = 2;
    private const int MaxDeparted = 10_000;
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<CounterKey, Entry> _rows = new();
    private readonly Lock _reading = new();

    /// <summary>The row of that key, as it was left or new.</summary>
    public CounterRow Row(CounterKey key, string version)
    {
        lock (_reading)
        {
            return _rows.GetOrAdd(key, static (key, version) => new Entry(new CounterRow(key, version)), version).Row;
        }
    }

    /// <summary>All rows now, ordered by their key.</summary>
    /// <param name="instances">Who holds something in flight.</param>
    /// <param name="service">Only this service's rows; null is all.</param>
    /// <param name="accounted">The reader keeps account of what it read: only such reads let departed rows go.</param>
    public ImmutableArray<CountedRow> Read(IEnumerable<InstanceRuntime> instances, ServiceKey? service, bool accounted)
    {
        lock (_reading)
        {
            var holders = instances.ToLookup(instance => instance.Row);
            LetGo(holders);
            var rows = ImmutableArray.CreateBuilder<CountedRow>(_rows.Count);
            foreach (var (key, entry) in _rows)
            {
                if (service is not null && (key.Environment != service.Environment || key.Service != service.Service)) continue;
                // Gauges first: an exchange is counted before it stops being in flight, so what is read as ended is in the counts.
                var (inFlight, upgraded) = (holders[entry.Row].Sum(holder => holder.InFlightCount), holders[entry.Row].Sum(holder => holder.UpgradedCount));
                rows.Add(new(entry.Row.Read(inFlight, upgraded), entry.Row.LatencyMicroseconds));
                if (accounted && entry.DepartedAt is not null) entry.Reads++;
            }
            rows.Sort(static (left, right) => string.CompareOrdinal(NameOf(left.Counters), NameOf(right.Counters)));
            return rows.DrainToImmutable();
        }
    }

    private void LetGo(ILookup<CounterRow, InstanceRuntime> holders)
    {
        var departed = new List<(CounterKey Key, long At)>();
        foreach (var (key, entry) in _rows)
        {
            if (holders.Contains(entry.Row))
            {
                entry.DepartedAt = null;
                continue;
            }
            if (entry.DepartedAt is not { } at) (entry.DepartedAt, entry.Reads) = (at = time.GetTimestamp(), 0);
            if (entry.Reads >= MinReads && time.GetElapsedTime(at) >= MinAge) _rows.TryRemove(key, out _);
            else departed.Add((key, at));
        }
        // Nobody reads: memory is bounded all the same, and the oldest go first.
        foreach (var (key, _) in departed.OrderBy(row => row.At).Take(Math.Max(0, departed.Count - MaxDeparted))) _rows.TryRemove(key, out _);
    }

    private static string NameOf(InstanceCounters row) => $"{row.Environment}\0{row.Service}\0{row.Release}\0{row.Instance}";

    private sealed class Entry(CounterRow row)
    {
        public CounterRow Row { get; } = row;

        public long? DepartedAt { get; set; }

        public int Reads { get; set; }
    }
}

/// <summary>A row as read.</summary>
/// <param name="Counters">Its counters.</param>
/// <param name="LatencyMicroseconds">Sum of the latencies counted in it.</param>
internal readonly record struct CountedRow(InstanceCounters Counters, long LatencyMicroseconds);
