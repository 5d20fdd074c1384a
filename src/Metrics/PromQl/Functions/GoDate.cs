namespace Fairway.Metrics.PromQl.Functions;

/// <summary>
/// A time in UTC as Go's package <c>time</c> takes it apart: by the Gregorian calendar over the whole range of 64 bits, and beyond it
/// what wraps around.
/// </summary>
/// <param name="Year">As astronomers count.</param>
/// <param name="Month">From 1.</param>
/// <param name="Day">From 1.</param>
/// <param name="DayOfYear">From 1.</param>
/// <param name="DayOfWeek">From 0, a Sunday.</param>
/// <param name="SecondOfDay">From 0.</param>
internal readonly record struct GoDate(long Year, int Month, int Day, int DayOfYear, int DayOfWeek, int SecondOfDay)
{
    // Go counts from a year that is the first of an era of 400 years and before which there is no time in 64 bits of seconds.
    private const long FirstYear = -292_277_022_399;
    private const ulong FirstYearTo1970 = 9_223_372_028_715_321_600;
    private const ulong SecondsOfDay = 86_400;
    private const ulong DaysOfEra = 146_097;

    // Days from the first of March to the first of January.
    private const uint MarchToJanuary = 306;

    public int DaysInMonth => Month switch { 2 => IsLeap ? 29 : 28, 4 or 6 or 9 or 11 => 30, _ => 31 };

    private bool IsLeap => Year % 4 == 0 && (Year % 100 != 0 || Year % 400 == 0);

    /// <summary>Of seconds since 1970. What is no time, or none in 64 bits, is the earliest one, as processors convert it for Go.</summary>
    public static GoDate Of(double time)
    {
        var seconds = time >= long.MinValue && time < 9_223_372_036_854_775_808.0 ? (long)time : long.MinValue;
        var since = unchecked((ulong)seconds + FirstYearTo1970);
        var days = since / SecondsOfDay;
        // In eras that begin in March leap days come last.
        var shifted = days + MarchToJanuary;
        var dayOfEra = (uint)(shifted % DaysOfEra);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayFromMarch = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var monthFromMarch = ((5 * dayFromMarch) + 2) / 153;
        var isNextYear = monthFromMarch >= 10;
        var date = new GoDate(
            ((long)(shifted / DaysOfEra) * 400) + yearOfEra + (isNextYear ? 1 : 0) + FirstYear - 1,
            (int)(isNextYear ? monthFromMarch - 9 : monthFromMarch + 3), (int)(dayFromMarch - (((153 * monthFromMarch) + 2) / 5)) + 1,
            0, (int)((days + 1) % 7), (int)(since % SecondsOfDay));
        var dayOfYear = isNextYear ? dayFromMarch - MarchToJanuary : dayFromMarch + (date.IsLeap ? 60u : 59u);
        return date with { DayOfYear = (int)dayOfYear + 1 };
    }
}
