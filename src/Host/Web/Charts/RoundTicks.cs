namespace Fairway.Web.Charts;

/// <summary>Round numbers for an axis: 1, 2 or 5 times a power of ten.</summary>
internal static class RoundTicks
{
    /// <summary>About four of them, the last at or above the highest value.</summary>
    /// <param name="low">Lowest value.</param>
    /// <param name="high">Highest value, above the lowest.</param>
    public static IReadOnlyList<double> Between(double low, double high)
    {
        var raw = (high - low) / 3;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        var ticks = new List<double>();
        for (var i = Math.Ceiling(low / step); ticks.Count < 12; i++)
        {
            ticks.Add(Math.Round(i * step, 12));
            if (i * step >= high) break;
        }
        return ticks;
    }
}
