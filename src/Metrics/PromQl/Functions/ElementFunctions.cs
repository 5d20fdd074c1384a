using System.Collections.Frozen;
using Fairway.Metrics.PromQl.Execution;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>Functions of one float, by name.</summary>
internal static class ElementFunctions
{
    /// <summary>The functions. A result that <see cref="Column.IsAbsent"/> takes the sample away.</summary>
    public static readonly FrozenDictionary<string, ElementOperator.Evaluation> All = new Dictionary<string,
        ElementOperator.Evaluation>(StringComparer.Ordinal)
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
        ["clamp"] = (v, p, step) => p[1][step] < p[0][step] ? Column.Absent : Max(p[0][step], Min(p[1][step], v)),
        ["clamp_min"] = (v, p, step) => Max(p[0][step], v),
        ["clamp_max"] = (v, p, step) => Min(p[0][step], v),
        ["minute"] = (v, _, _) => GoDate.Of(v).SecondOfDay % 3600 / 60,
        ["hour"] = (v, _, _) => GoDate.Of(v).SecondOfDay / 3600,
        ["day_of_week"] = (v, _, _) => GoDate.Of(v).DayOfWeek,
        ["day_of_month"] = (v, _, _) => GoDate.Of(v).Day,
        ["day_of_year"] = (v, _, _) => GoDate.Of(v).DayOfYear,
        ["days_in_month"] = (v, _, _) => GoDate.Of(v).DaysInMonth,
        ["month"] = (v, _, _) => GoDate.Of(v).Month,
        ["year"] = (v, _, _) => GoDate.Of(v).Year,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // As in Go, infinity comes before NaN.
    private static double Min(double a, double b) =>
        double.IsNegativeInfinity(a) || double.IsNegativeInfinity(b) ? double.NegativeInfinity : Math.Min(a, b);

    private static double Max(double a, double b) =>
        double.IsPositiveInfinity(a) || double.IsPositiveInfinity(b) ? double.PositiveInfinity : Math.Max(a, b);

    // Half up; by the inverse, which keeps 0.1 exact.
    private static double Round(double value, double[][] parameters, int step)
    {
        var inverse = 1 / (parameters.Length > 0 ? parameters[0][step] : 1);
        return Math.Floor((value * inverse) + 0.5) / inverse;
    }
}
