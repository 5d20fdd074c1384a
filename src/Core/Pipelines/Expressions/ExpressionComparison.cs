namespace Fairway.Pipelines.Expressions;

/// <summary>
/// Loose comparison. Values of one kind are compared as they are, texts whatever their case; of different primitive kinds both become
/// numbers; lists and objects are equal only to themselves, and in no order. NaN is equal to nothing and in no order.
/// </summary>
internal static class ExpressionComparison
{
    public static bool AreEqual(ExpressionValue left, ExpressionValue right)
    {
        if (left.Kind != right.Kind)
            return left.IsPrimitive && right.IsPrimitive && left.ToNumber() == right.ToNumber();
        return (left, right) switch
        {
            (NullValue, _) => true,
            (BooleanValue a, BooleanValue b) => a.Value == b.Value,
            (NumberValue a, NumberValue b) => a.Value == b.Value,
            (StringValue a, StringValue b) => string.Equals(a.Value, b.Value, StringComparison.OrdinalIgnoreCase),
            _ => ReferenceEquals(left, right),
        };
    }

    public static bool IsGreater(ExpressionValue left, ExpressionValue right)
    {
        if (!left.IsPrimitive || !right.IsPrimitive) return false;
        return (left, right) switch
        {
            (StringValue a, StringValue b) => string.Compare(a.Value, b.Value, StringComparison.OrdinalIgnoreCase) > 0,
            _ => left.ToNumber() > right.ToNumber(),
        };
    }
}
