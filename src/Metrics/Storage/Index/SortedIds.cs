using System.Numerics;

namespace Fairway.Metrics.Storage;

/// <summary>Set operations on rising lists of numbers.</summary>
internal static class SortedIds
{
    /// <summary>What is in both. The shorter list leads, the longer is searched in leaps.</summary>
    public static int[] Intersect(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.Length > b.Length)
        {
            var swap = a;
            a = b;
            b = swap;
        }

        var both = new int[a.Length];
        int count = 0, at = 0;
        foreach (var id in a)
        {
            at = Leap(b, at, id);
            if (at == b.Length) break;
            if (b[at] == id) both[count++] = id;
        }

        return count == both.Length ? both : both[..count];
    }

    /// <summary>What is in the first and not in the second.</summary>
    public static int[] Subtract(ReadOnlySpan<int> from, ReadOnlySpan<int> gone)
    {
        var left = new int[from.Length];
        int count = 0, at = 0;
        foreach (var id in from)
        {
            at = Leap(gone, at, id);
            if (at == gone.Length || gone[at] != id) left[count++] = id;
        }

        return count == left.Length ? left : left[..count];
    }

    /// <summary>What is in any of several lists that share nothing.</summary>
    public static ReadOnlyMemory<int> Union(IReadOnlyList<ReadOnlyMemory<int>> lists)
    {
        if (lists.Count == 0) return default;
        if (lists.Count == 1) return lists[0];
        int total = 0, most = 0;
        foreach (var list in lists)
        {
            total += list.Length;
            if (list.Length > 0) most = Math.Max(most, list.Span[^1]);
        }

        var all = new int[total];
        if (total >= 512 && most / 64 < total)
        {
            FillByBits(lists, most, all);
            return all;
        }

        var at = 0;
        foreach (var list in lists)
        {
            list.Span.CopyTo(all.AsSpan(at));
            at += list.Length;
        }

        Array.Sort(all);
        return all;
    }

    private static void FillByBits(IReadOnlyList<ReadOnlyMemory<int>> lists, int most, int[] all)
    {
        var bits = new ulong[(most >> 6) + 1];
        foreach (var list in lists)
        {
            foreach (var id in list.Span) bits[id >> 6] |= 1UL << (id & 63);
        }

        var at = 0;
        for (var i = 0; i < bits.Length; i++)
        {
            for (var word = bits[i]; word != 0; word &= word - 1) all[at++] = (i << 6) + BitOperations.TrailingZeroCount(word);
        }
    }

    // The first position from `at` on whose number is not less.
    private static int Leap(ReadOnlySpan<int> ids, int at, int id)
    {
        if (at == ids.Length || ids[at] >= id) return at;
        var step = 1;
        while (at + step < ids.Length && ids[at + step] < id)
        {
            at += step;
            step <<= 1;
        }

        var (low, high) = (at + 1, Math.Min(at + step, ids.Length));
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (ids[middle] < id) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
