using System.Collections.Frozen;
using Fairway.Metrics.PromQl.Execution;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>Functions of one float, by name.</summary>
internal static class ElementFunctions
{
    /// <summary>The functions. A result that <see cref="Column.IsAbsent"/> takes the sample away.</summary>
    public static readonly FrozenDictionary<string, ElementOperator.Evaluation> All = new Dictionary<string, ElementOperator.Evaluation>(StringComparer.Ordinal)
    {
        ["abs"] = (v, _, _) => Math.Abs(v),
        ["ceil"] = (v, _, _) => Math.Ceiling(v),
        ["floor"] = (v, _, _) => Math.Floor(v),
        ["exp"] = (v, _, _) => Math.Exp(v),
        ["sqrt"] = (v, _, _) => Math.Sqrt(v),
        ["ln"] = (v, _, _) => Math.Log(v),
        ["log2"] = (v, _, _) => Math.Log2(v),
        ["log10"] = (v, _, _) => Math.Log10(v),
        ["sin"] = (v, _, _) => Math.Sin(v),
        ["cos"] = (v, _, _) => Math.Cos(v),
        ["tan"] = (v, _, _) => Math.Tan(v),
        ["asin"] = (v, _, _) => Math.Asin(v),
        ["acos"] = (v, _, _) => Math.Acos(v),
        ["atan"] = (v, _, _) => Math.Atan(v),
        ["sinh"] = (v, _, _) => Math.Sinh(v),
        ["cosh"] = (v, _, _) => Math.Cosh(v),
        ["tanh"] = (v, _, _) => Math.Tanh(v),
        ["asinh"] = (v, _, _) => Math.Asinh(v),
        ["acosh"] = (v, _, _) => Math.Acosh(v),
        ["atanh"] = (v, _, _) => Math.Atanh(v),
        ["rad"] = (v, _, _) => v * Math.PI / 180,
        ["deg"] = (v, _, _) => v * 180 / Math.PI,
        ["sgn"] = (v, _, _) => v < 0 ? -1 : v > 0 ? 1 : v,
        ["round"] = Round,
        ["clamp"] = (v, p, step) => p[1][step] < p[0][step] ? Column.Absent : Math.Max(p[0][step], Math.Min(p[1][step], v)),
        ["clamp_min"] = (v, p, step) => Math.Max(p[0][step], v),
        ["clamp_max"] = (v, p, step) => Math.Min(p[0][step], v),
        ["minute"] = (v, _, _) => Modulo(Seconds(v), 3600) / 60,
        ["hour"] = (v, _, _) => Modulo(Seconds(v), 86_400) / 3600,
        ["day_of_week"] = (v, _, _) => Modulo(Days(v) + 4, 7),
        ["day_of_month"] = (v, _, _) => Date(v).Day,
        ["day_of_year"] = (v, _, _) => Days(v) - FirstDay(Date(v).Year, 1) + 1,
        ["days_in_month"] = (v, _, _) => DaysInMonth(v),
        ["month"] = (v, _, _) => Date(v).Month,
        ["year"] = (v, _, _) => Date(v).Year,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Half up; by the inverse, which keeps 0.1 exact.
    private static double Round(double value, double[][] parameters, int step)
    {
        var inverse = 1 / (parameters.Length > 0 ? parameters[0][step] : 1);
        return Math.Floor((value * inverse) + 0.5) / inverse;
    }

    // A year of 365.2425 days fits into the range many times over; beyond it dates mean nothing.
    private static long Seconds(double value) => double.IsNaN(value) ? 0 : (long)Math.Clamp(value, -1e15, 1e15);

    private static long Modulo(long value, long divisor) => ((value % divisor) + divisor) % divisor;

    private static long Days(double value)
    {
        var seconds = Seconds(value);
        return (seconds - Modulo(seconds, 86_400)) / 86_400;
    }

    // Days since 1970 to a date of the Gregorian calendar, in eras of 400 years that begin in March.
    private static (long Year, int Month, int Day) Date(double value)
    {
        var days = Days(value) + 719_468;
        var era = (days - Modulo(days, 146_097)) / 146_097;
        var dayOfEra = days - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var day = (int)(dayOfYear - (((153 * shifted) + 2) / 5)) + 1;
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    // The first day of a month, in days since 1970.
    private static long FirstDay(long year, int month)
    {
        var y = month <= 2 ? year - 1 : year;
        var era = (y - Modulo(y, 400)) / 400;
        var yearOfEra = y - (era * 400);
        var dayOfYear = ((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }

    private static double DaysInMonth(double value)
    {
        var (year, month, _) = Date(value);
        return (month == 12 ? FirstDay(year + 1, 1) : FirstDay(year, month + 1)) - FirstDay(year, month);
    }
}
