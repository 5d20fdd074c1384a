using System.Runtime.CompilerServices;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>What operators do with two samples.</summary>
internal static class Arithmetic
{
    /// <summary>Two floats. A comparison gives the left one.</summary>
    /// <returns>Whether a comparison holds; true for all others.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Apply(BinaryOperator op, double left, double right, out double value)
    {
        switch (op)
        {
            case BinaryOperator.Add: value = left + right; return true;
            case BinaryOperator.Subtract: value = left - right; return true;
            case BinaryOperator.Multiply: value = left * right; return true;
            case BinaryOperator.Divide: value = left / right; return true;
            case BinaryOperator.Modulo: value = left % right; return true;
            case BinaryOperator.Power: value = Math.Pow(left, right); return true;
            case BinaryOperator.Atan2: value = Math.Atan2(left, right); return true;
        }

        value = left;
        return op switch
        {
            BinaryOperator.Equal => left == right,
            BinaryOperator.NotEqual => left != right,
            BinaryOperator.Less => left < right,
            BinaryOperator.LessOrEqual => left <= right,
            BinaryOperator.Greater => left > right,
            _ => left >= right,
        };
    }

    /// <summary>Two samples of which one at least is a histogram.</summary>
    /// <param name="context">Takes remarks.</param>
    /// <param name="op">The operator.</param>
    /// <param name="left">A float; not looked at when there is a histogram.</param>
    /// <param name="leftHistogram">A histogram, or null.</param>
    /// <param name="right">A float.</param>
    /// <param name="rightHistogram">A histogram, or null.</param>
    /// <param name="span">Where, for remarks.</param>
    /// <param name="holds">Whether a comparison holds.</param>
    /// <returns>Null when there is no result.</returns>
    public static NativeHistogram? Apply(
        QueryContext context, BinaryOperator op, double left, NativeHistogram? leftHistogram, double right, NativeHistogram? rightHistogram, TextSpan span, out bool holds)
    {
        holds = true;
        switch (op)
        {
            case BinaryOperator.Multiply when leftHistogram is null:
                return new HistogramSum(rightHistogram!).Scale(left).Result();
            case BinaryOperator.Multiply when rightHistogram is null:
                return new HistogramSum(leftHistogram!).Scale(right).Result();
            case BinaryOperator.Divide when rightHistogram is null:
                return new HistogramSum(leftHistogram!).Divide(right).Result();
            case BinaryOperator.TrimUpper or BinaryOperator.TrimLower when leftHistogram is not null && rightHistogram is null:
                return HistogramTrim.Cut(leftHistogram, right, keepsLower: op == BinaryOperator.TrimUpper);
            case BinaryOperator.Equal or BinaryOperator.NotEqual when leftHistogram is not null && rightHistogram is not null:
                holds = HistogramText.AreEqual(leftHistogram, rightHistogram) == (op == BinaryOperator.Equal);
                return leftHistogram;
            case BinaryOperator.Add or BinaryOperator.Subtract when leftHistogram is not null && rightHistogram is not null:
                return Combine(context, op, leftHistogram, rightHistogram, span);
        }

        context.Annotations.IncompatibleTypes(leftHistogram is null ? "float" : "histogram", op.Text(), rightHistogram is null ? "float" : "histogram", span);
        return null;
    }

    private static NativeHistogram? Combine(QueryContext context, BinaryOperator op, NativeHistogram left, NativeHistogram right, TextSpan span)
    {
        var sum = new HistogramSum(left);
        var isAddition = op == BinaryOperator.Add;
        var word = isAddition ? "addition" : "subtraction";
        var remarks = isAddition ? sum.Add(right) : sum.Subtract(right);
        if (remarks.HasFlag(HistogramRemarks.Incompatible))
        {
            context.Annotations.IncompatibleBucketLayout(op.Text(), span);
            return null;
        }

        if (remarks.HasFlag(HistogramRemarks.ResetCollision)) context.Annotations.ResetCollision(word, span);
        if (remarks.HasFlag(HistogramRemarks.BoundsReconciled)) context.Annotations.MismatchedBounds(word, span);
        return isAddition ? sum.Result() : sum.Marked(ResetHint.Gauge).Result();
    }
}
