namespace Fairway.Metrics.Storage;

/// <summary>Floats that are decimal numbers of few digits, as integers and one power of ten. Each is divided back and compared bit for bit, so nothing is lost; the few that are not (NaN, -0, stale markers) stand apart.</summary>
internal static class DecimalColumn
{
    /// <summary>Values that may stand apart.</summary>
    public const int MostApart = 8;

    /// <summary>The largest scale.</summary>
    public const int MostScale = 6;

    // Above this not every integer is a double.
    private const double MostInteger = 9007199254740992;

    /// <summary>10^0 to 10^<see cref="MostScale"/>.</summary>
    private static ReadOnlySpan<double> Powers => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

    /// <summary>Finds integers and a scale for a column.</summary>
    /// <param name="values">The column.</param>
    /// <param name="integers">As long: value × 10^scale; where a value stands apart, the integer before it.</param>
    /// <param name="apart">Positions that stand apart.</param>
    /// <param name="apartCount">How many.</param>
    /// <returns>The scale; -1 when there is none.</returns>
    public static int Find(ReadOnlySpan<double> values, Span<long> integers, Span<int> apart, out int apartCount)
    {
        var scale = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var needed = Scale(values[i], scale);
            if (needed > scale)
            {
                scale = needed;
                i = -1;
            }
            else if (needed < 0 && double.IsFinite(values[i]) && values[i] != 0) break;
        }

        apartCount = 0;
        var power = Powers[scale];
        var before = 0L;
        for (var i = 0; i < values.Length; i++)
        {
            if (TryInteger(values[i], power, out var integer)) before = integer;
            else
            {
                if (apartCount == MostApart) return -1;
                apart[apartCount++] = i;
            }

            integers[i] = before;
        }

        return scale;
    }

    /// <summary>Turns integers back into floats.</summary>
    public static void Restore(ReadOnlySpan<long> integers, int scale, Span<double> values)
    {
        if (scale == 0)
        {
            for (var i = 0; i < integers.Length; i++) values[i] = integers[i];
            return;
        }

        var power = Powers[scale];
        for (var i = 0; i < integers.Length; i++) values[i] = integers[i] / power;
    }

    private static int Scale(double value, int from)
    {
        for (var scale = from; scale <= MostScale; scale++)
        {
            if (TryInteger(value, Powers[scale], out _)) return scale;
        }

        return -1;
    }

    private static bool TryInteger(double value, double power, out long integer)
    {
        var scaled = value * power;
        if (!(Math.Abs(scaled) <= MostInteger))
        {
            integer = 0;
            return false;
        }

        integer = (long)Math.Round(scaled);
        return BitConverter.DoubleToInt64Bits(integer / power) == BitConverter.DoubleToInt64Bits(value);
    }
}
