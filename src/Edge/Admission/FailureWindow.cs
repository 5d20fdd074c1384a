namespace Fairway.Edge.Admission;

/// <summary>Exchanges and failures of the last ten whole seconds, counted without locks: each second is one word of (second, total, failed).</summary>
internal sealed class FailureWindow
{
    private const int Seconds = 10;
    private const int CountBits = 22;
    private const long CountMask = (1L << CountBits) - 1;
    private const long SecondMask = (1L << (64 - (2 * CountBits))) - 1;

    private readonly long[] _cells = new long[Seconds];

    /// <summary>Counts one exchange in the given second and returns the window's sums.</summary>
    public (long Total, long Failed) Add(long second, bool failed)
    {
        ref var cell = ref _cells[(int)((ulong)second % Seconds)];
        var tag = second & SecondMask;
        while (true)
        {
            var old = Interlocked.Read(ref cell);
            var (total, failures) = TagOf(old) == tag ? (TotalOf(old), FailedOf(old)) : (0, 0);
            // Four million in a second: halving keeps the share, and that is all the window is asked for.
            if (total == CountMask) (total, failures) = (total / 2, failures / 2);
            var next = (tag << (2 * CountBits)) | ((total + 1) << CountBits) | (failures + (failed ? 1 : 0));
            if (Interlocked.CompareExchange(ref cell, next, old) == old) break;
        }
        return failed ? Sum(second) : (0, 0);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        for (var i = 0; i < _cells.Length; i++) Interlocked.Exchange(ref _cells[i], 0);
    }

    private (long Total, long Failed) Sum(long second)
    {
        long total = 0, failures = 0;
        for (var back = 0; back < Seconds; back++)
        {
            var cell = Interlocked.Read(ref _cells[(int)((ulong)(second - back) % Seconds)]);
            if (TagOf(cell) != ((second - back) & SecondMask)) continue;
            total += TotalOf(cell);
            failures += FailedOf(cell);
        }
        return (total, failures);
    }

    private static long TagOf(long cell) => (cell >>> (2 * CountBits)) & SecondMask;

    private static long TotalOf(long cell) => (cell >>> CountBits) & CountMask;

    private static long FailedOf(long cell) => cell & CountMask;
}
