using System.Collections.Frozen;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>What a function takes and gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">Types of its arguments.</param>
/// <param name="Returns">What it gives.</param>
/// <param name="Variadic">0: all arguments are needed; n: the last may be left out, or come up to n times; -1: the last may come any number of times.</param>
/// <param name="IsExperimental">Whether Prometheus holds it to be experimental.</param>
/// <param name="DependsOnTime">Whether it gives something else at another time though its arguments are the same.</param>
public sealed record FunctionSignature(
    string Name, ImmutableArray<ExprType> Arguments, ExprType Returns, int Variadic = 0, bool IsExperimental = false, bool DependsOnTime = false)
{
    private const ExprType S = ExprType.Scalar;
    private const ExprType V = ExprType.Vector;
    private const ExprType M = ExprType.Matrix;
    private const ExprType T = ExprType.String;

    /// <summary>All functions, by name.</summary>
    public static readonly FrozenDictionary<string, FunctionSignature> All = Table().ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    private static IEnumerable<FunctionSignature> Table()
    {
        foreach (var name in (string[])[
            "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp", "floor", "histogram_avg", "histogram_count",
            "histogram_stddev", "histogram_stdvar", "histogram_sum", "ln", "log10", "log2", "rad", "sgn", "sin", "sinh", "sort", "sort_desc", "sqrt",
            "tan", "tanh", "absent"]) yield return new(name, [V], V);
        foreach (var name in (string[])[
            "absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv", "idelta", "increase", "irate", "last_over_time",
            "max_over_time", "min_over_time", "present_over_time", "rate", "resets", "stddev_over_time", "stdvar_over_time",
            "sum_over_time"]) yield return new(name, [M], V);
        foreach (var name in (string[])["first_over_time", "mad_over_time", "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time",
            "ts_of_min_over_time"]) yield return new(name, [M], V, IsExperimental: true);
        foreach (var name in (string[])["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month",
            "year"]) yield return new(name, [V], V, 1, DependsOnTime: true);
        foreach (var name in (string[])["start", "end", "step", "range"]) yield return new(name, [], S, IsExperimental: true);
        foreach (var name in (string[])["min_of", "max_of"]) yield return new(name, [S, S], S, IsExperimental: true);
        yield return new("clamp", [V, S, S], V);
        yield return new("clamp_max", [V, S], V);
        yield return new("clamp_min", [V, S], V);
        yield return new("double_exponential_smoothing", [M, S, S], V, IsExperimental: true);
        yield return new("holt_winters", [M, S, S], V);
        yield return new("histogram_fraction", [S, S, V], V);
        yield return new("histogram_quantile", [S, V], V);
        yield return new("histogram_quantiles", [V, T, S, S], V, 9, IsExperimental: true);
        yield return new("info", [V, V], V, 1, IsExperimental: true);
        yield return new("label_join", [V, T, T, T], V, -1);
        yield return new("label_replace", [V, T, T, T, T], V);
        yield return new("pi", [], S);
        yield return new("predict_linear", [M, S], V, DependsOnTime: true);
        yield return new("quantile_over_time", [S, M], V);
        yield return new("round", [V, S], V, 1);
        yield return new("scalar", [V], S);
        yield return new("sort_by_label", [V, T], V, -1, IsExperimental: true);
        yield return new("sort_by_label_desc", [V, T], V, -1, IsExperimental: true);
        yield return new("time", [], S, DependsOnTime: true);
        yield return new("timestamp", [V], V, DependsOnTime: true);
        yield return new("vector", [S], V);
    }
}
