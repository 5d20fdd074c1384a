namespace Fairway.Policy;

/// <summary>Equality and order. Numbers of different types are compared as numbers, when they are evaluated.</summary>
internal static class Comparisons
{
    private static readonly string[] Ordered = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];

    private static readonly (string Symbol, Func<int, bool> Holds)[] Orders = [("<", order => order < 0), ("<=", order => order <= 0), (">", order => order > 0), (">=", order => order >= 0)];

    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("_==_(A, A) -> bool", (meter, a) => CelBool.Of(CelEquality.AreEqual(a[0], a[1], meter))),
        CelFunction.Of("_!=_(A, A) -> bool", (meter, a) => CelBool.Of(!CelEquality.AreEqual(a[0], a[1], meter))),
        .. from order in Orders
           from type in Ordered
           select Order(order.Symbol, type, order.Holds),
    ];

    /// <summary>Whether numbers of these types are compared although no overload is for both: at run time there is one number line.</summary>
    public static bool AreNumbers(string function, ReadOnlySpan<CelValue> arguments)
        => arguments.Length == 2 && function is "_<_" or "_<=_" or "_>_" or "_>=_" && arguments[0] is CelInt or CelUint or CelDouble && arguments[1] is CelInt or CelUint or CelDouble;

    private static CelFunction Order(string symbol, string type, Func<int, bool> holds)
        => CelFunction.Of($"_{symbol}_({type}, {type}) -> bool", (meter, a) => CelBool.Of(CelEquality.Compare(a[0], a[1], meter) is { } order && holds(order)));
}
